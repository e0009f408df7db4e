/**
 * Why a stage waits for its fence: two replicas, a quorum of the old list, that have not heard
 * how the move goes on must not be left behind by a write that does without one of them.
 */

import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { startCluster, type TestCluster, valuesOf } from '../harness.ts';
import { placesOf } from '../places.ts';
import { RingKnowledge } from './ring-knowledge.ts';
import { commitAt, untilSettled } from './ring-operator.ts';
import { partitionOf } from './whereabouts.ts';

const KEYS = Array.from({ length: 20 }, (_, i) => `key ${i}`);
const STRICT = { sloppy: false, timeoutMs: 1_000 } as const;
const GLANCE_MS = 1;
/** To copy one key; the leader asks at the beginning and then after 200 ms. */
const COPIED_MS = 100;

interface Scene {
  readonly key: string;
  readonly partition: number;
  readonly leaver: NodeId;
  readonly neighbour: NodeId;
  readonly other: NodeId;
}

/** A key of which two replicas do not lead the metadata group. */
async function sceneOf(cluster: TestCluster): Promise<Scene> {
  const leader = new RingKnowledge(cluster).leader();
  for (const key of KEYS) {
    const { replicas } = await placesOf(cluster, key);
    const [leaver, neighbour] = replicas.filter((id) => id !== leader);
    const other = replicas.find((id) => id !== leaver && id !== neighbour);
    if (leaver === undefined || neighbour === undefined || other === undefined) continue;
    const partition = await partitionOf(cluster, key);
    return { key, partition, leaver, neighbour, other };
  }
  throw new Error('every key has the leader among its replicas, and one other');
}

function stageAt(cluster: TestCluster, id: NodeId, partition: number): MoveStage | undefined {
  return cluster.inspect(id, (node) => node.ring().moves.get(partition)?.stage);
}

/** Until the newcomer has copied what there is, which the leader has yet to find out. */
async function untilCopied(cluster: TestCluster, scene: Scene): Promise<void> {
  const { partition, leaver, neighbour } = scene;
  const begun = () => stageAt(cluster, leaver, partition) === 'write_both';
  const untilMs = cluster.simulation.nowMs + 10_000;
  while (!begun()) {
    if (cluster.simulation.nowMs > untilMs) throw new Error('the move does not begin');
    await cluster.simulation.advance(GLANCE_MS);
  }
  await cluster.simulation.advance(COPIED_MS);
  for (const id of [leaver, neighbour]) {
    expect(stageAt(cluster, id, partition)).toBe('write_both');
  }
}

it.each([1, 2])(
  'a quorum that does not hear of READ_NEW reads nothing stale (seed %i)',
  async (seed) => {
    const cluster = await startCluster(seed, { nodes: 5 });
    const scene = await sceneOf(cluster);
    const { key, leaver, neighbour, other } = scene;
    const island = [leaver, neighbour];
    const mainland = cluster.nodeIds.filter((id) => !island.includes(id));
    const { context } = await cluster.complete(cluster.put(other, key, 'old', { w: 3 }));

    await cluster.complete(commitAt(cluster, other, [{ type: 'leave', node: leaver }]));
    await untilCopied(cluster, scene);
    cluster.network.cutBothWays(island, mainland);
    await cluster.simulation.advance(5_000);

    const write = { ...STRICT, w: 2, contexts: [context] };
    const acknowledged = await cluster.complete(
      cluster.put(other, key, 'new', write).then(
        () => true,
        () => false,
      ),
    );
    const read = await cluster.complete(cluster.get(leaver, key, { ...STRICT, r: 2 }));
    if (acknowledged) expect(valuesOf(read)).toEqual(['new']);

    cluster.network.heal();
    await untilSettled(
      cluster,
      cluster.nodeIds.filter((id) => id !== leaver),
    );
    const after = await cluster.complete(cluster.get(other, key, { ...STRICT, r: 3 }));
    expect(valuesOf(after)).toEqual(['new']);
  },
);
