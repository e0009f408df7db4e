/** Which nodes may hold something of a key, and as what. */

import type { NodeId } from '../../kernel/names.ts';
import { keepersOf } from '../../ring/move.ts';
import type { Ring } from '../../ring/ring.ts';
import type { KeyPlan } from '../../routing/key-plan.ts';

export type PlaceRole =
  /** Reads ask it. */
  | 'replica'
  /** The partition moves to it, or from it. */
  | 'newcomer'
  | 'leaver'
  /** May stand in for those above. */
  | 'fallback'
  /** Of a raft bucket: in the metadata group. */
  | 'voter'
  | 'learner';

export interface Place {
  readonly node: NodeId;
  readonly role: PlaceRole;
}

/** In the order in which they are tried; everybody else of the cluster is a fallback. */
export function placesOfKey(ring: Ring, { address, bucket, ...list }: KeyPlan): readonly Place[] {
  const { replicas, fallbacks } = list;
  const { partition } = address;
  const newList = ring.moves.get(partition)?.to.slice(0, bucket.n) ?? [];
  const moving = keepersOf(ring, partition, bucket.n).filter((node) => !replicas.includes(node));
  return [
    ...replicas.map((node): Place => ({ node, role: 'replica' })),
    ...moving.map((node): Place => {
      return { node, role: newList.includes(node) ? 'newcomer' : 'leaver' };
    }),
    ...fallbacks.map((node): Place => ({ node, role: 'fallback' })),
  ];
}

/** Every member of the cluster has the values of raft buckets. */
export function placesOfValue(
  members: readonly NodeId[],
  voters: readonly NodeId[],
): readonly Place[] {
  const places = members
    .toSorted()
    .map((node): Place => ({ node, role: voters.includes(node) ? 'voter' : 'learner' }));
  return places.toSorted((a, b) => Number(b.role === 'voter') - Number(a.role === 'voter'));
}

/** Whether the key is to be there: a fallback may well have nothing of it. */
export function isKeeper({ role }: Place): boolean {
  return role !== 'fallback';
}
