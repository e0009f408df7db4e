/**
 * Who has to do what in a move, stage by stage (move.ts; the rules are in ARCHITECTURE.md).
 *
 * L is the one that loses its place, X whoever is of C'_n and was not of C_n. All of it is asked
 * for every n by itself: a removal from the middle of C makes an X of one that was a member all
 * along, and a move that takes such a removal back makes one lose an n that remains a member.
 *
 * - PREPARE is left when every X has made room (`preparersOf`).
 * - WRITE_BOTH is left when the fences are complete (`fencesNeeded`) and then every receiver has
 *   copied (`receiversOf`) from its sources (`sourcesOf`).
 * - READ_NEW is left when the fences are complete.
 * - STABLE is left when everyone who is alive and lost an n has let go of it (`droppersOf`).
 *
 * `dead` are the nodes that the metadata group has declared dead. If somebody dies on the way
 * these are asked again, and what was done so far counts only as far as they still ask for it.
 */

import type { NodeId } from '../kernel/names.ts';
import { joinerOf, leaverOf, leaversFor, type Move, newcomersOf } from './move.ts';

export interface FencesNeeded {
  /** Each has to be fenced. */
  readonly nodes: readonly NodeId[];
  /**
   * The n for which so many are dead that the others may know of no copy of what was
   * acknowledged. The stage must not be left unless an operator accepts the loss.
   */
  readonly tooFewSurvivorsFor: readonly number[];
}

/** The n for which C_n and C'_n have different members. */
export function changedFor(move: Move): readonly number[] {
  return everyN(move).filter(
    (n) => newcomersOf(move, n).length > 0 || leaversFor(move, n).length > 0,
  );
}

/** All that are an X for some n, dead or not: a dead one keeps the move where it is. */
export function preparersOf(move: Move): readonly NodeId[] {
  return unique(everyN(move).flatMap((n) => newcomersOf(move, n)));
}

/**
 * All that have to copy. Where nobody takes the place of L, every member of C'_n does, for its
 * part: what only L had must be on as many of them as a quorum of C'_n may miss.
 */
export function receiversOf(move: Move, dead: ReadonlySet<NodeId>): readonly NodeId[] {
  const newcomers = preparersOf(move);
  if (joinerOf(move) !== undefined) return newcomers;
  const heirs = changedFor(move).flatMap((n) => move.to.slice(0, n));
  return unique([...heirs.filter((node) => !dead.has(node)), ...newcomers]);
}

/** Those that have what the receivers need, once they are fenced; nobody copies from itself. */
export function sourcesOf(move: Move, dead: ReadonlySet<NodeId>): readonly NodeId[] {
  const leaver = leaverOf(move);
  if (leaver !== undefined && !dead.has(leaver)) return [leaver];
  return unique(changedFor(move).flatMap((n) => move.from.slice(0, n))).filter(
    (node) => !dead.has(node),
  );
}

/**
 * With L fenced, whoever still goes by C alone has to do without L, and so stays within C'.
 * Without L all of C_n that are alive have to be fenced, since each may have what no other has,
 * and the dead must be less than a majority of C_n, so that they met no quorum of their own.
 * `bucketNs`: the n of the buckets in which the dead may have something; for others there is
 * nothing to lose.
 */
export function fencesNeeded(
  move: Move,
  dead: ReadonlySet<NodeId>,
  bucketNs: Iterable<number> = everyN(move),
): FencesNeeded {
  const nodes = sourcesOf(move, dead);
  const leaver = leaverOf(move);
  if (leaver !== undefined && !dead.has(leaver)) return { nodes, tooFewSurvivorsFor: [] };
  const changed = changedFor(move);
  const tooFewSurvivorsFor = [...new Set(bucketNs)].filter((n) => {
    if (!changed.includes(Math.min(n, longest(move)))) return false;
    const list = move.from.slice(0, n);
    const alive = list.filter((node) => !dead.has(node)).length;
    return alive < list.length - majority(list.length) + 1;
  });
  return { nodes, tooFewSurvivorsFor: tooFewSurvivorsFor.sort((a, b) => a - b) };
}

/** All that keep less than before when the move is over, and are there to drop it. */
export function droppersOf(move: Move, dead: ReadonlySet<NodeId>): readonly NodeId[] {
  return unique(everyN(move).flatMap((n) => leaversFor(move, n))).filter((node) => !dead.has(node));
}

function everyN(move: Move): readonly number[] {
  return Array.from({ length: longest(move) }, (_, at) => at + 1);
}

function longest({ from, to }: Move): number {
  return Math.max(from.length, to.length);
}

function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

function unique(nodes: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(nodes)];
}
