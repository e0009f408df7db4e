/**
 * Which trees this node compares with whom: every pair of replicas of a partition, for every n
 * among the buckets of which both keep it. The one that comes earlier in the replica list
 * drives the comparison, so that it is done once and the work is spread as the ring is.
 */

import type { NodeId } from '../kernel/names.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import type { TreeName } from './exchange-messages.ts';

/** Each n of some bucket, rising. */
export function replicaCounts(view: ClusterView): readonly number[] {
  const counts = new Set<number>();
  for (const { mode, n } of view.buckets()) if (mode === 'dynamo') counts.add(n);
  return [...counts].sort((a, b) => a - b);
}

/** By peer: the trees whose comparison this node drives, of these n. */
export function drivenTrees(
  self: NodeId,
  view: ClusterView,
  counts: readonly number[],
): ReadonlyMap<NodeId, readonly TreeName[]> {
  const ring = view.ring();
  const driven = new Map<NodeId, TreeName[]>();
  ring.replicas.forEach((replicas, partition) => {
    const place = replicas.indexOf(self);
    if (place === -1) return;
    const epoch = partitionEpoch(ring, partition);
    for (let i = place + 1; i < replicas.length; i++) {
      const peer = replicas[i] as NodeId;
      const trees = driven.get(peer) ?? [];
      driven.set(peer, trees);
      for (const n of counts) if (i < n) trees.push({ partition, epoch, n });
    }
  });
  return driven;
}

/** Other nodes that keep the same partition for some of these n, whoever drives. */
export function peersOf(
  self: NodeId,
  view: ClusterView,
  partition: number,
  counts: readonly number[],
): readonly NodeId[] {
  const replicas = view.ring().replicas[partition] ?? [];
  const most = Math.max(0, ...counts);
  const place = replicas.indexOf(self);
  if (place === -1 || place >= most) return [];
  return replicas.slice(0, most).filter((node) => node !== self);
}
