/**
 * What a node that carries a round of reaping out asks the others (ARCHITECTURE.md, "Reaping").
 * A message that comes twice, or late, does no harm, and is not sent twice: see `idempotent`.
 */

import type { NodeId } from '../kernel/names.ts';
import { callType } from '../ports/transport.ts';
import type { TreeName } from './exchange-messages.ts';

/** Of which of these partitions do you hold something for others? */
export const REAP_HELD = callType<readonly number[], readonly number[]>('reap.held', 'bulk');

/** A key in the version that is to go. */
export type ReapItem = readonly [bucketNumber: number, key: Uint8Array, digest: bigint];

export interface AgreeRequest {
  readonly tree: TreeName;
  readonly items: readonly ReapItem[];
}

/**
 * Which of these could you do without? One answer for each: the version is here, on disk, and
 * may be reaped by this node's clock.
 */
export const REAP_AGREE = callType<AgreeRequest, readonly boolean[]>('reap.agree', 'bulk');

export interface AdoptRequest {
  readonly reap: number;
  readonly partitions: readonly number[];
}

/**
 * Have you adopted this number, durably, holding nothing for others? Answers with the
 * partitions of which that is not so.
 */
export const REAP_ADOPT = callType<AdoptRequest, readonly number[]>('reap.adopt', 'bulk');

export interface MarkRequest extends AgreeRequest {
  readonly reap: number;
}

/** Mark these, for this round; one answer for each, when that is on disk. */
export const REAP_MARK = callType<MarkRequest, readonly boolean[]>('reap.mark', 'bulk', {
  idempotent: false,
});

export interface RemoveRequest extends MarkRequest {
  /** All nodes of the cluster when the round began. */
  readonly members: readonly NodeId[];
}

/** All replicas have marked these: remove them. Answers how many went, when they are off the disk. */
export const REAP_REMOVE = callType<RemoveRequest, number>('reap.remove', 'bulk', {
  idempotent: false,
});

export interface EndRequest {
  readonly partition: number;
  readonly reap: number;
  /** All that was marked by all replicas was removed by all. */
  readonly completed: boolean;
}

/** The round is over: what is still marked is not reaped. */
export const REAP_END = callType<EndRequest, true>('reap.end', 'bulk', { idempotent: false });

/** Keys in one message, and bytes of their records: one more than fits may be in it. */
export const BATCH_KEYS_MAX = 256;
export const BATCH_RECORD_BYTES_MAX = 1024 * 1024;

export const REAP_CALL_MS_MAX = 10_000;
