/** Where the bytes of one register are in a state: acceptors, proposers, the cheap reader. */

import type { State } from './explorer.ts';
import { GLOBALS } from './move.ts';

/**
 * A ballot is one byte, so that ballots compare as numbers: epoch, counter, proposer. 0 is none,
 * and FOUNDING that of the value which all of C accepted before the history begins.
 */
export type Ballot = number;
export const NO_BALLOT: Ballot = 0;
export const FOUNDING: Ballot = 1;

export const ballotOf = (epoch: number, counter: number, proposer: number): Ballot =>
  (epoch << 4) | (counter << 2) | (proposer + 1);
export const epochOfBallot = (ballot: Ballot): number => ballot >> 4;

/** What a register may hold: nothing at all, what it held before, what one of the two wrote. */
export const NOTHING = 0;
export const FIRST = 1;
export const writtenBy = (proposer: number): number => proposer + 2;

/** Bytes of a proposer. */
export const PHASE = 0;
/** The epoch of its messages. */
export const EPOCH = 1;
export const BALLOT = 2;
/** Of the answers to its prepare, the highest, and its value; then the value it proposes. */
export const BEST = 3;
export const VALUE = 4;
/** An accept of its own value, under a ballot that it gave up, is still on its way. */
export const LATE = 5;
/** What the history had shown when the operation began. */
export const KNOWN = 6;
export const PROPOSER_BYTES = 7;
export const PROPOSERS = 2;

export const IDLE = 0;
export const PREPARING = 1;
export const ACCEPTING = 2;
export const APPLIED = 3;
export const ANSWERED = 4;

/** Bytes of the cheap reader: its epoch + 1, the ballot that it finds, its value, as KNOWN. */
export const READER = GLOBALS + PROPOSERS * PROPOSER_BYTES;
export const READER_BALLOT = READER + 1;
export const READER_VALUE = READER + 2;
export const READER_KNOWN = READER + 3;
/** Bits of the values that ended operations have shown, and what is wrong. */
export const SHOWN = READER + 4;
export const WRONG = READER + 5;
export const READS = READER + 6;
export const GLOBAL_BYTES = READS + 1 - GLOBALS;

/** Bytes of an acceptor, from `MoveSteps.at` on. */
export const PROMISED = 0;
export const ACCEPTED = 1;
export const HOLDS = 2;
/** Bits of who counts which answer of the acceptor. */
export const MARKS = 3;
export const ACCEPTOR_BYTES = 4;
/** In HOLDS, beside the value: it came by copy. */
export const COPIED = 4;

export const promisedMark = (proposer: number) => 1 << (proposer * 3);
export const acceptedMark = (proposer: number) => 2 << (proposer * 3);
/** Let in and past the first check of the fence. */
export const admittedMark = (proposer: number) => 4 << (proposer * 3);
export const READ_MARK = 64;

export const byteOf = (state: State, at: number): number => state[at] ?? 0;
export const proposerAt = (proposer: number): number => GLOBALS + proposer * PROPOSER_BYTES;
