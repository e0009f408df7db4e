/**
 * The keys of a bucket in several partitions of one node, in one rising order.
 *
 * A page is bounded in entries and in bytes read, so that a listing of large values holds
 * the event loop no longer than one of small ones.
 */

import { BinaryHeap } from '../kernel/binary-heap.ts';
import { compareBytes } from '../kernel/bytes.ts';
import type { Store, StoreEntry, StoreRange } from '../ports/store.ts';
import type { ListedKey, ListReply, ListRequest } from './messages.ts';
import { clientKeyOf } from './store-keys.ts';

export const LIST_PAGE_KEYS_MAX = 1_000;
const LIST_PAGE_BYTES_MAX = 4 * 1024 * 1024;

interface Head {
  readonly partition: number;
  readonly entry: StoreEntry;
  readonly rest: Iterator<StoreEntry>;
}

/** Where the keys are stored, and what is said of each. */
export interface ListedTable {
  /** Stored keys of a bucket in a partition: see `bucketRange`. */
  range(
    partition: number,
    bucketNumber: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
  ): StoreRange;
  /** Throws where the record is damaged: then other replicas must answer. */
  versionOf(record: Uint8Array, storedKey: Uint8Array): Uint8Array;
}

export function listKeys(store: Store, table: ListedTable, request: ListRequest): ListReply {
  const limit = Math.min(request.limit, LIST_PAGE_KEYS_MAX);
  const heads = openHeads(store, table, request);
  const entries: ListedKey[] = [];
  let bytes = 0;
  try {
    for (let head = heads.peek(); head !== undefined; head = heads.peek()) {
      if (entries.length >= limit || bytes >= LIST_PAGE_BYTES_MAX) break;
      const { key, value } = head.entry;
      entries.push({ key: clientKeyOf(key), version: table.versionOf(value, key) });
      bytes += value.length;
      heads.pop();
      advance(heads, head.partition, head.rest);
    }
    return { entries, complete: heads.size === 0 };
  } finally {
    closeAll(heads);
  }
}

function openHeads(store: Store, table: ListedTable, request: ListRequest): BinaryHeap<Head> {
  const { bucketNumber, prefix, after } = request;
  const heads = new BinaryHeap<Head>((a, b) =>
    compareBytes(clientKeyOf(a.entry.key), clientKeyOf(b.entry.key)),
  );
  for (const { partition } of request.partitions) {
    const range = table.range(partition, bucketNumber, prefix, after);
    advance(heads, partition, store.range(range)[Symbol.iterator]());
  }
  return heads;
}

function advance(heads: BinaryHeap<Head>, partition: number, rest: Iterator<StoreEntry>): void {
  const next = rest.next();
  if (next.done !== true) heads.push({ partition, entry: next.value, rest });
}

/** Iterators that are left early hold a reader open until they are told. */
function closeAll(heads: BinaryHeap<Head>): void {
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) head.rest.return?.();
}
