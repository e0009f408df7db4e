/** Whether every object is where the ring says, and nowhere else: seen on the disks. */

import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { keyHash, partitionOfHash } from '../../../src/ring/key-hash.ts';
import { keepersByStoredKey, keyTextOf, storedKeys } from '../disks.ts';
import type { TestCluster } from '../harness.ts';

/**
 * What nodes have that they are not to keep; empty where all is in its place.
 * @param gone nodes that left in order and so must have nothing
 */
export async function strays(
  cluster: TestCluster,
  gone: readonly NodeId[],
): Promise<readonly string[]> {
  const keepersOf = await keepersByStoredKey(cluster);
  return [...cluster.nodeIds, ...gone].flatMap((id) =>
    storedKeys(cluster, id)
      .filter((key) => !keepersOf(key).includes(id))
      .map((key) => `${id} has ${keyTextOf(key)}, which is for ${keepersOf(key)}`),
  );
}

/** How many keys of these a node that is to have them lacks. */
export async function keysMissing(cluster: TestCluster): Promise<readonly string[]> {
  const keepersOf = await keepersByStoredKey(cluster);
  const byNode = new Map(cluster.nodeIds.map((id) => [id, new Set(storedKeys(cluster, id))]));
  const keys = new Set([...byNode.values()].flatMap((there) => [...there]));
  return [...keys].flatMap((key) =>
    keepersOf(key)
      .filter((id) => byNode.get(id)?.has(key) !== true)
      .map((id) => `${id} lacks ${keyTextOf(key)}`),
  );
}

/** Where a key of the bucket `test` belongs. */
export async function partitionOf(cluster: TestCluster, key: string): Promise<number> {
  const at = cluster.up[0] as NodeId;
  const ring = await cluster.complete(cluster.request(at, async (node) => node.ring()));
  return partitionOfHash(keyHash('test', utf8(key)), ring.partitionCount);
}
