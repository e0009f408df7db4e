/**
 * The data of raft buckets: values by bucket and key, in memory, sorted by key, each with
 * the revision that wrote it, which is the index of its entry in the log.
 *
 * Invariants: `bytes` and `count` are sums over all values; a key is attached to the lease
 * that its value names and to no other. However much a bucket holds, it is captured and
 * deleted in a moment.
 */

import { EMPTY_BYTES, mapKeyOf } from '../kernel/bytes.ts';
import { invariant } from '../kernel/invariant.ts';
import { AttachedKeys } from './attached-keys.ts';
import { EventLog, type ValueEvent } from './event-log.ts';
import { bytesOfMapKey, newSortedTree, type SortedTree, type TreeKey } from './sorted-tree.ts';
import {
  type Content,
  contentBytes,
  type KeyedValue,
  type StoredValue,
  sizeOf,
} from './stored-value.ts';

/**
 * A value at rest: its bytes as one character each. A string is one object to the collector
 * of garbage; a typed array is three, and hundreds of thousands of them make it stop the node.
 */
interface HeldValue extends Omit<StoredValue, 'value'> {
  readonly characters: string;
}

interface BucketValues {
  readonly tree: SortedTree<HeldValue>;
  bytes: number;
}

export class RevisionedStore {
  readonly #buckets = new Map<number, BucketValues>();
  readonly #attached = new AttachedKeys();
  readonly #events: EventLog;
  #bytes = 0;
  #count = 0;
  #revision: number;

  /** `revision` is that of the last change before. */
  constructor(revision: number) {
    this.#revision = revision;
    this.#events = new EventLog(revision);
  }

  /** Takes up a value that a snapshot had. Nothing of what is given is kept. */
  restore({ bucketNumber, key, ...value }: KeyedValue): void {
    this.#set(bucketNumber, mapKeyOf(key), held(value), contentBytes(value));
  }

  /** Key, value, content type, meta and a fixed amount for each value. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Of the last change. */
  get revision(): number {
    return this.#revision;
  }

  get(bucketNumber: number, key: Uint8Array): StoredValue | undefined {
    const value = this.#buckets.get(bucketNumber)?.tree.get(mapKeyOf(key));
    return value && storedValue(value);
  }

  /** Values of keys that begin with `prefix` and come after `after`, by key, at most `limit`. */
  list(
    bucketNumber: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): KeyedValue[] {
    const first = mapKeyOf(prefix);
    const last = after && mapKeyOf(after);
    const found: KeyedValue[] = [];
    const tree = this.#buckets.get(bucketNumber)?.tree;
    if (limit <= 0 || tree === undefined) return found;
    for (const [key, value] of tree.entries(last && last > first ? last : first)) {
      if (key === last) continue;
      if (!key.startsWith(first)) break;
      found.push(keyedValue(bucketNumber, key, value));
      if (found.length >= limit) break;
    }
    return found;
  }

  put(bucketNumber: number, key: Uint8Array, content: Content, revision: number): void {
    this.#advance(revision);
    const value = held({ ...content, revision });
    const at = mapKeyOf(key);
    this.#remove(bucketNumber, at);
    this.#set(bucketNumber, at, value, contentBytes(content));
    this.#events.append({ type: 'put', ...keyedValue(bucketNumber, at, value) });
  }

  /** Whether there was something. */
  delete(bucketNumber: number, key: Uint8Array, revision: number): boolean {
    return this.#delete(bucketNumber, mapKeyOf(key), revision);
  }

  /** Watchers are told once, not key by key. */
  deleteBucket(bucketNumber: number, revision: number): void {
    this.#advance(revision);
    const bucket = this.#buckets.get(bucketNumber);
    this.#buckets.delete(bucketNumber);
    this.#bytes -= bucket?.bytes ?? 0;
    this.#count -= bucket?.tree.size ?? 0;
    this.#attached.dropBucket(bucketNumber);
    this.#events.append({ type: 'bucket_deleted', revision, bucketNumber });
  }

  /** Keys of the lease go by bucket and key, the same on every node. */
  deleteAttached(lease: number, revision: number): void {
    for (const { bucketNumber, at } of this.#attached.of(lease)) {
      this.#delete(bucketNumber, at, revision);
    }
  }

  /** How many keys are attached to the lease. */
  attached(lease: number): number {
    return this.#attached.count(lease);
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
    const trees = [...this.#buckets]
      .sort(([one], [other]) => one - other)
      .map(([bucketNumber, { tree }]) => ({ bucketNumber, tree: tree.clone() }));
    return (function* () {
      for (const { bucketNumber, tree } of trees) {
        for (const [key, value] of tree.entries()) yield keyedValue(bucketNumber, key, value);
      }
    })();
  }

  #advance(revision: number): void {
    invariant(revision >= this.#revision, `revision ${revision} is before ${this.#revision}`);
    this.#revision = revision;
  }

  #delete(bucketNumber: number, at: TreeKey, revision: number): boolean {
    if (!this.#remove(bucketNumber, at)) return false;
    this.#advance(revision);
    this.#events.append({ type: 'delete', revision, bucketNumber, key: bytesOfMapKey(at) });
    return true;
  }

  #set(bucketNumber: number, at: TreeKey, value: HeldValue, bytes: number): void {
    let bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined) {
      bucket = { tree: newSortedTree(), bytes: 0 };
      this.#buckets.set(bucketNumber, bucket);
    }
    bucket.tree.set(at, value);
    this.#count++;
    this.#grow(bucket, at.length + bytes);
    if (value.lease !== undefined) this.#attached.add(value.lease, bucketNumber, at);
  }

  #remove(bucketNumber: number, at: TreeKey): boolean {
    const bucket = this.#buckets.get(bucketNumber);
    const value = bucket?.tree.get(at);
    if (bucket === undefined || value === undefined) return false;
    bucket.tree.delete(at);
    this.#count--;
    const { characters, contentType, meta } = value;
    this.#grow(bucket, -at.length - sizeOf(characters.length, contentType, meta));
    if (value.lease !== undefined) this.#attached.remove(value.lease, bucketNumber, at);
    return true;
  }

  #grow(bucket: BucketValues, bytes: number): void {
    bucket.bytes += bytes;
    this.#bytes += bytes;
  }
}

/** Nothing of what is given is kept. */
function held({ value, contentType, meta, lease, revision }: StoredValue): HeldValue {
  return { characters: mapKeyOf(value), contentType, meta, lease, revision };
}

function storedValue({ characters, contentType, meta, lease, revision }: HeldValue): StoredValue {
  // A copy of its own: a small buffer would keep others of its pool from being collected.
  const value = new Uint8Array(bytesOfMapKey(characters));
  return { value, contentType, meta, lease, revision };
}

function keyedValue(bucketNumber: number, at: TreeKey, value: HeldValue): KeyedValue {
  return { bucketNumber, key: bytesOfMapKey(at), ...storedValue(value) };
}
