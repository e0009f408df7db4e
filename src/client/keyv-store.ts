/**
 * A store of Keyv (https://keyv.org), version 5, and so of what builds on it, such as cache-manager.
 *
 *   const keyv = new Keyv({ store: new QuorateKeyv(db, 'cache'), namespace: 'pages' });
 *
 * Keyv writes expiry into its values and heeds it; the nodes are told as well, so that what has
 * expired does not stay on disk.
 */

import { EventEmitter } from 'node:events';
import { CodecError, textOf } from './codecs.ts';
import { NewestValueBucket } from './newest-value-bucket.ts';
import type { Quorate } from './quorate.ts';

export interface KeyvEntry {
  readonly key: string;
  readonly value: unknown;
  /** Milliseconds. */
  readonly ttl?: number | undefined;
}

/** Who made the cluster's client closes it. */
export class QuorateKeyv extends EventEmitter {
  /** Keyv looks in here for a dialect that it knows. */
  readonly opts: Record<string, unknown> = { url: '', dialect: 'quorate' };
  /** Set by Keyv, which begins keys with it and a colon. */
  namespace: string | undefined;
  readonly #bucket: NewestValueBucket;

  /** @param bucket made with `conflict: 'lww'` if it is not there */
  constructor(db: Quorate, bucket = 'keyv') {
    super();
    this.#bucket = new NewestValueBucket(db, bucket);
  }

  /** What `set` was given: text, as long as Keyv serializes. */
  async get<Stored = string>(key: string): Promise<Stored | undefined> {
    return textIn<Stored>(await this.#bucket.get(key));
  }

  async getMany<Stored = string>(keys: readonly string[]): Promise<(Stored | undefined)[]> {
    return (await this.#bucket.getMany(keys)).map((value) => textIn<Stored>(value));
  }

  /** @param ttl milliseconds. Throws `CodecError` where the value is no text. */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    await this.#bucket.set(key, demandText(value), ttl);
  }

  async setMany(entries: readonly KeyvEntry[]): Promise<boolean[]> {
    await this.#bucket.setMany(
      entries.map(({ key, value, ttl }) => {
        return { key, value: demandText(value), ...(ttl !== undefined && { ttlMs: ttl }) };
      }),
    );
    return entries.map(() => true);
  }

  /** Whether there was a value. */
  delete(key: string): Promise<boolean> {
    return this.#bucket.delete(key);
  }

  /** Whether all of them were there. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const existed = await Promise.all(keys.map((key) => this.#bucket.delete(key)));
    return existed.every(Boolean);
  }

  async has(key: string): Promise<boolean> {
    return (await this.#bucket.get(key)) !== undefined;
  }

  /** Deletes the keys of the namespace; all keys of the bucket where there is none. */
  clear(): Promise<void> {
    return this.#bucket.clear(this.namespace === undefined ? '' : `${this.namespace}:`);
  }
}

/** Keyv names what it stores by a type of its own. */
function textIn<Stored>(value: Uint8Array | undefined): Stored | undefined {
  return value === undefined ? undefined : (textOf(value) as Stored);
}

function demandText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CodecError('Keyv has to serialize values: its option `serialize` must give text');
}
