/** The commands of the metadata group; `command-codec.ts` says how they lie in the log. */

import type { NodeId } from '../kernel/names.ts';
import type { ValueUpdate } from '../kernel/value-update.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { BucketSettings } from './buckets.ts';
import type { Condition } from './condition.ts';
import type { LeaseExpiry } from './leases.ts';
import type { NodeSeed, NodeStart } from './node-record.ts';
import type { DrawnLists } from './ring-codec.ts';
import type { PartitionAt, StageToLeave } from './ring-moves.ts';
import type { SessionRequest } from './sessions.ts';

export interface AdmitNode extends NodeSeed {
  readonly type: 'admit_node';
}

/** Opens the client session of this start and ends that of an earlier one; sent without one. */
export interface RegisterStart extends NodeStart {
  readonly type: 'register_start';
}

/** Made by `drawing`; stored as the first ring. */
export interface DrawRing extends DrawnLists {
  readonly type: 'draw_ring';
}

export interface PutBucket {
  readonly type: 'put_bucket';
  readonly name: string;
  readonly settings: BucketSettings;
  /** A bucket that exists is left as it is. */
  readonly createOnly: boolean;
}

export interface DeleteBucket {
  readonly type: 'delete_bucket';
  readonly name: string;
}

interface ValueChange {
  readonly bucketNumber: number;
  readonly key: Uint8Array;
  readonly condition: Condition;
  /** See request-outcomes.ts; undefined: the client gave none. */
  readonly requestId?: Uint8Array | undefined;
}

export interface PutValue extends ValueChange {
  readonly type: 'put_value';
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly (readonly [string, string])[];
  readonly lease?: number | undefined;
}

export interface DeleteValue extends ValueChange {
  readonly type: 'delete_value';
}

export interface UpdateValue extends ValueChange {
  readonly type: 'update_value';
  readonly update: ValueUpdate;
}

export interface GrantLease {
  readonly type: 'grant_lease';
  readonly ttlMs: number;
}

export interface RenewLease {
  readonly type: 'renew_lease';
  readonly id: number;
}

/** Deletes the keys that are attached to it. */
export interface RevokeLease {
  readonly type: 'revoke_lease';
  readonly id: number;
}

/** By the leader: those whose time it thinks is up. */
export interface ExpireLeases {
  readonly type: 'expire_leases';
  readonly leases: readonly LeaseExpiry[];
}

/**
 * Begins a round of reaping: its index is the new reap number of these partitions. Sent
 * without a session: one that is in the log twice only raises the numbers once more.
 */
export interface BeginReaping {
  readonly type: 'begin_reaping';
  readonly partitions: readonly ReapedPartition[];
}

/** With its epoch when its replicas were asked what could be reaped. */
export type ReapedPartition = PartitionAt;

/**
 * The epoch of each of these partitions becomes the index of the entry. Sent without a session:
 * one that is in the log twice is refused the second time.
 */
export interface RaiseEpochs {
  readonly type: 'raise_epochs';
  readonly partitions: readonly RaisedPartition[];
}

export interface RaisedPartition extends PartitionAt {
  /** Its id mark becomes this at least; ms since 1970, 0: it stays. */
  readonly idMark: number;
}

/** Says what is wanted; nothing comes of it before a commit. */
export interface StageChange {
  readonly type: 'stage_change';
  readonly change: StagedChange;
}

/** Takes back all that is staged. */
export interface UnstageChanges {
  readonly type: 'unstage_changes';
}

/** Made by `committing`: the members that the staged changes lead to, and what they are to keep. */
export interface CommitChanges extends DrawnLists {
  readonly type: 'commit_changes';
  /** The plan epoch at which the lists were worked out. */
  readonly epoch: number;
}

/** Gives the goal up; moves on their way go back. */
export interface AbortChanges {
  readonly type: 'abort_changes';
}

/** Begins the next move of each of these partitions towards the goal. */
export interface BeginMoves {
  readonly type: 'begin_moves';
  readonly moves: readonly PartitionAt[];
}

/** Each of these moves leaves the stage that is named. */
export interface AdvanceMoves {
  readonly type: 'advance_moves';
  readonly moves: readonly StageToLeave[];
}

/** A leaving or dead node that has no places goes out of the ring. */
export interface RetireNode {
  readonly type: 'retire_node';
  readonly name: NodeId;
}

/** Nothing of what only the dead node held is taken any more; reaping goes on without it. */
export interface CloseSalvage {
  readonly type: 'close_salvage';
  readonly name: NodeId;
}

/** How fast partitions may travel; undefined: as fast as they go. */
export interface SetTransferRate {
  readonly type: 'set_transfer_rate';
  readonly bytesPerSecond: number | undefined;
}

/** Changes the ring, or what is to become of it. */
export type RingCommand =
  | DrawRing
  | StageChange
  | UnstageChanges
  | CommitChanges
  | AbortChanges
  | BeginMoves
  | AdvanceMoves
  | RetireNode;

export type Command =
  | RingCommand
  | SetTransferRate
  | CloseSalvage
  | AdmitNode
  | RegisterStart
  | PutBucket
  | DeleteBucket
  | PutValue
  | DeleteValue
  | UpdateValue
  | GrantLease
  | RenewLease
  | RevokeLease
  | ExpireLeases
  | BeginReaping
  | RaiseEpochs;

export interface Envelope {
  /** With a session the command runs at most once, however often it is in the log. */
  readonly session?: SessionRequest | undefined;
  readonly command: Command;
}
