/**
 * Thousands of connections that say nothing, beside clients that work: `CONNECTIONS` of them, or as
 * many as the machine permits, to a node in a process of its own; and requests that never end,
 * which are given up in their time.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../../cluster/wait-for.ts';
import { testClient, testNode } from '../cluster/harness.ts';

const CONNECTIONS = Number(process.env.CONNECTIONS ?? 10_000);
/** For what else a process has open. */
const SPARE_FILES = 500;
const MIB = 1024 * 1024;
const OPENED_AT_ONCE = 200;
/** Longer than a node waits for the rest of a request, and looks for those that are late. */
const GIVEN_UP_MS_MAX = 180_000;

const filesMax = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
const connections = Math.min(CONNECTIONS, filesMax - SPARE_FILES);

it(`${connections} idle connections cost little memory, and others no time`, async () => {
  const node = await testNode();
  await node.start();
  const client = testClient(node.url);
  await client.put('idle', 'k', 'v');
  const port = Number(new URL(node.url).port);
  const before = { bytes: memoryOf(node.pid), ms: await msPerRequest(client) };
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < connections) {
    const count = Math.min(OPENED_AT_ONCE, connections - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => opened(port)))));
  }
  const during = { bytes: memoryOf(node.pid), ms: await msPerRequest(client) };
  const bytesEach = Math.round((during.bytes - before.bytes) / connections);
  console.log(
    `${connections} idle connections (${filesMax} files are permitted): ${bytesEach} bytes each; ` +
      `a request takes ${before.ms.toFixed(2)} ms without and ${during.ms.toFixed(2)} ms beside them`,
  );
  expect(during.bytes - before.bytes).toBeLessThan(Math.max(100 * MIB, connections * 20_000));
  expect(during.ms).toBeLessThan(before.ms * 3 + 5);
  for (const socket of sockets) socket.destroy();
});

it('requests that never end are given up, and told so', async () => {
  const node = await testNode();
  await node.start();
  const port = Number(new URL(node.url).port);
  const begun = [
    'GET /healthz HTTP/1.1\r\nhost: x\r\na: ',
    'PUT /kv/b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n',
  ];
  const answers = await Promise.all(begun.map((first) => trickled(port, first)));
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('"code": "request_timeout"');
  }
});

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** A byte now and then, as long as the other side listens. */
async function trickled(port: number, first: string): Promise<string> {
  const socket = await opened(port);
  let answer = '';
  let isOpen = true;
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      isOpen = false;
    });
  socket.write(first);
  const drip = setInterval(() => isOpen && socket.write('a'), 5_000);
  await waitFor('the request to be given up', GIVEN_UP_MS_MAX, () => !isOpen);
  clearInterval(drip);
  return answer;
}

async function msPerRequest(client: ReturnType<typeof testClient>): Promise<number> {
  const requests = 500;
  const began = performance.now();
  for (let i = 0; i < requests; i++) await client.get('idle', 'k');
  return (performance.now() - began) / requests;
}

/** Resident, as the kernel counts it. */
function memoryOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
