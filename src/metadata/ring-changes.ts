/**
 * The ring and what is to become of it: the changes that are staged, the goal that was committed
 * to, and the moves that lead there.
 *
 * Staging changes nothing yet. A commit says what the nodes are from now on (leaving, dead, of
 * which zone and weight), how many replicas there are, and the goal: the list that each
 * partition is to have. The moves that are begun after it go by the goal alone; when no
 * partition is left that moves or has to, the goal is forgotten. A commit may come while an
 * earlier goal has not been reached, as when a node dies in the middle of it, and replaces it.
 *
 * Invariants: every node of a list of the ring, of a move or of the goal is a member of the
 * ring; the goal names only nodes that are neither leaving nor dead.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { deadAmong, outcomeOf, type StagedChange } from '../ring/changes.ts';
import type { Move } from '../ring/move.ts';
import type { Ring } from '../ring/ring.ts';
import { turnedBack } from '../ring/turned-back.ts';
import type { Buckets } from './buckets.ts';
import type { CommitChanges, DrawRing, RaisedPartition } from './command.ts';
import { amendmentsOf, demandOutcome, membersWith, onTheWay } from './commit-outcome.ts';
import { drawnRing, type RingShape } from './drawing.ts';
import { epochsRaised } from './epoch-raises.ts';
import type { Nodes } from './nodes.ts';
import { demandLists } from './ring-lists.ts';
import {
  type Goal,
  holdersOf,
  isReached,
  movesAdvanced,
  movesBegun,
  movesTurned,
  type PartitionAt,
  type StageToLeave,
} from './ring-moves.ts';
import { checkChange, withChange } from './staged-changes.ts';

export interface RingContents {
  readonly ring: Ring | undefined;
  readonly goal: Goal | undefined;
  readonly staged: readonly StagedChange[];
  readonly planEpoch: number;
}

/** All methods throw `QuorateError` before they have changed anything. */
export class RingChanges {
  readonly #nodes: Nodes;
  readonly #buckets: Buckets;
  #ring: Ring | undefined;
  #goal: Goal | undefined;
  #staged: readonly StagedChange[];
  #planEpoch: number;

  constructor(nodes: Nodes, buckets: Buckets, contents: RingContents) {
    this.#nodes = nodes;
    this.#buckets = buckets;
    this.#ring = contents.ring;
    this.#goal = contents.goal;
    this.#staged = contents.staged;
    this.#planEpoch = contents.planEpoch;
  }

  /** Undefined until it is drawn; the same object until it changes. */
  get ring(): Ring | undefined {
    return this.#ring;
  }

  /** Undefined when every partition is where it should be. */
  get goal(): Goal | undefined {
    return this.#goal;
  }

  /** In the order in which they are to be carried out. */
  get staged(): readonly StagedChange[] {
    return this.#staged;
  }

  /**
   * Of the last entry that changed what a plan is made of: what is staged, who the members are,
   * the goal. The moves on their way to it are left out: every goal can be reached from every
   * list, and a plan would be out of date before anybody had looked at it.
   */
  get planEpoch(): number {
    return this.#planEpoch;
  }

  draw(command: DrawRing, shape: RingShape, index: number): void {
    if (this.#ring !== undefined) {
      throw new QuorateError('ring_already_drawn', `the ring was drawn at ${this.#ring.epoch}`);
    }
    this.#ring = drawnRing(command, this.#nodes, shape, index);
    this.#planEpoch = index;
  }

  stage(change: StagedChange, index: number): void {
    this.#check(change, this.#drawn());
    this.#staged = withChange(this.#staged, change);
    this.#planEpoch = index;
  }

  unstage(index: number): void {
    this.#drawn();
    this.#staged = [];
    this.#planEpoch = index;
  }

  commit({ epoch, members, replicas }: CommitChanges, index: number): void {
    const ring = this.#drawn();
    if (epoch !== this.#planEpoch) {
      const detail = `the plan was made at ${epoch}, and what it rests on changed at ${this.#planEpoch}; look at the plan again`;
      throw new QuorateError('stale_epoch', detail);
    }
    for (const change of this.#staged) this.#check(change, ring);
    const outcome = outcomeOf(ring, this.#nodes.list(), this.#staged);
    if (outcome.members.length === 0) {
      const detail = 'no member would be left to keep the data; let another node join first';
      throw new QuorateError('change_refused', detail);
    }
    demandOutcome(outcome, members);
    demandLists(replicas, members, ring.partitionCount, outcome.replicationFactor);
    const goal = { index, replicas };
    const dead = { before: deadAmong(this.#nodes.list()), after: deadAmong(outcome.nodes) };
    const turned = movesTurned(ring, (move) => onTheWay(move, goal, dead, index), index);
    const withMembers = { ...turned, members: membersWith(ring.members, members) };
    if (this.#staged.length === 0 && isReached(withMembers, goal)) {
      const detail = 'nothing is staged, and every partition is where it should be';
      throw new QuorateError('change_refused', detail);
    }
    this.#nodes.amend(amendmentsOf(this.#nodes, outcome, this.#staged));
    this.#buckets.setReplicationFactor(outcome.replicationFactor);
    const { replicationFactor } = outcome;
    this.#staged = [];
    this.#planEpoch = index;
    this.#settle({ ...withMembers, epoch: index, replicationFactor }, goal);
  }

  /**
   * No further move is begun, and those that are not in their last stage go back. Of those in
   * READ_NEW the ones that are older than the goal go on, since they may be on their way back.
   * Who was leaving and has places yet is a member again. What a commit said beside that stays.
   */
  abort(index: number): void {
    const ring = this.#drawn();
    const goal = this.#goal;
    if (goal === undefined) {
      throw new QuorateError('change_refused', 'no change of the ring is under way');
    }
    const turn = (move: Move) =>
      move.stage === 'read_new' && move.session <= goal.index ? move : turnedBack(move, index);
    const turned = movesTurned(ring, turn, index);
    const staying = new Set(turned.replicas.flat());
    const returning = this.#nodes
      .list()
      .filter(({ name, status }) => status === 'leaving' && staying.has(name));
    this.#nodes.amend(new Map(returning.map(({ name }) => [name, { status: 'member' }])));
    this.#planEpoch = index;
    this.#ring = { ...turned, epoch: index };
    this.#goal = undefined;
  }

  begin(partitions: readonly PartitionAt[], index: number): void {
    const ring = this.#drawn();
    if (this.#goal === undefined) {
      throw new QuorateError('change_refused', 'no change of the ring is under way');
    }
    const dead = deadAmong(this.#nodes.list());
    this.#ring = movesBegun(ring, this.#goal, partitions, dead, index);
  }

  advance(moves: readonly StageToLeave[], index: number): void {
    this.#settle(movesAdvanced(this.#drawn(), moves, index), this.#goal);
  }

  /** The ring as it is then: see epoch-raises.ts. */
  raiseEpochs(partitions: readonly RaisedPartition[], index: number): Ring {
    this.#ring = epochsRaised(this.#ring, partitions, index);
    return this.#ring;
  }

  /** A leaving node has left then; a dead one stays dead, and the ring knows it no more. */
  retire(name: NodeId, index: number): void {
    const ring = this.#drawn();
    const node = this.#nodes.named(name);
    const inRing = ring.members.some(({ id }) => id === name);
    if (node === undefined) {
      throw new QuorateError('not_a_member', `there is no node ${JSON.stringify(name)}`);
    }
    const mayGo = node.status === 'leaving' || (node.status === 'dead' && inRing);
    if (!mayGo) {
      const detail = `${name} is ${node.status}${inRing ? '' : ' and not in the ring'}: only who is leaving or dead retires, once`;
      throw new QuorateError('change_refused', detail);
    }
    if (holdersOf(ring, this.#goal).has(name)) {
      throw new QuorateError('change_refused', `${name} has places in the ring yet`);
    }
    if (node.status === 'leaving') this.#nodes.amend(new Map([[name, { status: 'left' }]]));
    this.#planEpoch = index;
    if (!inRing) return;
    this.#ring = { ...ring, epoch: index, members: ring.members.filter(({ id }) => id !== name) };
  }

  #check(change: StagedChange, ring: Ring): void {
    checkChange(change, { ring, nodes: this.#nodes, buckets: this.#buckets });
  }

  #settle(ring: Ring, goal: Goal | undefined): void {
    this.#ring = ring;
    this.#goal = goal !== undefined && isReached(ring, goal) ? undefined : goal;
  }

  #drawn(): Ring {
    if (this.#ring !== undefined) return this.#ring;
    throw new QuorateError('ring_forming', 'the ring has not been drawn yet');
  }
}
