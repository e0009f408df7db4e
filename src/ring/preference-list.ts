/**
 * In which order to try the nodes for a partition: its replicas, then fallbacks that may
 * stand in for them (Dynamo, section 4.6).
 *
 * There is one order of all members per partition, and buckets differ in where they cut it.
 * So for a bucket with n < N the partition's other replicas are the first fallbacks: they
 * keep the partition for other buckets anyway, and are of other zones than the first n.
 * After the replicas come nodes of zones that are not in the list yet, so that a stand-in
 * does not fail together with the replica it stands beside; then all others. Among equals
 * rendezvous hashing decides, so that the partitions of a dead node have different first
 * fallbacks and its load is spread over the cluster.
 *
 * Invariant: the two lists together name every member exactly once.
 */

import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { affinity, affinitySeed } from './affinity.ts';
import type { Ring } from './ring.ts';
import { zoneKey } from './zones.ts';

export interface PreferenceList {
  /** The nodes that own the keys of a bucket with this n. */
  readonly replicas: readonly NodeId[];
  /** All other members, in the order to ask them to stand in. */
  readonly fallbacks: readonly NodeId[];
}

/** Orders by ring and partition: every request asks, and a ring never changes. */
const orders = new WeakMap<Ring, (readonly NodeId[])[]>();

/** `n` is the bucket's number of replicas; a cluster of fewer nodes has fewer. */
export function preferenceList(ring: Ring, partition: number, n: number): PreferenceList {
  const order = orderOf(ring, partition);
  const count = Math.min(n, replicasIn(ring, partition).length);
  return { replicas: order.slice(0, count), fallbacks: order.slice(count) };
}

function orderOf(ring: Ring, partition: number): readonly NodeId[] {
  const known = orders.get(ring) ?? [];
  orders.set(ring, known);
  const order = known[partition] ?? drawOrder(ring, partition);
  known[partition] = order;
  return order;
}

function drawOrder(ring: Ring, partition: number): NodeId[] {
  const replicas = replicasIn(ring, partition);
  const zoneOf = new Map(ring.members.map((member) => [member.id, zoneKey(member)]));
  const zonesSeen = new Set(replicas.map((id) => zoneOf.get(id)));
  const fromNewZones: NodeId[] = [];
  const others: NodeId[] = [];
  for (const id of byAffinity(ring, partition)) {
    if (replicas.includes(id)) continue;
    const zone = zoneOf.get(id);
    (zonesSeen.has(zone) ? others : fromNewZones).push(id);
    zonesSeen.add(zone);
  }
  return [...replicas, ...fromNewZones, ...others];
}

function byAffinity(ring: Ring, partition: number): NodeId[] {
  return ring.members
    .map(({ id }) => ({ id, score: affinity(affinitySeed(id), partition) }))
    .sort((a, b) => a.score - b.score || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

function replicasIn(ring: Ring, partition: number): readonly NodeId[] {
  const replicas = ring.replicas[partition];
  invariant(replicas !== undefined, `no partition ${partition}`);
  return replicas;
}
