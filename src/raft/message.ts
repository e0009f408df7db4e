/**
 * What members of a group say to each other. Every message bears the term of its sender,
 * except that a pre-vote asks about the term that the candidate would begin.
 */

import type { Entry, SnapshotMeta } from './entry.ts';

/** Asks for a vote, or (`pre_vote`) whether a vote would be granted (thesis, section 9.6). */
export interface VoteRequest {
  readonly type: 'vote' | 'pre_vote';
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The leader asked for this election: stickiness does not hold it up (section 4.2.3). */
  readonly transfer: boolean;
}

export interface VoteReply {
  readonly type: 'vote_reply' | 'pre_vote_reply';
  readonly term: number;
  readonly granted: boolean;
}

export interface AppendRequest {
  readonly type: 'append';
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** The log is the same as the leader's up to `matchIndex`, and on disk up to there. */
export interface AppendAccepted {
  readonly type: 'append_accepted';
  readonly term: number;
  readonly matchIndex: number;
}

/** There is no entry of `prevTerm` at `prevIndex`: try again at or before the hint. */
export interface AppendRejected {
  readonly type: 'append_rejected';
  readonly term: number;
  /** Of the request that is rejected. */
  readonly prevIndex: number;
  /** The last entry here that may agree, with its term (section 5.3, the optimization). */
  readonly hintIndex: number;
  readonly hintTerm: number;
}

export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly term: number;
  /** min(match of the receiver, commit): never beyond what it is known to have. */
  readonly commit: number;
  /** Number of the leader's round, for reads that wait for a quorum (section 6.4). */
  readonly round: number;
}

export interface HeartbeatReply {
  readonly type: 'heartbeat_reply';
  readonly term: number;
  readonly round: number;
}

/**
 * A snapshot from the leader of `term` is whole on this member's disk. Not a message of the
 * network: who receives the chunks hands it in when the last of them has come.
 */
export interface SnapshotArrived {
  readonly type: 'snapshot';
  readonly term: number;
  readonly meta: SnapshotMeta;
}

/** Begin an election now (section 3.10). */
export interface TimeoutNow {
  readonly type: 'timeout_now';
  readonly term: number;
}

/**
 * What is committed after this position, which is so where the request comes from? Any member
 * may be asked, and the request's term means nothing to it (committed.ts).
 */
export interface CommittedRequest {
  readonly type: 'committed_request';
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
}

/** Committed in the sender's term or before it; at least one entry. */
export interface CommittedEntries {
  readonly type: 'committed_entries';
  readonly term: number;
  /** Of the request that is answered. */
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
}

export type Message =
  | VoteRequest
  | VoteReply
  | AppendRequest
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatReply
  | SnapshotArrived
  | TimeoutNow
  | CommittedRequest
  | CommittedEntries;
