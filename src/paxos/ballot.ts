/**
 * Ballots: the order in which what is proposed for a key is accepted (Lamport, "Paxos Made
 * Simple", 2001; Rystsov, "CASPaxos", 2018).
 *
 * Invariant: a ballot is used for one value, ever. Its counter is drawn once in the life of a
 * process, `boot` names the process and `nodeNo` the node, so no two proposals share one. The
 * epoch comes first: what was begun under an earlier list of replicas never wins against what
 * was begun under a later one.
 */

import type { ByteReader, ByteWriter } from '../kernel/bytes.ts';

export interface Ballot {
  /** Of the partition. */
  readonly epoch: number;
  /** Drawn by the proposing process, above all that it has drawn or heard of. */
  readonly counter: number;
  readonly nodeNo: number;
  /** Number of the node's start: see replica/node-life.ts. */
  readonly boot: number;
}

/** Below all others: nothing was promised, accepted or written. */
export const ZERO: Ballot = { epoch: 0, counter: 0, nodeNo: 0, boot: 0 };

/** Negative, 0 or positive, as for sorting. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return a.epoch - b.epoch || a.counter - b.counter || a.nodeNo - b.nodeNo || a.boot - b.boot;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return compareBallots(a, b) === 0;
}

export function isZero(ballot: Ballot): boolean {
  return sameBallot(ballot, ZERO);
}

export function highestBallot(...ballots: readonly Ballot[]): Ballot {
  return ballots.reduce((a, b) => (compareBallots(a, b) >= 0 ? a : b), ZERO);
}

/** As clients see it, the version of a value: `17.3.2.5`. */
export function ballotText({ epoch, counter, nodeNo, boot }: Ballot): string {
  return `${epoch}.${counter}.${nodeNo}.${boot}`;
}

const TEXT =
  /^(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})$/;

/** Undefined where the text is none that `ballotText` gives. */
export function ballotOfText(text: string): Ballot | undefined {
  const numbers = TEXT.exec(text)?.slice(1).map(Number) ?? [];
  if (numbers.length === 0 || !numbers.every(Number.isSafeInteger)) return undefined;
  return ballotOfList(numbers as unknown as BallotList);
}

/** As it crosses between nodes. */
export type BallotList = readonly [epoch: number, counter: number, nodeNo: number, boot: number];

export function listOfBallot({ epoch, counter, nodeNo, boot }: Ballot): BallotList {
  return [epoch, counter, nodeNo, boot];
}

export function ballotOfList([epoch, counter, nodeNo, boot]: BallotList): Ballot {
  return { epoch, counter, nodeNo, boot };
}

export function writeBallot(writer: ByteWriter, ballot: Ballot): void {
  for (const number of listOfBallot(ballot)) writer.varint(number);
}

export function readBallot(reader: ByteReader): Ballot {
  return {
    epoch: reader.varint(),
    counter: reader.varint(),
    nodeNo: reader.varint(),
    boot: reader.varint(),
  };
}
