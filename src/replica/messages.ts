/**
 * What nodes are asked by coordinators, and by those who deliver hints.
 *
 * Every message that bears the state of an object begins with the same list (`AddressList`),
 * which is where whatever must go along with such state belongs.
 */

import type { ErrorCode } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
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

export function addressOf(request: readonly [...AddressList, ...unknown[]]): Addressed {
  const [partition, bucketNumber, key, epoch] = request;
  return { partition, bucketNumber, key, epoch };
}

/**
 * What somebody knew of an object, on its way to where it is merged. No other form of it goes
 * there, so that the number cannot be left behind.
 */
export interface CarriedState {
  /** The object in its binary form. */
  readonly encoded: Uint8Array;
  /**
   * The partition's reap number where the state was read, not above what it was in the turn of
   * the read; of state merged from several, the lowest of theirs. Refused as `stale_reap` where
   * a higher one is known.
   */
  readonly reap: number;
}

/** Address, and state. */
type StateList = readonly [...AddressList, reap: number, object: Uint8Array];

export function stateIn(request: readonly [...StateList, ...unknown[]]): CarriedState {
  const [, , , , reap, encoded] = request;
  return { encoded, reap };
}

export type StoreRequest = StateList;

export function storeRequest(address: Addressed, state: CarriedState): StoreRequest {
  const { partition, bucketNumber, key, epoch } = address;
  return [partition, bucketNumber, key, epoch, state.reap, state.encoded];
}

/** Merge this object into yours; the reply comes when the result is on disk. */
export const STORE_OBJECT = callType<StoreRequest, true>('replica.store', 'data');

/** What became of one object: it is on disk, or the code of the refusal. */
export type StoreOutcome = 'durable' | ErrorCode;

/** Merge each of these objects into yours; answered in their order, when all is on disk. */
export const STORE_OBJECTS = callType<readonly StoreRequest[], readonly StoreOutcome[]>(
  'replica.store_many',
  'bulk',
);

/** As to store, and for whom it is to be kept. */
export type HintRequest = readonly [...StateList, target: NodeId];

export function hintRequest(address: Addressed, state: CarriedState, target: NodeId): HintRequest {
  return [...storeRequest(address, state), target];
}

/** Keep this object for the target until it has it; the reply comes when that is on disk. */
export const STORE_HINT = callType<HintRequest, true>('replica.hint', 'data');

/** Ends with the version digest of what the sender has, when a bare "same" will do. */
export type FetchRequest = readonly [...AddressList, digest: bigint | null];

export function fetchRequest(address: Addressed, digest: bigint | null): FetchRequest {
  const { partition, bucketNumber, key, epoch } = address;
  return [partition, bucketNumber, key, epoch, digest];
}

/** The object in its binary form, `same` as the digest asked about, or `absent`. */
export type FetchedVersion = Uint8Array | 'same' | 'absent';

/** What was found, and the reap numbers of the partition when it was read: see reap-numbers.ts. */
export type FetchReply = readonly [reap: number, completed: number, version: FetchedVersion];

export const FETCH_OBJECT = callType<FetchRequest, FetchReply>('replica.fetch', 'data');

/** What do all hints that you keep of this key say together? */
export const FETCH_HINTS = callType<FetchRequest, FetchReply>('replica.fetch_hints', 'data');

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
  /** What is known of it without its contents, in a binary form: enough to merge, and to see what is shown. */
  readonly version: Uint8Array;
}

export interface ListReply {
  /** Rising by key. */
  readonly entries: readonly ListedKey[];
  /** False when there may be more after the last entry. */
  readonly complete: boolean;
}

export const LIST_KEYS = callType<ListRequest, ListReply>('replica.list', 'data');
