/** What an acceptor keeps, and what a crash, a fence and a copy do to it. */

import type { State } from './explorer.ts';
import {
  ACCEPTED,
  ACCEPTOR_BYTES,
  admittedMark,
  type Ballot,
  byteOf,
  COPIED,
  epochOfBallot,
  HOLDS,
  MARKS,
  NO_BALLOT,
  PROMISED,
  PROPOSERS,
} from './paxos-state.ts';
import type { Rules } from './rules.ts';

export class AcceptorSteps {
  readonly rules: Rules;
  readonly #at: (node: number) => number;

  constructor(rules: Rules, at: (node: number) => number) {
    this.rules = rules;
    this.#at = at;
  }

  /** Whether the acceptor, which is at the epoch, may deal with a ballot sent at another. */
  takes(ballot: Ballot, own: number, sent: number): boolean {
    return this.rules.ballotEpoch ? own === epochOfBallot(ballot) : own <= sent;
  }

  /** True where the acceptor takes the value, which is then on its disk. */
  accept(next: State, node: number, ballot: Ballot, value: number): boolean {
    const at = this.#at(node);
    const isRetried = byteOf(next, at + ACCEPTED) === ballot;
    const isCopied = (byteOf(next, at + HOLDS) & COPIED) !== 0;
    if (isRetried && !isCopied) return true;
    if (byteOf(next, at + PROMISED) > ballot || byteOf(next, at + ACCEPTED) > ballot) return false;
    next[at + PROMISED] = ballot;
    next[at + ACCEPTED] = ballot;
    next[at + HOLDS] = value;
    return true;
  }

  crash(state: State, node: number): boolean {
    const at = this.#at(node);
    let isChanged = false;
    for (let proposer = 0; proposer < PROPOSERS; proposer++) {
      const mark = admittedMark(proposer);
      if ((byteOf(state, at + MARKS) & mark) === 0) continue;
      state[at + MARKS] = byteOf(state, at + MARKS) & ~mark;
      isChanged = true;
    }
    if (this.rules.durablePromise) return isChanged;
    const kept = byteOf(state, at + ACCEPTED);
    if (byteOf(state, at + PROMISED) === kept) return isChanged;
    state[at + PROMISED] = kept;
    return true;
  }

  /** Accepts that were let in are refused when they would commit. */
  onApplied(state: State, node: number): void {
    if (!this.rules.commitFence) return;
    const at = this.#at(node) + MARKS;
    for (let proposer = 0; proposer < PROPOSERS; proposer++) {
      state[at] = byteOf(state, at) & ~admittedMark(proposer);
    }
  }

  /** What others have counted of its answers stays counted. */
  erase(state: State, node: number): void {
    const at = this.#at(node);
    for (let byte = 0; byte < ACCEPTOR_BYTES; byte++) {
      if (byte !== MARKS) state[at + byte] = NO_BALLOT;
    }
  }

  readChunk(state: State, source: number, chunk: number): void {
    const at = this.#at(source);
    state[chunk] = byteOf(state, at + PROMISED);
    state[chunk + 1] = byteOf(state, at + ACCEPTED);
    state[chunk + 2] = byteOf(state, at + HOLDS) & ~COPIED;
  }

  /** The higher promise and the higher accepted ballot; a copy never takes a real vote away. */
  mergeChunk(next: State, state: State, chunk: number, target: number): void {
    const at = this.#at(target);
    next[at + PROMISED] = Math.max(byteOf(next, at + PROMISED), byteOf(state, chunk));
    const accepted = byteOf(state, chunk + 1);
    if (accepted <= byteOf(next, at + ACCEPTED)) return;
    next[at + ACCEPTED] = accepted;
    next[at + HOLDS] = byteOf(state, chunk + 2) | (this.rules.copiedFlag ? COPIED : 0);
  }

  mark(state: State, node: number, mark: number): void {
    const at = this.#at(node) + MARKS;
    state[at] = byteOf(state, at) | mark;
  }

  hasMark(state: State, node: number, mark: number): boolean {
    return (byteOf(state, this.#at(node) + MARKS) & mark) !== 0;
  }

  clearMark(state: State, node: number, mark: number): void {
    const at = this.#at(node) + MARKS;
    state[at] = byteOf(state, at) & ~mark;
  }

  /** Whoever carries the mark. */
  marked(state: State, nodeCount: number, mark: number): number {
    let set = 0;
    for (let node = 0; node < nodeCount; node++) {
      if (this.hasMark(state, node, mark)) set |= 1 << node;
    }
    return set;
  }
}
