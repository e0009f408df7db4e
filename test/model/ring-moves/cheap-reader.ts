/**
 * A client that reads in one round trip: the same accepted ballot from a prepare quorum of the
 * reader's epoch and from an accept quorum of the ballot's own. What it would have to finish
 * first is left to the operations with ballots. A read begins with its first answer: one that
 * had begun before would be bound to less.
 */

import type { State, Successors } from './explorer.ts';
import { has, hasAll } from './lists.ts';
import { type MoveSteps, PATH_STEPS, stepOf } from './move.ts';
import {
  ACCEPTED,
  byteOf,
  COPIED,
  epochOfBallot,
  HOLDS,
  MARKS,
  NO_BALLOT,
  READ_MARK,
  READER,
  READER_BALLOT,
  READER_KNOWN,
  READER_VALUE,
  READS,
  SHOWN,
} from './paxos-state.ts';
import { noteShown } from './proposer.ts';

export const ANSWER = 8;
const NO_READ = 0;

export class CheapReader {
  readonly #move: MoveSteps;

  constructor(move: MoveSteps) {
    this.#move = move;
  }

  expand(state: State, successors: Successors): void {
    for (let node = 0; node < this.#move.nodeCount; node++) this.#ask(state, node, successors);
  }

  /** Answers of another ballot do not help this read; they would make it take a round. */
  #ask(state: State, node: number, successors: Successors): void {
    const at = this.#move.at(node);
    const epoch = this.#move.epochOf(state, node);
    const { read, targets } = this.#move.entry(epoch);
    const accepted = byteOf(state, at + ACCEPTED);
    const found = byteOf(state, READER_BALLOT);
    const holds = byteOf(state, at + HOLDS);
    const isAsked = (((read.of | targets) >> node) & 1) === 1 && accepted !== NO_BALLOT;
    if (!isAsked || holds & COPIED || byteOf(state, at + MARKS) & READ_MARK) return;
    const isFirst = state[READER] === NO_READ;
    if (!isFirst && (state[READER] !== epoch + 1 || found !== accepted)) return;
    const next = successors.begin();
    if (isFirst) {
      next[READER] = epoch + 1;
      next[READER_KNOWN] = byteOf(state, SHOWN);
    }
    next[READER_BALLOT] = accepted;
    next[READER_VALUE] = holds;
    next[at + MARKS] = byteOf(state, at + MARKS) | READ_MARK;
    this.#endWithQuorums(next, epoch);
    successors.end(stepOf(PATH_STEPS + ANSWER, node));
  }

  #endWithQuorums(next: State, epoch: number): void {
    let same = 0;
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if (byteOf(next, this.#move.at(node) + MARKS) & READ_MARK) same |= 1 << node;
    }
    if (!has(this.#move.entry(epoch).read, same)) return;
    const { writes } = this.#move.entry(epochOfBallot(byteOf(next, READER_BALLOT)));
    if (this.#move.rules.readRule && !hasAll(writes, same)) return;
    const value = byteOf(next, READER_VALUE);
    noteShown(next, value, byteOf(next, READER_KNOWN));
    if (byteOf(next, SHOWN) !== 0) next[READS] = 1;
    for (const byte of [READER, READER_BALLOT, READER_VALUE, READER_KNOWN]) next[byte] = 0;
    for (let node = 0; node < this.#move.nodeCount; node++) {
      const at = this.#move.at(node) + MARKS;
      next[at] = byteOf(next, at) & ~READ_MARK;
    }
  }
}
