/** What replicas are asked by coordinators. */

import { callType } from '../ports/transport.ts';
import type { Address } from './store-keys.ts';

/** Names a key together with the ring that the sender looked at. */
export interface Addressed extends Address {
  /** Epoch of the partition as the sender knows it; another one is refused as `stale_epoch`. */
  readonly epoch: number;
}

/** Lists, not objects: half of what crosses for a small value would be names of fields. */
type AddressList = readonly [
  partition: number,
  bucketNumber: number,
  key: Uint8Array,
  epoch: number,
];

export function addressOf(request: StoreRequest | FetchRequest): Addressed {
  const [partition, bucketNumber, key, epoch] = request;
  return { partition, bucketNumber, key, epoch };
}

/** Ends with an object in its binary form. */
export type StoreRequest = readonly [...AddressList, object: Uint8Array];

export function storeRequest(address: Addressed, object: Uint8Array): StoreRequest {
  const { partition, bucketNumber, key, epoch } = address;
  return [partition, bucketNumber, key, epoch, object];
}

/** Merge this object into yours; the reply comes when the result is on disk. */
export const STORE_OBJECT = callType<StoreRequest, true>('replica.store', 'data');

/** Ends with the version digest of what the sender has, when a bare "same" will do. */
export type FetchRequest = readonly [...AddressList, digest: bigint | null];

export function fetchRequest(address: Addressed, digest: bigint | null): FetchRequest {
  const { partition, bucketNumber, key, epoch } = address;
  return [partition, bucketNumber, key, epoch, digest];
}

/** The object in its binary form, `same` as the digest asked about, or `absent`. */
export type FetchReply = Uint8Array | 'same' | 'absent';

export const FETCH_OBJECT = callType<FetchRequest, FetchReply>('replica.fetch', 'data');

export interface ListRequest {
  readonly bucketNumber: number;
  /** Each with the epoch of the partition as the sender knows it. */
  readonly partitions: readonly { readonly partition: number; readonly epoch: number }[];
  readonly prefix: Uint8Array;
  /** Only greater keys; absent: from the first on. */
  readonly after?: Uint8Array;
  /** At most so many entries. */
  readonly limit: number;
}

export interface ListedKey {
  readonly key: Uint8Array;
  /** The object without its contents, in its binary form: enough to merge and to see a tombstone. */
  readonly version: Uint8Array;
}

export interface ListReply {
  /** Rising by key. */
  readonly entries: readonly ListedKey[];
  /** False when there may be more after the last entry. */
  readonly complete: boolean;
}

export const LIST_KEYS = callType<ListRequest, ListReply>('replica.list', 'data');
