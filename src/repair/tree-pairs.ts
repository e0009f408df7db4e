/**
 * Which trees this node compares with whom: every pair of replicas of a partition, for every n
 * among the buckets of which both keep it. The one that comes earlier in the replica list
 * drives the comparison, so that it is done once and the work is spread as the ring is.
 *
 * While a partition moves, a newcomer takes part when it is filled: before, all that it is about
 * to get by copying would differ. Who is on the way out takes part until the stage `stable`, in
 * which it drops what it has, and the others would bring that back.
 */

import type { NodeId } from '../kernel/names.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { completeKeepersOf } from '../ring/complete-keepers.ts';
import { keeperPlace } from '../ring/move.ts';
import { partitionEpoch, type Ring, replicasOf } from '../ring/ring.ts';
import type { TreeName } from './exchange-messages.ts';

/** Each n of some bucket, rising. */
export function replicaCounts(view: ClusterView): readonly number[] {
  const counts = new Set<number>();
  for (const { mode, n } of view.buckets()) if (mode === 'dynamo') counts.add(n);
  return [...counts].sort((a, b) => a - b);
}

/** Who compares its trees of this n with whom, in an order on which all who know the ring agree. */
export function comparedOf(ring: Ring, partition: number, n: number): readonly NodeId[] {
  return ring.moves.get(partition)?.stage === 'stable'
    ? replicasOf(ring, partition, n)
    : completeKeepersOf(ring, partition, n);
}

/** By peer: the trees whose comparison this node drives, of these n. */
export function drivenTrees(
  self: NodeId,
  view: ClusterView,
  counts: readonly number[],
): ReadonlyMap<NodeId, readonly TreeName[]> {
  const ring = view.ring();
  const driven = new Map<NodeId, TreeName[]>();
  for (let partition = 0; partition < ring.partitionCount; partition++) {
    if (keeperPlace(ring, partition, self) === -1) continue;
    const epoch = partitionEpoch(ring, partition);
    for (const n of counts) {
      for (const peer of behind(self, comparedOf(ring, partition, n))) {
        const trees = driven.get(peer) ?? [];
        driven.set(peer, trees);
        trees.push({ partition, epoch, n });
      }
    }
  }
  return driven;
}

function behind(self: NodeId, nodes: readonly NodeId[]): readonly NodeId[] {
  const place = nodes.indexOf(self);
  return place === -1 ? [] : nodes.slice(place + 1);
}

/** Other nodes that keep the same partition for some of these n, whoever drives. */
export function peersOf(
  self: NodeId,
  view: ClusterView,
  partition: number,
  counts: readonly number[],
): readonly NodeId[] {
  const ring = view.ring();
  const compared = counts.map((n) => comparedOf(ring, partition, n));
  const own = compared.filter((nodes) => nodes.includes(self));
  return [...new Set(own.flat())].filter((node) => node !== self);
}
