/**
 * A driver of unstorage (https://unstorage.unjs.io), and so of Nitro and Nuxt.
 *
 *   const storage = createStorage({ driver: quorateDriver({ db, bucket: 'pages' }) });
 *
 * It does not watch: the changes of a bucket can be watched in raft buckets only.
 */

import { textOf } from './codecs.ts';
import { NewestValueBucket } from './newest-value-bucket.ts';
import type { Quorate } from './quorate.ts';

export interface QuorateDriverOptions {
  readonly db: Quorate;
  /** Made with `conflict: 'lww'` if it is not there; `unstorage` where it is left out. */
  readonly bucket?: string | undefined;
  /** Begins all keys, with a colon behind it. */
  readonly base?: string | undefined;
}

export interface QuorateItemOptions {
  /** Seconds. */
  readonly ttl?: number | undefined;
}

type Item = { readonly key: string; readonly options?: QuorateItemOptions | undefined };

/** Who made the cluster's client closes it. */
export function quorateDriver(options: QuorateDriverOptions) {
  const { db, bucket: name = 'unstorage', base = '' } = options;
  const bucket = new NewestValueBucket(db, name);
  const prefix = base === '' || base.endsWith(':') ? base : `${base}:`;
  return {
    name: 'quorate',
    options,
    flags: { ttl: true },
    getInstance: () => db,
    async hasItem(key: string): Promise<boolean> {
      return (await bucket.get(prefix + key)) !== undefined;
    },
    async getItem(key: string): Promise<string | null> {
      return textIn(await bucket.get(prefix + key));
    },
    async getItems(items: readonly Item[]): Promise<{ key: string; value: string | null }[]> {
      const values = await bucket.getMany(items.map(({ key }) => prefix + key));
      return items.map(({ key }, at) => ({ key, value: textIn(values[at]) }));
    },
    async getItemRaw(key: string): Promise<Uint8Array | null> {
      return (await bucket.get(prefix + key)) ?? null;
    },
    async setItem(key: string, value: string, item: QuorateItemOptions = {}): Promise<void> {
      await bucket.set(prefix + key, value, msOf(item));
    },
    async setItems(
      items: readonly (Item & { readonly value: string })[],
      common: QuorateItemOptions = {},
    ): Promise<void> {
      await bucket.setMany(
        items.map(({ key, value, options: item }) => {
          const ttlMs = msOf({ ...common, ...item });
          return { key: prefix + key, value, ...(ttlMs !== undefined && { ttlMs }) };
        }),
      );
    },
    async setItemRaw(
      key: string,
      value: Uint8Array | string,
      item: QuorateItemOptions = {},
    ): Promise<void> {
      await bucket.set(prefix + key, value, msOf(item));
    },
    async removeItem(key: string): Promise<void> {
      await bucket.delete(prefix + key);
    },
    async getKeys(under = ''): Promise<string[]> {
      return (await bucket.keys(prefix + under)).map((key) => key.slice(prefix.length));
    },
    async clear(under = ''): Promise<void> {
      await bucket.clear(prefix + under);
    },
  };
}

function textIn(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : textOf(value);
}

function msOf({ ttl }: QuorateItemOptions): number | undefined {
  return ttl === undefined ? undefined : ttl * 1_000;
}
