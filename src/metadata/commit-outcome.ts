/**
 * What a commit makes of the nodes, of the ring's members and of the moves that are under way.
 *
 * Entries of the metadata log mean what these functions answer: whoever changes an answer gives
 * the command another number (command.ts).
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Outcome, StagedChange } from '../ring/changes.ts';
import { leaverOf, type Move } from '../ring/move.ts';
import { moveCount } from '../ring/next-move.ts';
import { type Member, sameMembers } from '../ring/ring.ts';
import { isLost, turnedBack } from '../ring/turned-back.ts';
import type { NodeRecord, Salvage } from './node-record.ts';
import type { NodeAmendment, Nodes } from './nodes.ts';
import type { Goal } from './ring-moves.ts';

/** Before a commit, and by it. */
export interface Deaths {
  readonly before: ReadonlySet<NodeId>;
  readonly after: ReadonlySet<NodeId>;
}

/**
 * What becomes of a move where there is a new goal: it is no use, cannot end, or goes on. Where
 * its leaver dies it goes on at a new epoch: fence and copy were judged by L alone and count no
 * more (protocols.md, section 8), even where the entry that tells of them is on its way.
 */
export function onTheWay(
  move: Move,
  { replicas }: Goal,
  dead: Deaths,
  index: number,
): Move | undefined {
  const goal = replicas[move.partition] ?? [];
  const isDetour = moveCount(move.to, goal) >= moveCount(move.from, goal);
  const isOff = isLost(move, dead.after) || (move.stage === 'prepare' && isDetour);
  if (isOff) return turnedBack(move, index);
  const leaver = leaverOf(move);
  if (leaver === undefined || move.stage === 'stable') return move;
  return dead.after.has(leaver) && !dead.before.has(leaver) ? { ...move } : move;
}

/** Throws `bad_request`. */
export function demandOutcome(outcome: Outcome, members: readonly Member[]): void {
  const given = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (sameMembers(given, outcome.members)) return;
  const detail = 'the members are not those that the staged changes lead to';
  throw new QuorateError('bad_request', detail);
}

/** Those of before stay until they retire. */
export function membersWith(
  before: readonly Member[],
  after: readonly Member[],
): readonly Member[] {
  const ids = new Set(after.map(({ id }) => id));
  const all = [...before.filter(({ id }) => !ids.has(id)), ...after];
  all.sort((a, b) => (a.id < b.id ? -1 : 1));
  return sameMembers(before, all) ? before : all;
}

/** One that was never started holds nothing that anybody was promised. */
function salvageOf(died: NodeRecord | undefined): Salvage {
  return died === undefined || died.bootNumber === 0 ? 'closed' : 'open';
}

/** Of the nodes that are something else from now on. */
export function amendmentsOf(
  nodes: Nodes,
  outcome: Outcome,
  staged: readonly StagedChange[],
): ReadonlyMap<NodeId, NodeAmendment> {
  const amendments = new Map<NodeId, NodeAmendment>();
  for (const { name, zone, weight, status } of outcome.nodes) {
    const node = nodes.named(name);
    const isSame = node?.zone === zone && node?.weight === weight && node?.status === status;
    if (isSame) continue;
    const hasDied = status === 'dead' && node?.status !== 'dead';
    const salvage = hasDied ? { salvage: salvageOf(node) } : {};
    amendments.set(name, { zone, weight, status, ...salvage });
  }
  for (const change of staged) {
    if (change.type !== 'replace' && change.type !== 'remove') continue;
    const name = change.type === 'replace' ? change.dead : change.node;
    const lossAccepted = change.acceptLoss || nodes.named(name)?.lossAccepted === true;
    const replacedBy = change.type === 'replace' ? { replacedBy: change.by } : {};
    amendments.set(name, { ...amendments.get(name), lossAccepted, ...replacedBy });
  }
  return amendments;
}
