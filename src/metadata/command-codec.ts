/**
 * How commands lie in the log.
 *
 *   version u8 | session? | type u8 | fields
 *
 * The version is that of the cluster from which on the form is understood (cluster-version.ts),
 * so a form that older programs know keeps its version.
 *
 * Invariant: every node makes the same of an entry for ever. A node that does not know a
 * version or type must not skip it, since its state would no longer be the others': it
 * throws `UnknownCommandError` and has to be replaced by a newer program.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import { REQUEST_ID_BYTES } from '../kernel/request-id.ts';
import type { ValueUpdate } from '../kernel/value-update.ts';
import type { BucketSettings } from './buckets.ts';
import * as codec from './codec.ts';
import type {
  AdmitNode,
  Command,
  CommitChanges,
  Envelope,
  PutBucket,
  PutValue,
} from './command.ts';
import { conditionCodec } from './condition.ts';
import { addressCodec } from './node-record.ts';
import { drawnListsCodec, moveStageCodec } from './ring-codec.ts';
import type { PartitionAt } from './ring-moves.ts';
import type { SessionRequest } from './sessions.ts';
import { stagedChangeCodec } from './staged-changes.ts';

/** The entry was written by a newer program than this one, or by one that is too old for it. */
export class UnknownCommandError extends Error {
  override readonly name = 'UnknownCommandError';
}

/** Of all forms that there are. */
const VERSION = 5;

const { bytes, flag, integer, list, optional, pair, record, text, uint, unchecked } = codec;

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

const requestIdCodec: codec.Codec<Uint8Array | undefined> = optional({
  write(writer, id) {
    invariant(id.length === REQUEST_ID_BYTES, `an id of ${id.length} bytes`);
    writer.raw(id);
  },
  read: (reader) => reader.raw(REQUEST_ID_BYTES),
});

const updateCodec = codec.tagged<ValueUpdate>({
  increment: [1, record({ by: integer })],
  append: [2, record({ bytes, contentType: text })],
});

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
        version: uint,
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
        version: uint,
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
        requestId: requestIdCodec,
      }),
    ],
    delete_value: [
      7,
      record({
        bucketNumber: uint,
        key: bytes,
        condition: conditionCodec,
        requestId: requestIdCodec,
      }),
    ],
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
    raise_epochs: [
      22,
      record({ partitions: list(record({ partition: uint, epoch: uint, idMark: uint })) }),
    ],
    update_value: [
      23,
      record({
        bucketNumber: uint,
        key: bytes,
        update: updateCodec,
        condition: conditionCodec,
        requestId: requestIdCodec,
      }),
    ],
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
 * Throws where `data` is none that this version could apply, since in the log it would stop this
 * member and every one like it: `cluster_upgrading`, or `bad_request` where no program wrote it.
 */
export function demandKnownCommand(data: Uint8Array): void {
  try {
    decodeCommand(data);
  } catch (error) {
    if (!(error instanceof UnknownCommandError || error instanceof DecodeError)) throw error;
    const code = error instanceof UnknownCommandError ? 'cluster_upgrading' : 'bad_request';
    throw new QuorateError(code, `the leader does not know the command: ${error.message}`);
  }
}

/** The version of the cluster that an encoded command needs. Throws `DecodeError`. */
export function versionOf(data: Uint8Array): number {
  return new ByteReader(data).u8();
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
