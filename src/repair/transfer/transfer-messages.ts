/**
 * What nodes are asked while a partition moves from one replica list to another (see
 * ring/move.ts). Whoever leads the metadata group asks for the first three and the last; the
 * chunks go from node to node.
 *
 * Each names the epoch of the partition, which is that of one stage of one move; another one is
 * refused. Those that change what is stored name the move too, by its session.
 */

import type { ErrorCode } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { callType } from '../../ports/transport.ts';

export interface PartitionAtEpoch {
  readonly partition: number;
  readonly epoch: number;
}

/** One stage of one move. */
export interface MovingPartition extends PartitionAtEpoch {
  readonly session: number;
}

/** One for each partition asked about, in their order. */
export type Verdict = true | ErrorCode;

/**
 * From here on refuse what was made for earlier epochs of these partitions, and answer when all
 * that was taken before is on disk.
 */
export const FENCE_PARTITIONS = callType<readonly PartitionAtEpoch[], readonly Verdict[]>(
  'transfer.fence',
  'bulk',
);

/**
 * You are about to keep these: erase what is left there of an earlier time, and answer when it
 * is off the disk.
 */
export const PREPARE_PARTITIONS = callType<readonly MovingPartition[], readonly Verdict[]>(
  'transfer.prepare',
  'bulk',
);

export interface CopyRequest extends MovingPartition {
  readonly sources: readonly NodeId[];
}

/** How far the work on one partition is. */
export interface TransferProgress {
  /** `failed`: it went on as far as it could; asked again, it is tried again. */
  readonly state: 'running' | 'done' | 'failed';
  /** That are through: copied from each source, or found to be here in the same version. */
  readonly keys: number;
  /** That were copied. */
  readonly bytes: number;
  /** Of so many keys, as far as that is known. */
  readonly of: number | null;
  /** What it waits for, or why it failed. */
  readonly detail: string | null;
}

/** Take over what these have of the partition; asked again, tell how far that is. */
export const COPY_PARTITION = callType<CopyRequest, TransferProgress>('transfer.copy', 'bulk');

/** What there is to be copied: see copied-tables.ts. */
export type TableName = 'objects' | 'hints' | 'registers';

/** What the receiver has already. */
export interface KnownVersions {
  /** Versions of keys, in the form of merkle/leaf-items.ts. */
  readonly items: Uint8Array;
  /** A stored key: the list is of keys up to it, and so is the chunk; null: of all. */
  readonly last: Uint8Array | null;
}

export interface ChunkRequest extends MovingPartition {
  readonly table: TableName;
  /** A stored key: only what comes behind it; null: from the first on. */
  readonly after: Uint8Array | null;
  /** These need not travel; null: the receiver has not looked. */
  readonly known: KnownVersions | null;
  /** The receiver does not know yet how many keys there are: say so. */
  readonly count: boolean;
}

export interface ChunkReply {
  /** In the form of chunk-codec.ts. */
  readonly records: Uint8Array;
  /** Records that did not travel, since the receiver has them in the same version. */
  readonly same: number;
  /** Stored keys of records that fail their checksum at the source. */
  readonly damaged: readonly Uint8Array[];
  /** The next chunk is what comes behind this stored key; null: this was the last. */
  readonly next: Uint8Array | null;
  /** The reap number of the partition under which all of it was read. */
  readonly reap: number;
  /** Keys in all tables but hints, about; null: nobody asked, or that is not known. */
  readonly of: number | null;
}

/** The next records of one table, of what you have on disk and I am to keep. */
export const COPY_CHUNK = callType<ChunkRequest, ChunkReply>('transfer.chunk', 'bulk');

/**
 * You have lost your place: see that those who keep the partition now have all that you have,
 * and drop it; asked again, tell how far that is.
 */
export const LEAVE_PARTITION = callType<MovingPartition, TransferProgress>(
  'transfer.leave',
  'bulk',
);

/** Bytes of records in one chunk: one record more than fits may be in it. */
export const CHUNK_BYTES_MAX = 256 * 1024;
export const CHUNK_MS_MAX = 10_000;
