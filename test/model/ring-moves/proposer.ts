/** One operation on the register: prepare, propose, accept, as far as messages arrive. */

import type { AcceptorSteps } from './acceptor.ts';
import type { State, Successors } from './explorer.ts';
import { has, hasAll } from './lists.ts';
import { type MoveSteps, PATH_STEPS, stepOf } from './move.ts';
import {
  ACCEPTED,
  ACCEPTING,
  ANSWERED,
  APPLIED,
  acceptedMark,
  admittedMark,
  BALLOT,
  type Ballot,
  BEST,
  ballotOf,
  byteOf,
  COPIED,
  EPOCH,
  FIRST,
  HOLDS,
  IDLE,
  KNOWN,
  LATE,
  NO_BALLOT,
  NOTHING,
  PHASE,
  PREPARING,
  PROMISED,
  promisedMark,
  proposerAt,
  SHOWN,
  VALUE,
  WRONG,
  writtenBy,
} from './paxos-state.ts';

/** `cas`: from the first value to one of its own, or not at all. */
export type Operation = 'cas' | 'read';

export const proposerSteps = [
  'promises to',
  'lets in the accept of',
  'accepts for',
  'accepts late for',
  'gives its ballot up',
  'sends its messages again at entry',
] as const;
const [PROMISE, ADMIT, ACCEPT, ACCEPT_LATE, GIVE_UP, CATCH_UP] = [0, 1, 2, 3, 4, 5];

export interface ProposerOptions {
  readonly operation: Operation;
  /** May give a ballot up, while accepts of it are on their way, and try again. */
  readonly triesAgain: boolean;
  /** Of its ballots. */
  readonly counters: readonly number[];
  /** The other has the same to do, so it is enough that the first has the lower ballot. */
  readonly isOneOfTwins: boolean;
}

export class Proposer {
  readonly #proposer: number;
  readonly #at: number;
  readonly #move: MoveSteps;
  readonly #acceptor: AcceptorSteps;
  readonly #options: ProposerOptions;

  constructor(
    proposer: number,
    move: MoveSteps,
    acceptor: AcceptorSteps,
    options: ProposerOptions,
  ) {
    this.#proposer = proposer;
    this.#at = proposerAt(proposer);
    this.#move = move;
    this.#acceptor = acceptor;
    this.#options = options;
  }

  expand(state: State, successors: Successors): void {
    switch (byteOf(state, this.#at + PHASE)) {
      case IDLE:
        this.#begin(state, successors);
        break;
      case PREPARING:
        this.#prepare(state, successors);
        this.#catchUp(state, successors);
        break;
      case ACCEPTING:
        this.#accept(state, successors);
        this.#catchUp(state, successors);
        if (this.#canTryAgain(state)) this.#giveUp(state, successors);
        break;
    }
    if (byteOf(state, this.#at + LATE) !== 0) this.#acceptLate(state, successors);
  }

  /**
   * An operation begins with the first promise that it gets: what it might have begun with
   * before makes no difference, and it would only be bound to less.
   */
  #begin(state: State, successors: Successors): void {
    for (let node = 0; node < this.#move.nodeCount; node++) {
      const epoch = this.#move.epochOf(state, node);
      for (const counter of this.#options.counters) {
        const inBallot = this.#acceptor.rules.ballotEpoch ? epoch : 0;
        const ballot = ballotOf(inBallot, counter, this.#proposer);
        if (!this.#mayUse(state, ballot)) continue;
        this.#promise(state, node, ballot, epoch, successors);
      }
    }
  }

  #mayUse(state: State, ballot: Ballot): boolean {
    if (ballot <= byteOf(state, this.#at + LATE)) return false;
    if (!this.#options.isOneOfTwins) return true;
    const other = byteOf(state, proposerAt(1 - this.#proposer) + BALLOT);
    return other === NO_BALLOT || other < ballot === this.#proposer > 0;
  }

  #prepare(state: State, successors: Successors): void {
    const ballot = byteOf(state, this.#at + BALLOT);
    const sent = byteOf(state, this.#at + EPOCH);
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if (!this.#acceptor.takes(ballot, this.#move.epochOf(state, node), sent)) continue;
      this.#promise(state, node, ballot, sent, successors);
    }
  }

  #promise(state: State, node: number, ballot: Ballot, epoch: number, successors: Successors) {
    const at = this.#move.at(node);
    const isAsked = (this.#move.entry(this.#move.epochOf(state, node)).read.of >> node) & 1;
    if (!isAsked || byteOf(state, at + PROMISED) >= ballot) return;
    const next = successors.begin();
    if (byteOf(state, this.#at + PHASE) === IDLE) {
      next[this.#at + PHASE] = PREPARING;
      next[this.#at + EPOCH] = epoch;
      next[this.#at + BALLOT] = ballot;
      if (byteOf(state, this.#at + LATE) === 0) next[this.#at + KNOWN] = byteOf(state, SHOWN);
    }
    next[at + PROMISED] = ballot;
    this.#acceptor.mark(next, node, promisedMark(this.#proposer));
    const accepted = byteOf(state, at + ACCEPTED);
    if (accepted > byteOf(state, this.#at + BEST)) {
      next[this.#at + BEST] = accepted;
      next[this.#at + VALUE] = byteOf(state, at + HOLDS) & ~COPIED;
    }
    this.#propose(next, epoch);
    this.#end(successors, PROMISE, node, this.#proposer);
  }

  /** With a prepare quorum. */
  #propose(next: State, epoch: number): void {
    const { nodeCount } = this.#move;
    const promised = this.#acceptor.marked(next, nodeCount, promisedMark(this.#proposer));
    if (!has(this.#move.entry(epoch).read, promised)) return;
    const found = byteOf(next, this.#at + VALUE);
    if (found === NOTHING) next[WRONG] = 3;
    if (found === FIRST && this.#options.operation === 'cas') {
      next[this.#at + VALUE] = writtenBy(this.#proposer);
    }
    next[this.#at + PHASE] = ACCEPTING;
    next[this.#at + BEST] = 0;
    this.#clearMarks(next);
  }

  /** Let in and committed are two steps only where the fence is not checked between them. */
  #accept(state: State, successors: Successors): void {
    const ballot = byteOf(state, this.#at + BALLOT);
    const value = byteOf(state, this.#at + VALUE);
    const sent = byteOf(state, this.#at + EPOCH);
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if (this.#acceptor.hasMark(state, node, acceptedMark(this.#proposer))) continue;
      const admitted = admittedMark(this.#proposer);
      const isAdmitted = this.#acceptor.hasMark(state, node, admitted);
      if (!isAdmitted && !this.#takesAccept(state, node, ballot, sent)) continue;
      const next = successors.begin();
      if (!this.#acceptor.rules.commitFence && !isAdmitted) {
        this.#acceptor.mark(next, node, admitted);
        this.#end(successors, ADMIT, node, this.#proposer);
        continue;
      }
      this.#acceptor.clearMark(next, node, admitted);
      if (!this.#acceptor.accept(next, node, ballot, value)) continue;
      this.#acceptor.mark(next, node, acceptedMark(this.#proposer));
      this.#endWithQuorum(next, value, sent);
      this.#end(successors, ACCEPT, node, this.#proposer);
    }
  }

  /** Answers its client as soon as it may: an answer that comes later promises less. */
  #endWithQuorum(next: State, value: number, sent: number): void {
    const { nodeCount } = this.#move;
    const accepted = this.#acceptor.marked(next, nodeCount, acceptedMark(this.#proposer));
    if (!hasAll(this.#move.entry(sent).writes, accepted)) return;
    const isOwn = value === writtenBy(this.#proposer);
    next[this.#at + PHASE] = isOwn ? APPLIED : ANSWERED;
    noteShown(next, value, byteOf(next, this.#at + KNOWN));
    for (const byte of [VALUE, KNOWN]) next[this.#at + byte] = 0;
    this.#clearMarks(next);
  }

  #takesAccept(state: State, node: number, ballot: number, sent: number): boolean {
    const own = this.#move.epochOf(state, node);
    const isTarget = (this.#move.entry(own).targets & (1 << node)) !== 0;
    return isTarget && this.#acceptor.takes(ballot, own, sent);
  }

  #canTryAgain(state: State): boolean {
    return (
      this.#options.triesAgain &&
      byteOf(state, this.#at + LATE) === 0 &&
      byteOf(state, this.#at + VALUE) === writtenBy(this.#proposer)
    );
  }

  #giveUp(state: State, successors: Successors): void {
    const next = successors.begin();
    next[this.#at + LATE] = byteOf(state, this.#at + BALLOT);
    for (const byte of [PHASE, BALLOT, VALUE]) next[this.#at + byte] = 0;
    this.#clearMarks(next);
    this.#end(successors, GIVE_UP, this.#proposer);
  }

  #acceptLate(state: State, successors: Successors): void {
    const ballot = byteOf(state, this.#at + LATE);
    const sent = byteOf(state, this.#at + EPOCH);
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if (!this.#takesAccept(state, node, ballot, sent)) continue;
      if (byteOf(state, this.#move.at(node) + ACCEPTED) === ballot) continue;
      const next = successors.begin();
      if (!this.#acceptor.accept(next, node, ballot, writtenBy(this.#proposer))) continue;
      this.#end(successors, ACCEPT_LATE, node, this.#proposer);
    }
  }

  /** Without an epoch in it, a ballot is simply sent again when its coordinator catches up. */
  #catchUp(state: State, successors: Successors): void {
    const epoch = byteOf(state, this.#at + EPOCH);
    if (this.#acceptor.rules.ballotEpoch || epoch >= this.#move.logIndex(state)) return;
    successors.begin()[this.#at + EPOCH] = epoch + 1;
    this.#end(successors, CATCH_UP, this.#proposer, epoch + 1);
  }

  #clearMarks(next: State): void {
    const marks =
      promisedMark(this.#proposer) | acceptedMark(this.#proposer) | admittedMark(this.#proposer);
    for (let node = 0; node < this.#move.nodeCount; node++) {
      this.#acceptor.clearMark(next, node, marks);
    }
  }

  #end(successors: Successors, step: number, first: number, second = 0): void {
    successors.end(stepOf(PATH_STEPS + step, first, second));
  }
}

/** An operation that knew of what `known` says has ended and shows the value. */
export function noteShown(next: State, value: number, known: number): void {
  if (value === NOTHING) next[WRONG] = 3;
  else if (value === FIRST) {
    if (known !== 0) next[WRONG] = 2;
  } else {
    const shown = byteOf(next, SHOWN) | (1 << value);
    next[SHOWN] = shown;
    if ((shown & (shown - 1)) !== 0) next[WRONG] = 1;
  }
}
