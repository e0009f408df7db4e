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
 * While the partition moves, those that reads ask and those that writes ask are not the same,
 * and nobody of either list of the move stands in for another (move.ts).
 *
 * Invariant: keepers and fallbacks together name every member exactly once.
 */

import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { affinity, affinitySeed } from './affinity.ts';
import { keepersOf, type Move, writeListsOf } from './move.ts';
import type { Member, Ring } from './ring.ts';
import { zoneKey } from './zones.ts';

export interface PreferenceList {
  /** Those that reads ask: the nodes that own the keys of a bucket with this n. */
  readonly replicas: readonly NodeId[];
  /** Lists of which a write needs its level each: one, or two while the partition moves. */
  readonly writeLists: readonly (readonly NodeId[])[];
  /** All nodes of the lists of writes; `replicas` itself where these are the same. */
  readonly written: readonly NodeId[];
  /** All members that keep no such key, in the order to ask them to stand in. */
  readonly fallbacks: readonly NodeId[];
}

/** What is known of a partition, for as long as neither its list nor its move changes. */
interface Drawn {
  readonly replicas: readonly NodeId[];
  readonly move: Move | undefined;
  readonly order: readonly NodeId[];
  readonly byCount: Map<number, PreferenceList>;
}

/** By the members of the ring and partition: every request asks, and few partitions move at once. */
const drawn = new WeakMap<readonly Member[], Drawn[]>();

/** `n` is the bucket's number of replicas; a cluster of fewer nodes has fewer. */
export function preferenceList(ring: Ring, partition: number, n: number): PreferenceList {
  const { byCount, order } = drawnOf(ring, partition);
  const known = byCount.get(n);
  if (known !== undefined) return known;
  const list = cut(ring, partition, n, order);
  byCount.set(n, list);
  return list;
}

function cut(ring: Ring, partition: number, n: number, order: readonly NodeId[]): PreferenceList {
  const replicas = replicasIn(ring, partition).slice(0, n);
  const keepers = keepersOf(ring, partition, n);
  const fallbacks = order.filter((node) => !keepers.includes(node));
  if (!ring.moves.has(partition)) {
    return { replicas, writeLists: [replicas], written: replicas, fallbacks };
  }
  const writeLists = writeListsOf(ring, partition, n);
  return { replicas, writeLists, written: [...new Set(writeLists.flat())], fallbacks };
}

function drawnOf(ring: Ring, partition: number): Drawn {
  const partitions = drawn.get(ring.members) ?? [];
  drawn.set(ring.members, partitions);
  const replicas = replicasIn(ring, partition);
  const move = ring.moves.get(partition);
  const known = partitions[partition];
  if (known?.replicas === replicas && known.move === move) return known;
  const order = drawOrder(ring, partition);
  const fresh = { replicas, move, order, byCount: new Map<number, PreferenceList>() };
  partitions[partition] = fresh;
  return fresh;
}

/** All members, keepers of the partition first. */
function drawOrder(ring: Ring, partition: number): NodeId[] {
  const keepers = keepersOf(ring, partition, Number.POSITIVE_INFINITY);
  const zoneOf = new Map(ring.members.map((member) => [member.id, zoneKey(member)]));
  const zonesSeen = new Set(keepers.map((id) => zoneOf.get(id)));
  const fromNewZones: NodeId[] = [];
  const others: NodeId[] = [];
  for (const id of byAffinity(ring, partition)) {
    if (keepers.includes(id)) continue;
    const zone = zoneOf.get(id);
    (zonesSeen.has(zone) ? others : fromNewZones).push(id);
    zonesSeen.add(zone);
  }
  return [...keepers, ...fromNewZones, ...others];
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
