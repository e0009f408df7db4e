/**
 * The data of raft buckets: values by bucket and key, in memory, sorted by key, each with
 * the revision that wrote it, which is the index of its entry in the log.
 *
 * Invariants: `bytes` is the sum over all values; a key is attached to the lease that its
 * value names and to no other. A clone is taken at once and does not see later changes.
 */

import { EmptyBTree } from 'sorted-btree';
import { EMPTY_BYTES, mapKeyOf } from '../kernel/bytes.ts';
import { invariant } from '../kernel/invariant.ts';
import { EventLog, type ValueEvent } from './event-log.ts';
import { type Content, contentBytes, type KeyedValue, type StoredValue } from './stored-value.ts';

/** Bucket number (u48, big-endian) and key, one character a byte: sorts like the bytes. */
type TreeKey = string;

const NUMBER_BYTES = 6;

export class RevisionedStore {
  // The class itself stands elsewhere under Node than under a bundler (the package is
  // CommonJS with a default export); a clone of its empty tree is an empty tree in both.
  readonly #tree = newTree();
  readonly #keysOfLease = new Map<number, Set<TreeKey>>();
  readonly #events: EventLog;
  #bytes = 0;
  #revision: number;

  /** Takes up what a snapshot had; `revision` is that of the last change before it. */
  constructor(revision = 0, values: Iterable<KeyedValue> = []) {
    this.#revision = revision;
    this.#events = new EventLog(revision);
    for (const { bucketNumber, key, ...value } of values) {
      this.#set(treeKey(bucketNumber, key), { ...value, value: new Uint8Array(value.value) });
    }
  }

  /** Key, value, content type, meta and a fixed amount for each value. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#tree.size;
  }

  /** Of the last change. */
  get revision(): number {
    return this.#revision;
  }

  get(bucketNumber: number, key: Uint8Array): StoredValue | undefined {
    return this.#tree.get(treeKey(bucketNumber, key));
  }

  /** Values of keys that begin with `prefix` and come after `after`, by key, at most `limit`. */
  list(
    bucketNumber: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): KeyedValue[] {
    const first = treeKey(bucketNumber, prefix);
    const last = after && treeKey(bucketNumber, after);
    const found: KeyedValue[] = [];
    if (limit <= 0) return found;
    for (const [key, value] of this.#tree.entries(last && last > first ? last : first)) {
      if (key === last) continue;
      if (!key.startsWith(first)) break;
      found.push(keyedValue(key, value));
      if (found.length >= limit) break;
    }
    return found;
  }

  put(bucketNumber: number, key: Uint8Array, content: Content, revision: number): void {
    this.#advance(revision);
    const value = new Uint8Array(content.value);
    const stored: StoredValue = { ...content, value, revision };
    const at = treeKey(bucketNumber, key);
    this.#remove(at);
    this.#set(at, stored);
    this.#events.append({ type: 'put', ...keyedValue(at, stored) });
  }

  /** Whether there was something. */
  delete(bucketNumber: number, key: Uint8Array, revision: number): boolean {
    return this.#delete(treeKey(bucketNumber, key), revision);
  }

  /** Watchers are told once, not key by key. */
  deleteBucket(bucketNumber: number, revision: number): void {
    this.#advance(revision);
    const prefix = treeKey(bucketNumber, EMPTY_BYTES);
    const keys: TreeKey[] = [];
    for (const key of this.#tree.keys(prefix)) {
      if (!key.startsWith(prefix)) break;
      keys.push(key);
    }
    for (const key of keys) this.#remove(key);
    this.#events.append({ type: 'bucket_deleted', revision, bucketNumber });
  }

  /** Keys of the lease go in the order of the keys, the same on every node. */
  deleteAttached(lease: number, revision: number): void {
    const keys = [...(this.#keysOfLease.get(lease) ?? [])].sort();
    for (const key of keys) this.#delete(key, revision);
  }

  /** How many keys are attached to the lease. */
  attached(lease: number): number {
    return this.#keysOfLease.get(lease)?.size ?? 0;
  }

  /** Changes after the revision; `compacted` where some of them are no longer kept. */
  eventsAfter(
    revision: number,
    bucketNumber: number,
    prefix: Uint8Array = EMPTY_BYTES,
  ): ValueEvent[] | 'compacted' {
    return this.#events.after(revision, bucketNumber, prefix);
  }

  /** All values as of this call, by bucket and key; what changes later does not show. */
  capture(): Iterable<KeyedValue> {
    const tree = this.#tree.clone();
    return (function* () {
      for (const [key, value] of tree.entries()) yield keyedValue(key, value);
    })();
  }

  #advance(revision: number): void {
    invariant(revision >= this.#revision, `revision ${revision} is before ${this.#revision}`);
    this.#revision = revision;
  }

  #delete(at: TreeKey, revision: number): boolean {
    if (!this.#remove(at)) return false;
    this.#advance(revision);
    this.#events.append({ type: 'delete', revision, ...keyOf(at) });
    return true;
  }

  #set(at: TreeKey, value: StoredValue): void {
    this.#tree.set(at, value);
    this.#bytes += treeValueBytes(at, value);
    if (value.lease === undefined) return;
    const keys = this.#keysOfLease.get(value.lease);
    if (keys === undefined) this.#keysOfLease.set(value.lease, new Set([at]));
    else keys.add(at);
  }

  #remove(at: TreeKey): boolean {
    const value = this.#tree.get(at);
    if (value === undefined) return false;
    this.#tree.delete(at);
    this.#bytes -= treeValueBytes(at, value);
    if (value.lease === undefined) return true;
    const keys = this.#keysOfLease.get(value.lease);
    keys?.delete(at);
    if (keys?.size === 0) this.#keysOfLease.delete(value.lease);
    return true;
  }
}

function treeValueBytes(at: TreeKey, content: Content): number {
  return at.length - NUMBER_BYTES + contentBytes(content);
}

function newTree() {
  const tree: typeof EmptyBTree = EmptyBTree.clone();
  return tree as import('sorted-btree').default<TreeKey, StoredValue>;
}

function treeKey(bucketNumber: number, key: Uint8Array): TreeKey {
  const bytes = Buffer.allocUnsafe(NUMBER_BYTES + key.length);
  bytes.writeUIntBE(bucketNumber, 0, NUMBER_BYTES);
  bytes.set(key, NUMBER_BYTES);
  return mapKeyOf(bytes);
}

function keyOf(at: TreeKey): { readonly bucketNumber: number; readonly key: Uint8Array } {
  const bytes = Buffer.from(at, 'latin1');
  const bucketNumber = bytes.readUIntBE(0, NUMBER_BYTES);
  return { bucketNumber, key: bytes.subarray(NUMBER_BYTES) };
}

function keyedValue(at: TreeKey, value: StoredValue): KeyedValue {
  return { ...keyOf(at), ...value };
}
