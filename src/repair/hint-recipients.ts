/**
 * Whom a hint goes to, all of whom must have it on disk before it is removed (protocols.md,
 * section 3).
 *
 * A hint is for its target while that keeps the key. Where a move takes the target's place away
 * it goes to those who come after it too: what is delivered to a source of copying after the
 * copying began would never reach them. When the target has lost its place, that of a swap goes
 * to the one that got it, and of a removal to all replicas there are. So does a hint whose
 * target lost its place long ago: nobody remembers to whom.
 *
 * A newcomer in the stage `prepare` keeps nothing yet: what it takes may be erased with the
 * rest. A hint for it is left from a time in which it had a place, and goes to those who have
 * one now.
 */

import type { NodeId } from '../kernel/names.ts';
import { joinerOf, leaversFor, type Move, newcomersOf, writeListsOf } from '../ring/move.ts';
import { type Ring, replicasOf } from '../ring/ring.ts';

/** `n` is that of the key's bucket. */
export function hintRecipients(
  ring: Ring,
  partition: number,
  n: number,
  target: NodeId,
): readonly NodeId[] {
  const move = ring.moves.get(partition);
  if (move === undefined) {
    const replicas = replicasOf(ring, partition, n);
    return replicas.includes(target) ? [target] : replicas;
  }
  const written = new Set(writeListsOf(ring, partition, n).flat());
  const heirs = heirsOf(move, n, target);
  if (heirs === undefined) return written.has(target) ? [target] : [...written];
  return written.has(target) ? [target, ...heirs] : heirs;
}

/** Who comes after the target; undefined where it does not lose its place, or not yet. */
function heirsOf(move: Move, n: number, target: NodeId): readonly NodeId[] | undefined {
  if (move.stage === 'prepare' || !leaversFor(move, n).includes(target)) return undefined;
  return joinerOf(move) === undefined ? move.to.slice(0, n) : newcomersOf(move, n);
}
