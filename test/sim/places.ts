/** Which nodes of a simulated cluster keep a key, who stands in for them, and what for. */

import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { HintsFor } from '../../src/node/index.ts';
import { keyHash, partitionOfHash } from '../../src/ring/key-hash.ts';
import { type PreferenceList, preferenceList } from '../../src/ring/preference-list.ts';
import { type TestCluster, valuesOf } from './harness.ts';

/** Precondition: some node is up. */
export async function placesOf(
  cluster: TestCluster,
  key: string,
  n = 3,
  bucket = 'test',
): Promise<PreferenceList> {
  const at = cluster.up[0] as NodeId;
  const ring = await cluster.complete(cluster.request(at, async (node) => node.ring()));
  const partition = partitionOfHash(keyHash(bucket, utf8(key)), ring.partitionCount);
  return preferenceList(ring, partition, n);
}

export async function hintsAt(cluster: TestCluster, id: NodeId): Promise<readonly HintsFor[]> {
  return cluster.complete(cluster.request(id, async (node) => node.hints()));
}

/** Of all nodes that are up. */
export async function hintsWaiting(cluster: TestCluster): Promise<number> {
  let waiting = 0;
  for (const id of cluster.up) {
    for (const { count } of await hintsAt(cluster, id)) waiting += count;
  }
  return waiting;
}

/** Lets time pass until no hint waits anywhere; throws where that takes too long. */
export async function drain(cluster: TestCluster, withinMs = 60_000): Promise<void> {
  const untilMs = cluster.simulation.nowMs + withinMs;
  while ((await hintsWaiting(cluster)) > 0) {
    if (cluster.simulation.nowMs > untilMs) throw new Error('hints are left');
    await cluster.simulation.advance(100);
  }
}

/** Until the others have noticed. */
export async function kill(cluster: TestCluster, ...nodes: readonly NodeId[]): Promise<void> {
  for (const node of nodes) cluster.kill(node);
  await cluster.simulation.advance(10);
}

export async function bringBack(cluster: TestCluster, ...nodes: readonly NodeId[]): Promise<void> {
  for (const node of nodes) await cluster.launch(node);
  for (const node of nodes) await cluster.untilReady(node);
}

/** What the promise rejects with. */
export function refusalOf(cluster: TestCluster, promise: Promise<unknown>): Promise<unknown> {
  const answered = () => {
    throw new Error('was not refused');
  };
  return cluster.complete(promise.then(answered, (error: unknown) => error));
}

/** What this one replica has, asking nobody else. */
export async function knownAt(
  cluster: TestCluster,
  id: NodeId,
  key: string,
): Promise<readonly string[]> {
  const alone = { r: 1, sloppy: false, readRepair: 'off' } as const;
  return valuesOf(await cluster.complete(cluster.get(id, key, alone)));
}
