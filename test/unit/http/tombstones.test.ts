import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({});
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

describe('GET /cluster/tombstones', () => {
  it('tells what was deleted and waits', async () => {
    await send(node, 'PUT', '/kv/test/k', { body: 'v' });
    await send(node, 'DELETE', '/kv/test/k', {});
    const answer = await send(node, 'GET', '/cluster/tombstones');
    expect([answer.status, jsonOf(answer)]).toEqual([
      200,
      { node: 'n1', waiting: 1, hindrances: [], lastRound: null },
    ]);
  });
});
