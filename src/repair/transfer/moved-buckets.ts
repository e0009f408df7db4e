/**
 * Which buckets a move concerns, and for whom. A bucket with n < N uses the first n of either
 * list, so each n is looked at by itself (protocols.md, section 8). Buckets
 * of mode raft are kept by the metadata group.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Bucket, BucketMode, ClusterView } from '../../ring/cluster-view.ts';
import { leaversFor, type Move, newcomersOf } from '../../ring/move.ts';

/** Those that the node is about to keep, and did not keep before. */
export function gainedBuckets(view: ClusterView, move: Move, node: NodeId): readonly Bucket[] {
  return bucketsWhere(view, (n) => newcomersOf(move, n).includes(node));
}

/** Those that the node kept, and is not to keep any more. */
export function lostBuckets(view: ClusterView, move: Move, node: NodeId): readonly Bucket[] {
  return bucketsWhere(view, (n) => leaversFor(move, n).includes(node));
}

/** Those that the source keeps and the receiver is to keep, of those whose keepers change. */
export function copiedBuckets(
  view: ClusterView,
  move: Move,
  source: NodeId,
  receiver: NodeId,
): readonly Bucket[] {
  return bucketsWhere(
    view,
    (n) =>
      changes(move, n) &&
      move.from.slice(0, n).includes(source) &&
      move.to.slice(0, n).includes(receiver),
  );
}

/** The n among the buckets of this mode; in dynamo buckets there is a tree for each. */
export function countsOf(buckets: readonly Bucket[], wanted: BucketMode): readonly number[] {
  const ofMode = buckets.filter(({ mode }) => mode === wanted);
  return [...new Set(ofMode.map(({ n }) => n))];
}

export function changes(move: Move, n: number): boolean {
  return newcomersOf(move, n).length > 0 || leaversFor(move, n).length > 0;
}

/** Rising by their numbers. */
function bucketsWhere(view: ClusterView, isMeant: (n: number) => boolean): readonly Bucket[] {
  return [...view.buckets()]
    .filter(({ mode, n }) => mode !== 'raft' && isMeant(n))
    .sort((a, b) => a.number - b.number);
}
