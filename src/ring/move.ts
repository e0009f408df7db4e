/**
 * One change of one partition's replica list, on its way through four stages, each an entry in
 * the metadata log.
 *
 * A move swaps one member for another, adds one, or removes one. C (`from`) is the old list,
 * C' (`to`) the new one. A swap keeps the place in the list, an add appends. A bucket with
 * n < N uses the first n of either list, so all that a stage asks for is asked for each n by
 * itself: a removal from the middle of C makes a node one of C'_n that was not one of C_n.
 *
 * | stage        | a write needs     | a read asks |
 * | ------------ | ----------------- | ----------- |
 * | `prepare`    | W of C            | C           |
 * | `write_both` | W of C and W of C'| C           |
 * | `read_new`   | W of C and W of C'| C'          |
 * | `stable`     | W of C'           | C'          |
 *
 * A partition is moving until its stage `stable` is left, too.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Ring } from './ring.ts';

export type MoveStage = 'prepare' | 'write_both' | 'read_new' | 'stable';

export interface Move {
  readonly partition: number;
  /** Index of the entry that began it: names its copying, so that chunks of another are refused. */
  readonly session: number;
  readonly stage: MoveStage;
  /** C. */
  readonly from: readonly NodeId[];
  /** C'. */
  readonly to: readonly NodeId[];
}

/** C and C'. */
export type Lists = Pick<Move, 'from' | 'to'>;

/** The one that loses its place; undefined: the move adds a member. */
export function leaverOf({ from, to }: Lists): NodeId | undefined {
  return from.find((node) => !to.includes(node));
}

/** The one that gets a place; undefined: the move removes a member. */
export function joinerOf({ from, to }: Lists): NodeId | undefined {
  return to.find((node) => !from.includes(node));
}

/** Each is an X for this n: one of C'_n that was none of C_n. */
export function newcomersOf({ from, to }: Move, n: number): readonly NodeId[] {
  const before = from.slice(0, n);
  return to.slice(0, n).filter((node) => !before.includes(node));
}

/** Those of C_n that are none of C'_n. */
export function leaversFor({ from, to }: Move, n: number): readonly NodeId[] {
  const after = to.slice(0, n);
  return from.slice(0, n).filter((node) => !after.includes(node));
}

/** Which list reads ask. */
export function readListOf({ stage, from, to }: Move): readonly NodeId[] {
  return stage === 'prepare' || stage === 'write_both' ? from : to;
}

/** Lists of which a write needs its level each; one where the move makes no difference for n. */
export function writeListsOf(
  ring: Ring,
  partition: number,
  n: number,
): readonly (readonly NodeId[])[] {
  const move = ring.moves.get(partition);
  const list = (ring.replicas[partition] ?? []).slice(0, n);
  if (move === undefined || move.stage === 'prepare' || move.stage === 'stable') return [list];
  const lists = [move.from.slice(0, n), move.to.slice(0, n)];
  return newcomersOf(move, n).length === 0 && leaversFor(move, n).length === 0 ? [list] : lists;
}

/**
 * The place in the partition's list up to which a bucket's n must reach for the node to keep
 * its keys; -1: it keeps none. While the partition moves both lists count.
 */
export function keeperPlace(ring: Ring, partition: number, node: NodeId): number {
  const move = ring.moves.get(partition);
  if (move === undefined) return (ring.replicas[partition] ?? []).indexOf(node);
  const places = [move.from.indexOf(node), move.to.indexOf(node)].filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** All that keep keys of buckets with this n: C_n, and behind them who is only of C'_n. */
export function keepersOf(ring: Ring, partition: number, n: number): readonly NodeId[] {
  const move = ring.moves.get(partition);
  const list = (ring.replicas[partition] ?? []).slice(0, n);
  if (move === undefined) return list;
  return [...new Set([...move.from.slice(0, n), ...move.to.slice(0, n)])];
}

/**
 * The place up to which a bucket's n must reach for the node to be given objects of its keys; -1:
 * it is given none. Who is about to be filled is given none before it has made room, and who lost
 * its place none once its data is on its way out.
 */
export function takerPlace(ring: Ring, partition: number, node: NodeId): number {
  const stage = ring.moves.get(partition)?.stage;
  const isOneList = stage === 'prepare' || stage === 'stable';
  return isOneList
    ? (ring.replicas[partition] ?? []).indexOf(node)
    : keeperPlace(ring, partition, node);
}
