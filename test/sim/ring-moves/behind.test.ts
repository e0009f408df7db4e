/**
 * A replica that is behind and does not hear the leader takes what is committed from others:
 * else it would refuse what they send it, and they what it sends them, as long as that lasts
 * (protocols.md, section 6).
 */

import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { partitionEpoch } from '../../../src/ring/ring.ts';
import { startCluster, type TestCluster, valuesOf } from '../harness.ts';
import { placesOf } from '../places.ts';
import { RingKnowledge } from './ring-knowledge.ts';
import { commitAt } from './ring-operator.ts';
import { partitionOf } from './whereabouts.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`);
const STRICT = { sloppy: false, timeoutMs: 2_000 } as const;
/** For an election that would come. */
const ELECTION_MS = 2_000;
const SETTLED_MS_MAX = 60_000;
const GLANCE_MS = 1;

interface Scene {
  readonly key: string;
  readonly partition: number;
  readonly leader: NodeId;
  readonly replicas: readonly [NodeId, NodeId, NodeId];
}

/** A key that the leader of the metadata group does not keep, and the other node does. */
async function sceneOf(cluster: TestCluster, other?: NodeId): Promise<Scene> {
  const leader = new RingKnowledge(cluster).leader() as NodeId;
  for (const key of KEYS) {
    const { replicas } = await placesOf(cluster, key);
    const [one, two, three] = replicas;
    if (one === undefined || two === undefined || three === undefined) continue;
    if (other !== undefined && !replicas.includes(other)) continue;
    if (replicas.includes(leader)) continue;
    const partition = await partitionOf(cluster, key);
    return { key, partition, leader, replicas: [one, two, three] };
  }
  throw new Error('no key is kept so');
}

const epochAt = (cluster: TestCluster, id: NodeId, partition: number) =>
  cluster.inspect(id, (node) => partitionEpoch(node.ring(), partition));

async function until(cluster: TestCluster, condition: () => boolean): Promise<void> {
  const { simulation } = cluster;
  const end = simulation.nowMs + SETTLED_MS_MAX;
  while (!condition()) {
    if (simulation.nowMs > end) throw new Error('it does not come to that');
    await simulation.advance(GLANCE_MS);
  }
}

it('one broken link to the leader takes no replica out of a moving partition', async () => {
  const cluster = await startCluster(3, { nodes: 6 });
  const { key, partition, leader, replicas } = await sceneOf(cluster);
  const [leaver, behind, third] = replicas;
  await cluster.complete(cluster.put(third, key, 'old', { w: 3 }));
  cluster.network.cutBothWays([leader], [behind]);
  await cluster.simulation.advance(ELECTION_MS);
  expect(new RingKnowledge(cluster).leader()).toBe(leader);
  const before = epochAt(cluster, behind, partition);
  await cluster.complete(commitAt(cluster, leader, [{ type: 'leave', node: leaver }]));
  await until(cluster, () => epochAt(cluster, third, partition) > before);

  const read = await cluster.complete(cluster.get(behind, key, { ...STRICT, r: 2 }));
  const { context } = read;
  await cluster.complete(cluster.put(behind, key, 'new', { ...STRICT, w: 2, contexts: [context] }));
  const after = await cluster.complete(cluster.get(third, key, { ...STRICT, r: 3 }));
  expect([valuesOf(read), valuesOf(after)]).toEqual([['old'], ['new']]);

  const moves = () => cluster.inspect(leader, (node) => node.ring().moves.size);
  await until(
    cluster,
    () =>
      moves() === 0 && epochAt(cluster, behind, partition) === epochAt(cluster, leader, partition),
  );
  expect(new RingKnowledge(cluster).leader()).toBe(leader);
});

it('replicas that have heard differently far of a move serve while the group has no majority', async () => {
  const cluster = await startCluster(4, { nodes: 6 });
  const { learners } = cluster.inspect(cluster.nodeIds[0] as NodeId, (node) => node.groupStatus());
  // Five of six vote: where the three that are left are replicas, two of them do.
  const { key, partition, leader, replicas } = await sceneOf(cluster, learners[0]);
  const [leaver, behind, third] = replicas;
  await cluster.complete(cluster.put(third, key, 'old', { w: 3 }));
  const before = epochAt(cluster, behind, partition);
  cluster.network.cutBothWays([leader], [behind]);
  await cluster.complete(commitAt(cluster, leader, [{ type: 'leave', node: leaver }]));
  await until(cluster, () => epochAt(cluster, third, partition) > before);
  for (const id of cluster.nodeIds) if (!replicas.includes(id)) cluster.kill(id);
  expect(epochAt(cluster, behind, partition)).toBe(before);

  const read = await cluster.complete(cluster.get(behind, key, { ...STRICT, r: 2 }));
  const { context } = read;
  await cluster.complete(cluster.put(behind, key, 'new', { ...STRICT, w: 2, contexts: [context] }));
  const after = await cluster.complete(cluster.get(third, key, { ...STRICT, r: 3 }));
  expect([valuesOf(read), valuesOf(after)]).toEqual([['old'], ['new']]);
  expect(epochAt(cluster, behind, partition)).toBe(epochAt(cluster, third, partition));

  const leads = (id: NodeId) => cluster.inspect(id, (node) => node.groupStatus().role === 'leader');
  expect(replicas.filter(leads)).toEqual([]);
});
