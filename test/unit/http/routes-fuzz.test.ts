import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectCivilAnswers, expectNoTrace } from './fuzzed-requests.ts';
import { type HttpNode, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 10_000 });
  for (const mode of ['raft', 'paxos']) {
    await send(node, 'PUT', `/buckets/${mode}`, { body: JSON.stringify({ mode }) });
  }
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

it('every route answers whatever is sent to it, and refuses with a code', () =>
  expectCivilAnswers(node, 400));

it('a write that is refused leaves no trace', () => expectNoTrace(node, 100));
