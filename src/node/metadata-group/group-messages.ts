/** What nodes say to each other about the metadata group, beside clients' data. */

import type { NodeId } from '../../kernel/names.ts';
import type { CommandReply } from '../../metadata/reply.ts';
import type { KnownStart, Start } from '../../metadata/starts.ts';
import type { PeerAddress } from '../../ports/transport.ts';
import { callType } from '../../ports/transport.ts';
import type { MemberNo, SnapshotMeta } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';

/** Who says it: number, present start, and where it listens for other nodes. */
export interface Speaker {
  readonly member: MemberNo;
  readonly start: Start;
  readonly address: PeerAddress;
}

export interface RaftEnvelope {
  readonly from: Speaker;
  readonly message: Message;
}

/** Beats and votes never wait behind entries. */
export const RAFT_BEAT = callType<RaftEnvelope, void>('group.beat', 'control');
export const RAFT_APPEND = callType<RaftEnvelope, void>('group.append', 'data');

/**
 * The refused start does not remember a start that is known. A message of an earlier start
 * that was long on its way is refused alike, so the receiver looks whether it is meant.
 */
export interface RolledBack {
  readonly refused: KnownStart;
  readonly known: KnownStart;
}

export const ROLLED_BACK = callType<RolledBack, void>('group.rolled_back', 'control');

export interface StandingRequest {
  readonly nodeNo: number;
  readonly directoryId: string;
}

/** Of a node that is of the cluster no more. */
export interface GoneStanding {
  readonly status: 'dead' | 'left';
  /** Of a dead one: who has its places. */
  readonly replacedBy: NodeId | null;
}

/** What am I to you? Null: a member, or nobody you have heard of. */
export const ASK_STANDING = callType<StandingRequest, GoneStanding | null>(
  'group.standing',
  'control',
);

/** One chunk of a snapshot; the reply comes when it is on disk. */
export interface SnapshotChunk {
  readonly from: Speaker;
  readonly term: number;
  readonly meta: SnapshotMeta;
  readonly chunk: number;
  readonly last: boolean;
  readonly bytes: Uint8Array;
}

export const SNAPSHOT_CHUNK = callType<SnapshotChunk, true>('group.snapshot', 'bulk');

/** What became of a command, and the index that shows it: apply so far to see it. */
export interface Applied {
  readonly index: number;
  readonly reply: CommandReply;
}

/** A command, encoded, for the leader: replies when it was applied there. */
export const PROPOSE = callType<Uint8Array, Applied>('group.propose', 'data');

/** The index that a read begun now must have applied; only the leader knows. */
export const READ_INDEX = callType<null, number>('group.read_index', 'control');

/** Hands the leadership to this member. */
export const TRANSFER = callType<MemberNo, true>('group.transfer', 'control');
