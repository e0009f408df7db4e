/**
 * Whether the replicas of a simulated cluster come to agree by themselves, without a read: the
 * check at the end of random workloads.
 */

import type { NodeId } from '../../src/kernel/names.ts';
import type { QuorateNode, RepairStatus } from '../../src/node/index.ts';
import { differencesOnDisk } from './disks.ts';
import type { TestCluster } from './harness.ts';

/** For everything to be exchanged that differs, after calls that time out. */
const AGREEMENT_MS_MAX = 60_000;
/** Two rounds of comparisons, with their jitter. */
const ROUNDS_MS = 10_000;
const SCRUB_MS_MAX = 10_000;

/** Empty where all replicas come to have the same objects, and trees that say so, truly. */
export async function whatStaysApart(cluster: TestCluster): Promise<readonly string[]> {
  const untilMs = cluster.simulation.nowMs + AGREEMENT_MS_MAX;
  let differences = await differencesOnDisk(cluster);
  while (differences.length > 0 && cluster.simulation.nowMs < untilMs) {
    await cluster.simulation.advance(500);
    differences = await differencesOnDisk(cluster);
  }
  if (differences.length > 0) return differences.map((text) => `replicas stay apart: ${text}`);
  await cluster.simulation.advance(ROUNDS_MS);
  const faults: string[] = [];
  for (const id of cluster.nodeIds) {
    faults.push(...treesApart(id, await statusOf(cluster, id)), ...(await treesWrong(cluster, id)));
  }
  return faults;
}

/** Every tree was equal to that of every other replica a moment ago. */
function treesApart(id: NodeId, status: RepairStatus): readonly string[] {
  const unknown = status.partitionsWithoutTrees.map((p) => `${id} has no trees of partition ${p}`);
  const apart = status.partitions.flatMap(({ partition, peers }) =>
    peers.flatMap(({ peer, agoMs }) =>
      agoMs === null || agoMs > ROUNDS_MS
        ? [`trees of partition ${partition} of ${id} and ${peer} were last equal ${agoMs} ms ago`]
        : [],
    ),
  );
  return [...unknown, ...apart];
}

/** The trees in use are those that a scan of the store finds. */
async function treesWrong(cluster: TestCluster, id: NodeId): Promise<readonly string[]> {
  await ask(cluster, id, (node) => node.runRepair({ kind: 'scrub', bucket: undefined }));
  const untilMs = cluster.simulation.nowMs + SCRUB_MS_MAX;
  while ((await statusOf(cluster, id)).run?.state !== 'done') {
    if (cluster.simulation.nowMs > untilMs) return [`the scrub of ${id} does not end`];
    await cluster.simulation.advance(200);
  }
  const rot = cluster.metrics.get(id)?.value('tree_rot_found_total') ?? 0;
  return rot === 0 ? [] : [`${rot} partitions of ${id} had other trees than their keys`];
}

function statusOf(cluster: TestCluster, id: NodeId): Promise<RepairStatus> {
  return ask(cluster, id, (node) => node.repairStatus());
}

function ask<Answer>(
  cluster: TestCluster,
  id: NodeId,
  work: (node: QuorateNode) => Answer,
): Promise<Answer> {
  return cluster.complete(cluster.request(id, async (node) => work(node)));
}
