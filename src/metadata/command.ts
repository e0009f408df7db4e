/**
 * The commands of the metadata group, and how they lie in the log.
 *
 *   version u8 | session? | type u8 | fields
 *
 * Invariant: every node makes the same of an entry for ever. A node that does not know a
 * version or type must not skip it, since its state would no longer be the others': it
 * throws `UnknownCommandError` and has to be replaced by a newer program.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { BucketSettings } from './buckets.ts';
import * as codec from './codec.ts';
import { type Condition, conditionCodec } from './condition.ts';
import type { LeaseExpiry } from './leases.ts';
import { addressCodec, type NodeSeed, type NodeStart } from './nodes.ts';
import { type DrawnLists, drawnListsCodec, moveStageCodec } from './ring-codec.ts';
import type { PartitionAt, StageToLeave } from './ring-moves.ts';
import type { SessionRequest } from './sessions.ts';
import { stagedChangeCodec } from './staged-changes.ts';

export type { CommandReply, CommandSuccess, Refusal, ReplyTo } from './reply.ts';

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

export interface PutValue {
  readonly type: 'put_value';
  readonly bucketNumber: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly (readonly [string, string])[];
  readonly condition: Condition;
  readonly lease?: number | undefined;
}

export interface DeleteValue {
  readonly type: 'delete_value';
  readonly bucketNumber: number;
  readonly key: Uint8Array;
  readonly condition: Condition;
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
  | GrantLease
  | RenewLease
  | RevokeLease
  | ExpireLeases
  | BeginReaping;

export interface Envelope {
  /** With a session the command runs at most once, however often it is in the log. */
  readonly session?: SessionRequest | undefined;
  readonly command: Command;
}

/** The entry was written by a newer program than this one, or by one that is too old for it. */
export class UnknownCommandError extends Error {
  override readonly name = 'UnknownCommandError';
}

const VERSION = 3;

const { bytes, flag, list, optional, pair, record, text, uint, unchecked } = codec;

const partitionAtCodec = record<PartitionAt>({ partition: uint, epoch: uint });

const commitCodec: codec.Codec<Omit<CommitChanges, 'type'>> = {
  write(writer, { epoch, ...lists }) {
    uint.write(writer, epoch);
    drawnListsCodec.write(writer, lists);
  },
  read(reader) {
    const epoch = uint.read(reader);
    return { epoch, ...drawnListsCodec.read(reader) };
  },
};

const commandCodec = codec.tagged<Command>(
  {
    admit_node: [
      1,
      record<Omit<AdmitNode, 'type'>>({
        name: text,
        directoryId: text,
        address: addressCodec,
        zone: optional(text),
        weight: optional(unchecked as codec.Codec<number>),
        replaces: optional(text),
      }),
    ],
    register_start: [
      2,
      record({
        nodeNo: uint,
        directoryId: text,
        bootNumber: uint,
        since: list(uint),
        life: uint,
        address: addressCodec,
      }),
    ],
    draw_ring: [3, drawnListsCodec],
    put_bucket: [
      4,
      record<Omit<PutBucket, 'type'>>({
        name: text,
        settings: record<BucketSettings>({
          n: optional(unchecked as codec.Codec<number>),
          r: optional(unchecked as codec.Codec<NonNullable<BucketSettings['r']>>),
          w: optional(unchecked as codec.Codec<NonNullable<BucketSettings['w']>>),
          mode: optional(text as codec.Codec<NonNullable<BucketSettings['mode']>>),
          conflict: optional(text as codec.Codec<NonNullable<BucketSettings['conflict']>>),
          ttlMs: optional(unchecked as codec.Codec<NonNullable<BucketSettings['ttlMs']>>),
        }),
        createOnly: flag,
      }),
    ],
    delete_bucket: [5, record({ name: text })],
    put_value: [
      6,
      record<Omit<PutValue, 'type'>>({
        bucketNumber: uint,
        key: bytes,
        value: bytes,
        contentType: text,
        meta: list(pair(text, text)),
        condition: conditionCodec,
        lease: optional(uint),
      }),
    ],
    delete_value: [7, record({ bucketNumber: uint, key: bytes, condition: conditionCodec })],
    grant_lease: [8, record({ ttlMs: unchecked as codec.Codec<number> })],
    renew_lease: [9, record({ id: uint })],
    revoke_lease: [10, record({ id: uint })],
    expire_leases: [11, record({ leases: list(record({ id: uint, renewedAt: uint })) })],
    begin_reaping: [12, record({ partitions: list(partitionAtCodec) })],
    stage_change: [13, record({ change: stagedChangeCodec })],
    unstage_changes: [14, record({})],
    commit_changes: [15, commitCodec],
    abort_changes: [16, record({})],
    begin_moves: [17, record({ moves: list(partitionAtCodec) })],
    advance_moves: [
      18,
      record({ moves: list(record({ partition: uint, epoch: uint, stage: moveStageCodec })) }),
    ],
    retire_node: [19, record({ name: text })],
    set_transfer_rate: [20, record({ bytesPerSecond: optional(uint) })],
    close_salvage: [21, record({ name: text })],
  },
  (tag) => new UnknownCommandError(`command type ${tag} is unknown: ${TOO_OLD}`),
);

const TOO_OLD = 'this node is too old for the cluster; install the version that the others have';
const TOO_NEW =
  'the log was written by an older version, which this one cannot read; install the version that wrote it';

const sessionCodec = optional(
  record<SessionRequest>({ nodeNo: uint, life: uint, sequence: uint, answeredBelow: uint }),
);

export function encodeCommand({ session, command }: Envelope): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(VERSION);
  sessionCodec.write(writer, session);
  commandCodec.write(writer, command);
  return writer.copy();
}

/**
 * Throws `bad_request` where `data` is none that this version could apply: in the log it would
 * stop this member and every one like it.
 */
export function demandKnownCommand(data: Uint8Array): void {
  try {
    decodeCommand(data);
  } catch (error) {
    if (!(error instanceof UnknownCommandError || error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the leader does not know the command: ${error.message}`);
  }
}

/**
 * Keys and values are views into `data`. Throws `UnknownCommandError` where `data` is of
 * another program, and `DecodeError` where no program wrote it.
 */
export function decodeCommand(data: Uint8Array): Envelope {
  const reader = new ByteReader(data);
  const version = reader.u8();
  if (version !== VERSION) {
    const why = version < VERSION ? TOO_NEW : TOO_OLD;
    throw new UnknownCommandError(`command version ${version} is unknown: ${why}`);
  }
  const session = sessionCodec.read(reader);
  const command = commandCodec.read(reader);
  reader.end();
  return session === undefined ? { command } : { session, command };
}
