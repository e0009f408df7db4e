/**
 * What acceptors are asked, and what proposers hand to each other. Lists, not objects, as in
 * replica/messages.ts, and each begins with the address of the key.
 *
 * The epoch of a ballot is that of the message which bears it, so it crosses once and the two
 * cannot differ.
 */

import type { Content } from '../causality/sibling-object.ts';
import type { Traced } from '../kernel/trace.ts';
import { callType } from '../ports/transport.ts';
import type { Addressed } from '../replica/messages.ts';
import type { Forwarded } from '../routing/forward.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import { type Ballot, type BallotList, ballotOfList, listOfBallot } from './ballot.ts';
import type { Change } from './change.ts';
import type { Outcome } from './register.ts';

type AddressList = readonly [
  partition: number,
  bucketNumber: number,
  key: Uint8Array,
  epoch: number,
];

/** Address, and a ballot of the same epoch. */
type BallotAt = readonly [...AddressList, counter: number, nodeNo: number, boot: number];

/** The register, or `same`: that of the ballot which the asker named. */
type RegisterOrSame = Uint8Array | 'same';

/** What an acceptor has accepted. */
export type AcceptedList = readonly [
  accepted: BallotList,
  copied: boolean,
  register: RegisterOrSame,
];

/** Ends with the accepted ballot whose register the asker has. */
export type PrepareRequest = readonly [...BallotAt, known: BallotList | null];

/** What was accepted; or, where a higher ballot was promised, that one alone. */
export type PrepareReply = AcceptedList | readonly [promised: BallotList];

/** Accept nothing below this ballot, and say what you have accepted. */
export const PREPARE = callType<PrepareRequest, PrepareReply>('paxos.prepare', 'data');

/** Ends with the counter of the ballot that is asked for along with the accept. */
export type AcceptRequest = readonly [...BallotAt, register: Uint8Array, next: number | null];

/** Accepted, and whether the next ballot is promised; or the higher ballot that was. */
export type AcceptReply = boolean | BallotList;

export const ACCEPT = callType<AcceptRequest, AcceptReply>('paxos.accept', 'data');

export type ReadRegisterRequest = readonly [...AddressList, known: BallotList | null];

/** What have you accepted? */
export const READ_REGISTER = callType<ReadRegisterRequest, AcceptedList>('paxos.read', 'data');

export function prepareRequest(
  { partition, bucketNumber, key }: Addressed,
  { epoch, counter, nodeNo, boot }: Ballot,
  known: Ballot | undefined,
): PrepareRequest {
  return [partition, bucketNumber, key, epoch, counter, nodeNo, boot, listOrNull(known)];
}

export function acceptRequest(
  { partition, bucketNumber, key }: Addressed,
  { epoch, counter, nodeNo, boot }: Ballot,
  register: Uint8Array,
  next: Ballot | undefined,
): AcceptRequest {
  const asked = next?.counter ?? null;
  return [partition, bucketNumber, key, epoch, counter, nodeNo, boot, register, asked];
}

export function readRegisterRequest(
  { partition, bucketNumber, key, epoch }: Addressed,
  known: Ballot | undefined,
): ReadRegisterRequest {
  return [partition, bucketNumber, key, epoch, listOrNull(known)];
}

function listOrNull(known: Ballot | undefined): BallotList | null {
  return known === undefined ? null : listOfBallot(known);
}

/** The ballot of a message that bears one. */
export function ballotIn(message: readonly [...BallotAt, ...unknown[]]): Ballot {
  const [, , , epoch, counter, nodeNo, boot] = message;
  return { epoch, counter, nodeNo, boot };
}

/** The ballot that is asked for along with an accept. */
export function nextIn(message: AcceptRequest): Ballot | undefined {
  const counter = message[8];
  return counter === null ? undefined : { ...ballotIn(message), counter };
}

/** Whose register the sender has. */
export function knownIn(known: BallotList | null): Ballot | undefined {
  return known === null ? undefined : ballotOfList(known);
}

interface KeyRequest {
  readonly bucket: string;
  readonly key: Uint8Array;
}

/** What does the key hold? */
export type ReadRequest = KeyRequest;

export interface ChangeRequest extends KeyRequest {
  readonly change: Change;
  /**
   * 16 bytes by which the client can ask for the same change again: see request-id.ts. Undefined:
   * it gave none.
   */
  readonly id?: Uint8Array | undefined;
  /** A refusal is to come with the value that is there. */
  readonly showsPresent?: boolean | undefined;
}

/** What a key holds, and who said so. */
export interface RegisterRead extends Traced {
  readonly version: Ballot;
  readonly content: Content | undefined;
  readonly quorum: QuorumReport;
}

/** What became of a change. */
export interface ChangeResult extends Traced {
  readonly outcome: Outcome;
  /** What it made, or, refused, that of the value that was there; ZERO: there was none. */
  readonly version: Ballot;
  /** Of an increment: what it came to. */
  readonly result?: number | undefined;
  /** Of an increment, which shows the value it came to; `overwritten`: that is there no more. */
  readonly shown?: Pick<Content, 'carried'> | 'overwritten' | undefined;
  /** Refused: what has this version, where that was asked for and is there still. */
  readonly present?: Content | undefined;
  readonly quorum: QuorumReport;
}

/** Read the register for me, and settle what is not; any replica can. */
export const COORDINATE_REGISTER_READ = callType<Forwarded<ReadRequest>, RegisterRead>(
  'paxos.coordinate_read',
  'data',
);

/** Find out, in its turn, what the key holds. */
export const SETTLE_REGISTER = callType<Forwarded<ReadRequest>, RegisterRead>(
  'paxos.settle',
  'data',
);

/** Carry this change out in its turn. */
export const PROPOSE_CHANGE = callType<Forwarded<ChangeRequest>, ChangeResult>(
  'paxos.propose',
  'data',
  { idempotent: false },
);
