/** A flood of large bodies on one node: answers beyond the bound, and none after it. */

import { once } from 'node:events';
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
  /** The node has the headers. */
  readonly begun: Promise<unknown>;
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
    headers: { 'content-length': 4 * MIB, expect: '100-continue' },
  });
  const begun = once(outgoing, 'continue');
  outgoing.flushHeaders();
  const status = new Promise<number>((resolve) => {
    outgoing.on('error', () => resolve(0));
    outgoing.on('response', (incoming: IncomingMessage) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
  });
  return { outgoing, begun, status };
}

async function metric(name: string): Promise<number> {
  const { body } = await send(node, 'GET', '/metrics');
  const line = body
    .toString('utf8')
    .split('\n')
    .find((text) => text.startsWith(`quorate_${name} `));
  return Number(line?.split(' ').at(-1));
}

it('bodies that are announced and do not come take no room from others', async () => {
  const announced = Array.from({ length: (2 * HELD_BYTES_MAX) / (4 * MIB) }, (_, key) =>
    upload(key),
  );
  await Promise.all(announced.map(({ begun }) => begun));
  expect(await metric('request_held_bytes')).toBe(0);
  const value = Buffer.alloc(64 * 1024);
  expect((await send(node, 'PUT', '/kv/flood/beside', { body: value })).status).toBe(204);
  for (const { outgoing } of announced) outgoing.destroy();
  await Promise.all(announced.map(({ status }) => status));
});

it('bodies beyond the bound are answered 503, and taken again when others end', async () => {
  // As many other requests hold.
  node.node.heldBytes.take(HELD_BYTES_MAX - 8 * MIB);
  const uploads = [upload(1), upload(2)];
  for (const { outgoing } of uploads) outgoing.write(Buffer.alloc(4 * MIB - 1));
  await waitFor('the bodies to have come but for their ends', 20_000, async () => {
    return (await metric('request_held_bytes')) === HELD_BYTES_MAX - 2;
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

  const [sent, given] = uploads;
  sent?.outgoing.end('x');
  expect(await sent?.status).toBe(204);
  given?.outgoing.destroy();
  expect(await given?.status).toBe(0);
  node.node.heldBytes.giveBack(HELD_BYTES_MAX - 8 * MIB);
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
