/** What the disks of a simulated cluster hold, seen past the nodes. */

import { versionDigest } from '../../src/causality/sibling-object.ts';
import { bufferOf, DecodeError } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { decodeRecord, type ReplicaRecord } from '../../src/replica/record-codec.ts';
import { addressAt } from '../../src/replica/store-keys.ts';
import { replicasOf } from '../../src/ring/ring.ts';
import type { TestCluster } from './harness.ts';

const OBJECTS = '\u0002';

/** Stored keys of objects, as one character a byte. */
export function storedKeys(cluster: TestCluster, id: NodeId): readonly string[] {
  return [...cluster.disk(id).committed.keys()].filter((key) => key.startsWith(OBJECTS)).sort();
}

/** By stored key; a record that is damaged is `damaged`. */
export function recordsOn(
  cluster: TestCluster,
  id: NodeId,
): ReadonlyMap<string, ReplicaRecord | 'damaged'> {
  const { committed } = cluster.disk(id);
  return new Map(
    storedKeys(cluster, id).map((key) => [key, decoded(committed.get(key) as Uint8Array)]),
  );
}

/** Keys of which some disk has nothing but a tombstone, as `n1: key`. */
export function tombstonesOn(cluster: TestCluster): readonly string[] {
  return cluster.nodeIds.flatMap((id) =>
    [...recordsOn(cluster, id)].flatMap(([key, record]) =>
      record !== 'damaged' && record.object.siblings.length === 0
        ? [`${id}: ${keyTextOf(key)}`]
        : [],
    ),
  );
}

/** The client's key inside a stored key. */
export function keyTextOf(storedKey: string): string {
  return bufferOf(addressAt(Buffer.from(storedKey, 'latin1')).key).toString('utf8');
}

/** The stored key of the client's key on the disk of the node. */
export function storedKeyOf(cluster: TestCluster, id: NodeId, key: string): string {
  const found = storedKeys(cluster, id).find((storedKey) => keyTextOf(storedKey) === key);
  if (found === undefined) throw new Error(`${id} has nothing under ${key}`);
  return found;
}

/** Flips the last bit of these records, on the platter. */
export function damage(cluster: TestCluster, id: NodeId, keys: readonly string[]): void {
  const { committed, flushed } = cluster.disk(id);
  for (const key of keys) {
    const storedKey = storedKeyOf(cluster, id, key);
    const damaged = Buffer.from(committed.get(storedKey) as Uint8Array);
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    committed.set(storedKey, damaged);
    flushed.set(storedKey, damaged);
  }
}

/** Takes the record from the disk without the node noticing. */
export function losePrivately(cluster: TestCluster, id: NodeId, key: string): void {
  const storedKey = storedKeyOf(cluster, id, key);
  cluster.disk(id).committed.delete(storedKey);
  cluster.disk(id).flushed.delete(storedKey);
}

/**
 * Where a replica of a key has another object than another one has, or none, as texts; empty
 * when all are alike.
 */
export async function differencesOnDisk(cluster: TestCluster): Promise<readonly string[]> {
  const keepersOf = await keepersByStoredKey(cluster);
  const byNode = new Map(cluster.nodeIds.map((id) => [id, recordsOn(cluster, id)]));
  const keys = new Set([...byNode.values()].flatMap((records) => [...records.keys()]));
  return [...keys].flatMap((key) => {
    const keepers = keepersOf(key);
    const versions = keepers.map((id) => versionText(byNode.get(id)?.get(key)));
    const alike = versions.every((version) => version === versions[0]);
    return alike ? [] : [`${keyTextOf(key)}: ${keepers.map((id, i) => `${id} ${versions[i]}`)}`];
  });
}

/** Whose place it is to have the object of this stored key. Precondition: nothing moves. */
export async function keepersByStoredKey(
  cluster: TestCluster,
): Promise<(storedKey: string) => readonly NodeId[]> {
  const at = cluster.up[0] as NodeId;
  const { ring, buckets } = await cluster.complete(
    cluster.request(at, async (node) => ({
      ring: node.ring(),
      buckets: await node.buckets.list(5_000),
    })),
  );
  const counts = new Map(buckets.map(({ number, n }) => [number, n]));
  return (storedKey) => {
    const { partition, bucketNumber } = addressAt(Buffer.from(storedKey, 'latin1'));
    return replicasOf(ring, partition, counts.get(bucketNumber) ?? 0);
  };
}

function versionText(record: ReplicaRecord | 'damaged' | undefined): string {
  if (record === undefined || record === 'damaged') return record ?? 'nothing';
  return versionDigest(record.object).toString(16);
}

function decoded(record: Uint8Array): ReplicaRecord | 'damaged' {
  try {
    return decodeRecord(record);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return 'damaged';
  }
}
