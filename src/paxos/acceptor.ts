/**
 * What an acceptor does with a message: from its record and the message to a reply, and to the
 * record that has to be on disk before the reply leaves. Pure.
 *
 * - It promises no ballot below one that it promised, and accepts nothing below.
 * - A ballot that is promised along with an accept is promised only while that accept is its
 *   latest, so that whoever proposes under it next knows what was accepted last.
 * - What came by copying a partition is told in a prepare, as it must not be lost, but is no
 *   vote: an accept of its very ballot is a new one, checked against the promise.
 */

import type { AcceptorRecord } from './acceptor-record.ts';
import { type Ballot, compareBallots, highestBallot, sameBallot } from './ballot.ts';

/** `write`: the record as it is from now on; undefined: as it was. */
interface Step<Reply> {
  readonly reply: Reply;
  readonly write: AcceptorRecord | undefined;
}

interface Refused {
  readonly isRefused: true;
  readonly promised: Ballot;
}

export type Promised = Refused | { readonly isRefused: false };

/** The reply beyond it is what the record says was accepted. */
export function prepare(record: AcceptorRecord, ballot: Ballot): Step<Promised> {
  const order = compareBallots(ballot, record.promised);
  if (order < 0) return refused(record);
  const write = order === 0 ? undefined : { ...record, promised: ballot };
  return { reply: { isRefused: false }, write };
}

export type Accepted = Refused | { readonly isRefused: false; readonly isNextPromised: boolean };

/** `next`: a higher ballot of the same proposer, to be promised along; undefined: none is asked. */
export function accept(
  record: AcceptorRecord,
  ballot: Ballot,
  register: Uint8Array,
  next: Ballot | undefined,
): Step<Accepted> {
  if (sameBallot(record.accepted, ballot) && !record.copied) {
    const isNextPromised = next !== undefined && sameBallot(record.promised, next);
    return { reply: { isRefused: false, isNextPromised }, write: undefined };
  }
  if (compareBallots(ballot, record.promised) < 0) return refused(record);
  const promised = next === undefined ? ballot : highestBallot(ballot, next);
  return {
    reply: { isRefused: false, isNextPromised: next !== undefined },
    write: { promised, accepted: ballot, copied: false, register },
  };
}

function refused({ promised }: AcceptorRecord): Step<Refused> {
  return { reply: { isRefused: true, promised }, write: undefined };
}
