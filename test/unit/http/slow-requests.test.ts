/** Clients that hold connections and never get to the end of their headers, or to HTTP at all. */

import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectSecurely } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../cluster/certificates.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { type LiveCredentials, openCredentials } from '../../../src/adapters/tls/credentials.ts';
import { tlsServers } from '../../../src/adapters/tls/tls-server.ts';
import { TestLogger } from '../../contract/transport-nodes.ts';
import { type HttpNode, send, startHttpNode } from './http-node.ts';

/** More than what the listener gives them, and the time until it looks. */
const CUT_OFF_MS_MAX = 15_000;

/** By then who sends headers would have been cut off. */
const HEADERS_PASSED_MS = 12_000;

let node: HttpNode;
/** Behind TLS. */
let secure: HttpNode;
let authority: CertificateAuthority;
let directory: string;
let credentials: LiveCredentials;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-slow-'));
  authority = await CertificateAuthority.create();
  const files = await authority.writeInto(directory);
  credentials = openCredentials('test certificate', files, new TestLogger());
  node = await startHttpNode();
  secure = await startHttpNode({
    door: { createServer: tlsServers({ credentials, mutual: false, handshakesMax: 100 }) },
  });
});

afterAll(async () => {
  for (const each of [node, secure]) {
    expect(each.unexpected).toEqual([]);
    await each.stop();
  }
  credentials.close();
  await rm(directory, { recursive: true });
});

it.concurrent.each([
  ['says nothing', '', ''],
  ['sends its headers bit by bit', 'GET /healthz HTTP/1.1\r\nhost: x\r\na: ', 'b'],
])('who %s is cut off, with the reason', async (_, first, more) => {
  const socket = connect(node.port, '127.0.0.1').on('error', () => {});
  const began = performance.now();
  socket.write(first);
  const dripping = setInterval(() => socket.write(more), 200);
  try {
    const answer = await text(socket).catch(() => '');
    expect(performance.now() - began).toBeLessThan(CUT_OFF_MS_MAX);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('request_timeout');
  } finally {
    clearInterval(dripping);
    socket.destroy();
  }
});

it.concurrent.each([
  ['says nothing', '', ''],
  ['begins a TLS handshake and does not go on', '\x16\x03\x01\x02\0\x01', ''],
  ['begins a TLS handshake and goes on bit by bit', '\x16\x03\x01\x02\0\x01', '\0'],
  ['sends nonsense as a TLS handshake', '\x16\x09\x09\0\x05hello', ''],
])('who %s to a TLS port is cut off', async (_, first, more) => {
  const socket = connect(secure.port, '127.0.0.1').on('error', () => {});
  const began = performance.now();
  socket.write(first, 'latin1');
  const dripping = setInterval(() => socket.write(more, 'latin1'), 200);
  const answer = await text(socket).catch(() => '');
  clearInterval(dripping);
  expect(performance.now() - began).toBeLessThan(CUT_OFF_MS_MAX);
  expect(answer).not.toContain('HTTP');
  expect(await statusOverTls('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toBe(
    200,
  );
});

it.concurrent('who sends the headers bit by bit over TLS is cut off too', async () => {
  expect(await statusOverTls('GET /healthz HTTP/1.1\r\nhost: x\r\na: ')).toBe(408);
});

/** Of the one answer that the node closes the connection after. */
async function statusOverTls(sent: string): Promise<number> {
  const socket = connectSecurely({ host: '127.0.0.1', port: secure.port, ca: authority.pem });
  socket.on('error', () => {}).write(sent);
  const answer = await text(socket).catch(() => '');
  return Number(/^HTTP\/1.1 (\d+) /.exec(answer)?.[1]);
}

it.concurrent('who keeps an idle connection is not', async () => {
  const socket = connect(node.port, '127.0.0.1').on('error', () => {});
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  const ask = () => socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  const answers = () => answer.split('HTTP/1.1 200').length - 1;
  ask();
  await waitFor('an answer', 10_000, () => answers() === 1);
  const until = performance.now() + HEADERS_PASSED_MS;
  await waitFor('the limits to have passed', 30_000, () => performance.now() > until);
  ask();
  await waitFor('another answer', 10_000, () => answers() === 2);
  expect((await send(node, 'GET', '/healthz')).status).toBe(200);
  socket.destroy();
});
