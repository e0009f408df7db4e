/**
 * The bucket behind an adapter of a plain key-value interface: it has no word for siblings, so
 * only the newest value of a key may count. A bucket that is not there is made so; one that keeps
 * siblings is refused, since they would gather there unseen.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Bucket } from './bucket.ts';
import type { BucketMode } from './cluster-documents.ts';
import { bytes } from './codecs.ts';
import type { FoundOne } from './found.ts';
import type { Quorate } from './quorate.ts';
import type { Bytes } from './request-options.ts';
import { lww } from './resolvers.ts';

export type ByteBucket = Bucket<Uint8Array, Bytes, FoundOne<Uint8Array>>;

const TTL_MS_MIN = 1_000;

/** Operations of one batch. */
const BATCH_SIZE = 500;

export class NewestValueBucket {
  readonly #db: Quorate;
  readonly #name: string;
  #opened: Promise<BucketMode> | undefined;
  readonly #bucket: ByteBucket;

  constructor(db: Quorate, name: string) {
    this.#db = db;
    this.#name = name;
    const codec = { ...bytes(), encode: (value: Bytes) => value };
    this.#bucket = db.bucket<Uint8Array, Bytes>(name, { codec, resolve: lww() });
  }

  /** When it is known to be as it has to be. Throws `TypeError` where it keeps siblings. */
  async open(): Promise<ByteBucket> {
    await this.#mode();
    return this.#bucket;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await (await this.open()).get(key)).value;
  }

  /** In the order of the keys. */
  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const bucket = await this.open();
    const values: (Uint8Array | undefined)[] = [];
    for (const some of piecesOf(keys)) {
      for (const settled of await bucket.batch(some.map((key) => ({ op: 'get', key }) as const))) {
        if (!settled.ok) throw settled.error;
        values.push(settled.result.value);
      }
    }
    return values;
  }

  /** @param ttlMs how long it lives, a second at least; not in raft buckets, where it stays */
  async set(key: string, value: Bytes, ttlMs?: number): Promise<void> {
    const bucket = await this.open();
    await bucket.put(key, value, { ttl: await this.#ttlOf(ttlMs) });
  }

  async setMany(
    entries: readonly { readonly key: string; readonly value: Bytes; readonly ttlMs?: number }[],
  ): Promise<void> {
    const bucket = await this.open();
    for (const some of piecesOf(entries)) {
      const puts = some.map(async ({ key, value, ttlMs }) => {
        return { op: 'put', key, value, ttl: await this.#ttlOf(ttlMs) } as const;
      });
      for (const settled of await bucket.batch(await Promise.all(puts))) {
        if (!settled.ok) throw settled.error;
      }
    }
  }

  /** Whether there was a value. */
  async delete(key: string): Promise<boolean> {
    const bucket = await this.open();
    const { found, context } = await bucket.get(key);
    if (found === 'nothing') return false;
    await bucket.delete(key, { context });
    return true;
  }

  /** All that begin with the prefix. */
  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of (await this.open()).list({ prefix })) keys.push(key);
    return keys;
  }

  /** Deletes all that begin with the prefix. */
  async clear(prefix: string): Promise<void> {
    const bucket = await this.open();
    for (const some of piecesOf(await this.keys(prefix))) {
      const settled = await bucket.batch(some.map((key) => ({ op: 'delete', key }) as const));
      for (const one of settled) if (!one.ok && !isGone(one.error)) throw one.error;
    }
  }

  async #ttlOf(ttlMs: number | undefined): Promise<string | undefined> {
    if (ttlMs === undefined || (await this.#mode()) === 'raft') return undefined;
    return `${Math.max(TTL_MS_MIN, Math.ceil(ttlMs))}ms`;
  }

  #mode(): Promise<BucketMode> {
    this.#opened ??= this.#prepared().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #prepared(): Promise<BucketMode> {
    const known = await this.#db.bucketSettings(this.#name);
    const { mode, conflict } =
      known ?? (await this.#db.createBucket(this.#name, { conflict: 'lww' }));
    if (mode !== 'dynamo' || conflict === 'lww') return mode;
    throw new TypeError(
      `bucket ${this.#name} keeps siblings, of which this interface knows nothing: name one where the last write wins, or one of mode paxos`,
    );
  }
}

/** Somebody else was faster. */
function isGone(error: unknown): boolean {
  return error instanceof QuorateError && error.code === 'not_found';
}

function piecesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / BATCH_SIZE);
  return Array.from({ length: count }, (_, i) => items.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE));
}
