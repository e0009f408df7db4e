/**
 * Which acceptors of a key make a quorum, for a proposal and for what was accepted earlier
 * (protocols.md, sections 8 and 9).
 *
 * | stage        | prepare         | accept                 |
 * | ------------ | --------------- | ---------------------- |
 * | `prepare`    | majority of C   | majority of C          |
 * | `write_both` | majority of C   | majority of C and of C'|
 * | `read_new`   | majority of C'  | majority of C and of C'|
 * | `stable`     | majority of C'  | majority of C'         |
 */

import type { NodeId } from '../kernel/names.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { majority } from '../ring/levels.ts';
import type { Move } from '../ring/move.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { type Ballot, sameBallot } from './ballot.ts';

type Nodes = readonly NodeId[];

/** All that is asked of the ring for one key, as of one epoch of its partition. */
export interface RegisterPlan extends KeyPlan {
  /** See `Ring.listEpochs`. */
  readonly listEpoch: number;
  readonly move: Move | undefined;
  /** See `ClusterView.idMarks`. */
  readonly idMark: number;
}

/** In the turn in which the plan was made. */
export function registerPlan(view: ClusterView, plan: KeyPlan): RegisterPlan {
  const { partition } = plan.address;
  const ring = view.ring();
  return {
    ...plan,
    listEpoch: ring.listEpochs[partition] ?? ring.epoch,
    move: ring.moves.get(partition),
    idMark: view.idMarks()[partition] ?? 0,
  };
}

export function hasMajority(list: Nodes, nodes: Nodes): boolean {
  const count = list.filter((node) => nodes.includes(node)).length;
  return count >= majority(list.length);
}

/** How many acceptors have to agree; of two lists, of the larger. */
export function answersNeeded({ replicas, writeLists }: KeyPlan): number {
  return Math.max(...[replicas, ...writeLists].map(({ length }) => majority(length)));
}

export function isPrepareQuorum({ replicas }: RegisterPlan, nodes: Nodes): boolean {
  return hasMajority(replicas, nodes);
}

export function isAcceptQuorum({ writeLists }: RegisterPlan, nodes: Nodes): boolean {
  return writeLists.every((list) => hasMajority(list, nodes));
}

/**
 * Lists of which a ballot that was chosen has a majority each, as far as that is known of its
 * epoch; undefined: it is not. They may be more than it needed.
 */
function listsOf({ epoch }: Ballot, plan: RegisterPlan): readonly Nodes[] | undefined {
  const { address, writeLists, replicas, move, listEpoch, bucket } = plan;
  if (epoch === address.epoch) return writeLists;
  if (epoch < listEpoch) return undefined;
  if (move === undefined) return [replicas];
  const before = move.from.slice(0, bucket.n);
  return epoch < move.session ? [before] : [before, move.to.slice(0, bucket.n)];
}

/** What an acceptor said that it has accepted. */
export interface Vote {
  readonly node: NodeId;
  readonly accepted: Ballot;
  /** By copying its partition: it is no vote. */
  readonly copied: boolean;
}

/**
 * Whether these votes prove, without anything being written, that what was accepted under the
 * ballot is chosen, and that nothing later is: one ballot all over a prepare quorum of the
 * present epoch, and an accept quorum of the ballot's own.
 */
export function isProvenChosen(
  ballot: Ballot,
  votes: readonly Vote[],
  plan: RegisterPlan,
): boolean {
  const lists = listsOf(ballot, plan);
  if (lists === undefined) return false;
  const voters = votes
    .filter(({ accepted, copied }) => !copied && sameBallot(accepted, ballot))
    .map(({ node }) => node);
  return isPrepareQuorum(plan, voters) && lists.every((list) => hasMajority(list, voters));
}
