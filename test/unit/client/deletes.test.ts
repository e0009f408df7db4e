/** What a delete says of the key: that somebody knew it, or nobody did. */

import { expect, it } from 'vitest';
import type { Answer, FakeCluster } from './fake-cluster.ts';
import { clientOf, fakeCluster, hangsUp, problem, serves } from './fake-cluster.ts';

const unknownKey = problem(404, 'not_found', { retry: false });

/** The first of these answers once, the other from then on. */
function inOrder(cluster: FakeCluster, first: Answer, then: Answer): void {
  let isFirst = true;
  for (const node of cluster.nodes) {
    node.answer = (request, response) => {
      const answer = isFirst ? first : then;
      isFirst = false;
      answer(request, response);
    };
  }
}

it.each(['dynamo', 'paxos', 'raft'])(
  'is what the node says, in a bucket of mode %s',
  async (mode) => {
    const cluster = await fakeCluster(1);
    cluster.buckets.b = { name: 'b', mode, n: 1 };
    const bucket = clientOf(cluster).bucket('b');
    inOrder(cluster, serves, unknownKey);
    expect(await bucket.delete('k')).toMatchObject({ existed: true, context: 'c' });
    expect(await bucket.delete('k')).toEqual({
      existed: false,
      context: undefined,
      version: undefined,
    });
  },
);

it('is so too where it is sent again', async () => {
  const cluster = await fakeCluster(2);
  cluster.buckets.p = { name: 'p', mode: 'paxos', n: 2 };
  const db = clientOf(cluster);
  for (const [name, failure] of [
    ['p', hangsUp],
    ['b', problem(503, 'too_few_replicas')],
  ] as const) {
    inOrder(cluster, failure, unknownKey);
    expect(await db.bucket(name).delete('k')).toMatchObject({ existed: false });
    inOrder(cluster, failure, serves);
    expect(await db.bucket(name).delete('k')).toMatchObject({ existed: true });
  }
});

it('is that there was none where there is no bucket', async () => {
  const cluster = await fakeCluster(1);
  cluster.node('n1').answer = problem(404, 'no_such_bucket', { retry: false });
  expect(await clientOf(cluster).bucket('b').delete('k')).toMatchObject({ existed: false });
});
