/**
 * A move that is not to be completed goes back: what became of C so far is taken to C again, by
 * a move in the other direction that begins in the middle. Both keep the rules of their stages:
 *
 * - In PREPARE nothing has changed yet: the move vanishes.
 * - In WRITE_BOTH reads ask C and every write was acknowledged by C: the reverse move is in
 *   STABLE(C), and X lets go of what it has when C lacks nothing of it.
 * - In READ_NEW every write was acknowledged by both: reads ask C again, and the reverse move is
 *   in READ_NEW, so that X is fenced before writes do without it.
 * - In STABLE there is no way back but another move.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Move } from './move.ts';
import { preparersOf } from './move-duties.ts';

/** `session` is that of the reverse move. Undefined: it vanishes. */
export function turnedBack(move: Move, session: number): Move | undefined {
  const { partition, stage, from, to } = move;
  if (stage === 'prepare') return undefined;
  if (stage === 'stable') return move;
  const back = stage === 'write_both' ? 'stable' : 'read_new';
  return { partition, session, stage: back, from: to, to: from };
}

/** Somebody who should take data over is dead: the move cannot be completed. */
export function isLost(move: Move, dead: ReadonlySet<NodeId>): boolean {
  return move.stage !== 'stable' && preparersOf(move).some((node) => dead.has(node));
}

/**
 * The list that the partition has when the present move is over, one way or the other. A move
 * in PREPARE does not count: where it does not serve a new goal it vanishes.
 */
export function settledList(
  present: readonly NodeId[],
  move: Move | undefined,
  dead: ReadonlySet<NodeId>,
): readonly NodeId[] {
  if (move === undefined || move.stage === 'prepare') return present;
  return isLost(move, dead) ? move.from : move.to;
}
