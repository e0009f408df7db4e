import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

it('says why nothing is predicted', async () => {
  await send(node, 'PUT', '/kv/b/k', { body: 'v' });
  const answer = await send(node, 'GET', '/pbs?n=3');
  expect(answer.status).toBe(200);
  const { n, reason, predictions, measured } = jsonOf(answer);
  expect({ n, predictions }).toEqual({ n: 3, predictions: [] });
  expect(measured).toMatchObject({ ownWrites: 1, peers: [] });
  expect(reason).toContain('too little was measured');
});

it.each([
  ['n=1', 'the only replica is always fresh'],
  ['n=3&r=4', 'from 1 to 3'],
  ['at=-1', 'milliseconds from 0'],
  ['at=1,,2', 'milliseconds from 0'],
  ['probability=1', 'between 0 and 1'],
  ['fit=ssd', 'is not a parameter'],
])('refuses %s', async (query, why) => {
  const answer = await send(node, 'GET', `/pbs?${query}`);
  expect(answer.status).toBe(400);
  expect(jsonOf(answer)).toMatchObject({ code: 'bad_parameter' });
  expect(jsonOf(answer).detail).toContain(why);
});
