/** What nodes tell each other of what they have done, while some are away. */

import { expect, it } from 'vitest';
import type { ActivityEntry } from '../../src/kernel/activity.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { startCluster, type TestCluster } from './harness.ts';

const ANSWER_MS_MAX = 900;
const DOUBTED_ANSWER_MS_MAX = 200;

async function entriesAt(
  cluster: TestCluster,
  at: NodeId,
): Promise<Readonly<Record<NodeId, ActivityEntry>>> {
  const look = cluster.request(at, (node) => node.activity.look());
  const { node, nodes } = await cluster.complete(look);
  expect(node).toBe(at);
  expect(nodes.map((entry) => entry.node)).toEqual(cluster.nodeIds);
  return Object.fromEntries(nodes.map((entry) => [entry.node, entry]));
}

it('every node is told of what each has done', async () => {
  const cluster = await startCluster(61, { nodes: 3 });
  for (const key of ['a', 'b', 'c', 'd']) await cluster.complete(cluster.put('n2', key, 'v'));
  await cluster.complete(cluster.get('n3', 'a'));

  const atFirst = await entriesAt(cluster, 'n1');
  expect(atFirst.n2?.activity?.requests.put).toMatchObject({ succeeded: 4, failed: 0 });
  expect(atFirst.n3?.activity?.requests.get).toMatchObject({ succeeded: 1, failed: 0 });
  const roles = Object.values(atFirst).map(({ activity }) => activity?.raft.role);
  expect(roles.sort()).toEqual(['follower', 'follower', 'leader']);
  expect((await entriesAt(cluster, 'n3')).n2?.activity?.requests.put).toMatchObject({
    succeeded: 4,
  });
});

it('who stands still is waited for until it is known to be silent, and then only a little', async () => {
  const cluster = await startCluster(62, { nodes: 3 });
  cluster.pauseProcess('n3');
  const atFirst = await entriesAt(cluster, 'n1');
  expect(atFirst.n2?.state).toBe('answered');
  expect(atFirst.n3).toMatchObject({ state: 'silent', activity: null });
  expect(atFirst.n3?.tookMs).toBeCloseTo(ANSWER_MS_MAX, 0);

  const later = await entriesAt(cluster, 'n1');
  expect(later.n3?.state).toBe('silent');
  expect(later.n3?.tookMs).toBeLessThanOrEqual(DOUBTED_ANSWER_MS_MAX + 1);

  cluster.resumeProcess('n3');
  await cluster.simulation.advance(2_000);
  expect((await entriesAt(cluster, 'n1')).n3?.state).toBe('answered');
});

it('who is down is silent, and has another life when it is there again', async () => {
  const cluster = await startCluster(63, { nodes: 3 });
  const before = (await entriesAt(cluster, 'n1')).n2?.activity;
  cluster.kill('n2');
  await cluster.simulation.advance(1_000);
  expect((await entriesAt(cluster, 'n1')).n2).toMatchObject({ state: 'silent', activity: null });

  await cluster.complete(cluster.start('n2'));
  await cluster.simulation.advance(1_000);
  const after = (await entriesAt(cluster, 'n1')).n2?.activity;
  expect(after?.life).toBeGreaterThan(0);
  expect(after?.life).not.toBe(before?.life);
});
