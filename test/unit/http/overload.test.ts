/** A flood of large bodies on one node: answers beyond the bound, and none after it. */

import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { HELD_BYTES_MAX } from '../../../src/node/held-bytes.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

const MIB = 1024 * 1024;

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 4 * MIB });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

interface Upload {
  readonly outgoing: ClientRequest;
  /** Of the answer; 0 where the connection broke instead. */
  readonly status: Promise<number>;
}

/** Announces a body, and sends none of it yet. */
function upload(key: number): Upload {
  const outgoing = request({
    host: '127.0.0.1',
    port: node.port,
    method: 'PUT',
    path: `/kv/flood/${key}`,
    headers: { 'content-length': 4 * MIB },
  });
  outgoing.flushHeaders();
  const status = new Promise<number>((resolve) => {
    outgoing.on('error', () => resolve(0));
    outgoing.on('response', (incoming: IncomingMessage) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
  });
  return { outgoing, status };
}

async function metric(name: string): Promise<number> {
  const { body } = await send(node, 'GET', '/metrics');
  const line = body
    .toString('utf8')
    .split('\n')
    .find((text) => text.startsWith(`quorate_${name} `));
  return Number(line?.split(' ').at(-1));
}

it('bodies beyond the bound are answered 503 at once, and taken again when others end', async () => {
  const fitting = HELD_BYTES_MAX / (4 * MIB);
  const uploads = Array.from({ length: fitting }, (_, key) => upload(key));
  await waitFor('all bodies to be expected', 20_000, async () => {
    return (await metric('request_held_bytes')) === HELD_BYTES_MAX;
  });

  const value = Buffer.alloc(64 * 1024);
  const refused = await send(node, 'PUT', '/kv/flood/more', { body: value });
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(jsonOf(refused)).toMatchObject({ code: 'overloaded', definite: true, retry: true });
  const chunked = { headers: { 'transfer-encoding': 'chunked' }, body: value };
  expect((await send(node, 'PUT', '/kv/flood/more', chunked)).status).toBe(503);
  const operations = [{ op: 'put', bucket: 'flood', key: 'k', value: 'x'.repeat(64 * 1024) }];
  const batch = { body: JSON.stringify({ operations }) };
  expect((await send(node, 'POST', '/batch', batch)).status).toBe(503);
  // What is small goes on.
  expect((await send(node, 'PUT', '/kv/flood/small', { body: 'x' })).status).toBe(204);
  expect((await send(node, 'GET', '/kv/flood/small')).status).toBe(200);

  const [sent, ...given] = uploads;
  sent?.outgoing.end(Buffer.alloc(4 * MIB));
  expect(await sent?.status).toBe(204);
  for (const { outgoing } of given) outgoing.destroy();
  expect(await Promise.all(given.map(({ status }) => status))).toEqual(given.map(() => 0));
  await waitFor('the bytes to be given back', 20_000, async () => {
    return (await metric('request_held_bytes')) === 0;
  });
  expect((await send(node, 'PUT', '/kv/flood/more', { body: value })).status).toBe(204);
  expect((await send(node, 'GET', '/kv/flood/more')).body).toHaveLength(value.length);
  await waitFor('the answer to be counted out', 20_000, async () => {
    return (await metric('request_held_bytes')) === 0;
  });
  expect(await metric('requests_refused_total{cause="bytes"}')).toBe(3);
});
