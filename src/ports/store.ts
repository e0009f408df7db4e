/**
 * The disk of one node: an ordered map from bytes to bytes, synchronous to read and batched
 * to write.
 *
 * One JavaScript turn is atomic, so a read, a merge and a write in one turn need no lock: a
 * pending write is visible to `get` and `range` at once. Whoever turns what was read into an
 * answer first awaits `durable`, so that no answer tells of state a power cut could take back.
 */

import { invariant } from '../kernel/invariant.ts';

export type StoreWrite =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: Uint8Array };

export interface StoreEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface StoreRange {
  /** First key, inclusive. */
  readonly from: Uint8Array;
  /** End, exclusive. */
  readonly to: Uint8Array;
}

export const STORE_KEY_BYTES_MAX = 1_900;

/** Asserted by every store, so that a key which one could not take is refused by all. */
export function checkStoreKey(key: Uint8Array): void {
  invariant(
    key.length >= 1 && key.length <= STORE_KEY_BYTES_MAX,
    `a key of the store has 1 to ${STORE_KEY_BYTES_MAX} bytes, not ${key.length}`,
  );
}

/** One byte more than a key, so that an end can lie beyond the greatest. */
export function checkStoreRange({ from, to }: StoreRange): void {
  const longest = Math.max(from.length, to.length);
  invariant(
    longest <= STORE_KEY_BYTES_MAX + 1,
    `a bound of a range has at most ${STORE_KEY_BYTES_MAX + 1} bytes, not ${longest}`,
  );
}

/** What the disk had at one moment, whatever is written since. */
export interface StoreSnapshot {
  /** The store's `deletes` at that moment. */
  readonly deletes: number;

  /** Entries in bytewise order of their keys. Read within one turn. */
  range(range: StoreRange): Iterable<StoreEntry>;

  /** Until then the disk gives no room back of what is deleted. May be called again. */
  close(): void;
}

export interface Store {
  /** How many records `write` was told to delete since the store was opened; only rises. */
  readonly deletes: number;

  /** The newest value of the key, pending writes included. The caller may keep it. */
  get(key: Uint8Array): Uint8Array | undefined;

  /**
   * Entries in bytewise order of their keys, pending writes included. Read within one turn.
   * Bounds may be empty, and have at most one byte more than a key.
   */
  range(range: StoreRange): Iterable<StoreEntry>;

  /**
   * Resolves when the writes, all or none of them, and all writes begun before, would survive
   * a power cut; an empty batch too waits for those. The caller does not change the arrays
   * afterwards. Rejects with `StoreError`; after that every write does.
   */
  write(writes: readonly StoreWrite[]): Promise<void>;

  /**
   * What has to be awaited before the current value of `key` may be told to anybody, or
   * undefined when it is on disk already. Without a key: before anything read may be told.
   */
  durable(key?: Uint8Array): Promise<void> | undefined;

  /** What is on disk now: at least all that `write` has resolved for. To be closed. */
  snapshot(): StoreSnapshot;

  /** Waits for pending writes and releases the disk. */
  close(): Promise<void>;
}
