/**
 * What the node that has registers erased asks the others (register-collection.ts). A message
 * that comes twice, or late, does no harm.
 */

import type { BallotList } from '../paxos/ballot.ts';
import { callType } from '../ports/transport.ts';

/** A register without a value, and the ballot that it was accepted under. */
export type RegisterItem = readonly [bucketNumber: number, key: Uint8Array, accepted: BallotList];

export interface RegisterBatch {
  readonly partition: number;
  readonly epoch: number;
  /** Of buckets with the same n. */
  readonly items: readonly RegisterItem[];
}

/**
 * Of which of these is nothing here, on disk and for good, that was accepted under a lower ballot?
 * One answer for each.
 */
export const REGISTERS_AGREE = callType<RegisterBatch, readonly boolean[]>(
  'registers.agree',
  'bulk',
);

/** To one that does not keep them: of which of these is something left here, of an earlier time? */
export const REGISTERS_LEFT = callType<RegisterBatch, readonly boolean[]>('registers.left', 'bulk');

/** All have agreed to these at an earlier epoch: erase them. Answers how many went, off the disk. */
export const REGISTERS_ERASE = callType<RegisterBatch, number>('registers.erase', 'bulk', {
  idempotent: false,
});

/** Has the metadata group raise the epochs of partitions at rest; resolves with what they are then. */
export type RaiseEpochs = (
  partitions: readonly {
    readonly partition: number;
    readonly epoch: number;
    readonly idMark: number;
  }[],
) => Promise<number>;

/** In one message. */
export const BATCH_REGISTERS_MAX = 256;

export const REGISTERS_CALL_MS_MAX = 10_000;
