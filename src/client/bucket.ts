/** A bucket as a whole: listings, batches and watches, beside what can be done with one key. */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { BatchOperation, BatchOutcome } from './batch-documents.ts';
import { CodecError, textOf } from './codecs.ts';
import { type Found, foundOf, type ValueVersion } from './found.ts';
import {
  type BucketDeleteOptions,
  type BucketGetOptions,
  type BucketPutOptions,
  KeyOperations,
  nothingWithoutBucket,
  type Written,
  writtenOf,
} from './key-operations.ts';
import type { Bytes, KeysOptions, RequestControl } from './request-options.ts';
import type { WatchChange, WatchNews } from './watch.ts';

export type BucketListOptions = Omit<KeysOptions, 'timeout'> & RequestControl;

/** One operation of a batch; its time is that of the batch. */
export type Operation<Stored> =
  | ({ readonly op: 'get'; readonly key: Bytes } & Omit<BucketGetOptions, keyof RequestControl>)
  | ({ readonly op: 'put'; readonly key: Bytes; readonly value: Stored } & Omit<
      BucketPutOptions,
      keyof RequestControl
    >)
  | ({ readonly op: 'delete'; readonly key: Bytes } & Omit<
      BucketDeleteOptions,
      keyof RequestControl
    >);

/** Each operation of a batch succeeds or fails by itself. */
export type Settled<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: QuorateError | TransportError | CodecError };

/** In the order of the operations: what a get found, and what a put or a delete wrote. */
export type BatchResults<Operations extends readonly { readonly op: string }[], Answer> = {
  -readonly [At in keyof Operations]: Settled<
    Operations[At] extends { readonly op: 'get' } ? Answer : Written
  >;
};

export interface BucketWatchOptions {
  readonly prefix?: Bytes | undefined;
  /** The revision of the last change that is known; without it, changes from now on. */
  readonly after?: number | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** What a watch tells; every change once and in order. */
export type BucketNews<Value> =
  | {
      readonly type: 'put';
      readonly key: Uint8Array;
      readonly value: Value;
      readonly version: ValueVersion;
      readonly lease: number | undefined;
    }
  | { readonly type: 'delete'; readonly key: Uint8Array; readonly version: ValueVersion }
  | Exclude<WatchNews, { readonly type: 'put' | 'delete' }>;

export class Bucket<Value, Stored, Answer extends Found<Value>> extends KeyOperations<
  Value,
  Stored,
  Answer
> {
  /**
   * The keys as text, rising bytewise in their UTF-8. Throws `CodecError` at one that is no text.
   * Keys that are written or deleted meanwhile may be missing or there.
   */
  async *list(options: BucketListOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const key of this.listBytes(options)) yield textOf(key);
  }

  /** Likewise, as bytes. */
  async *listBytes(options: BucketListOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.parts.client.keys(this.name, options);
    } catch (error) {
      nothingWithoutBucket(error);
    }
  }

  /**
   * Many operations in one request to each node that keeps some of their keys. They run side by
   * side and are not a transaction: two on one key are concurrent. Rejects, and nothing is sent,
   * where a value cannot be encoded.
   */
  async batch<const Operations extends readonly Operation<Stored>[]>(
    operations: Operations,
    control: RequestControl = {},
  ): Promise<BatchResults<Operations, Answer>> {
    const { client, modeOf, name } = this.parts;
    const sent = await Promise.all(operations.map((operation) => this.#encoded(operation)));
    const isVersioned = (await modeOf(name)) !== 'dynamo';
    const outcomes = await client.batch(sent, control, () => isVersioned);
    const settled = outcomes.map((outcome) => this.#settled(outcome));
    return (await Promise.all(settled)) as BatchResults<Operations, Answer>;
  }

  /**
   * Of a raft bucket: changes as they happen, for as long as the signal is not given and the
   * bucket is there. A connection that is lost is made again, at another node where one answers,
   * and no change is missed; `watch_compacted` is thrown where some are no longer kept.
   */
  async *watch(options: BucketWatchOptions): AsyncGenerator<BucketNews<Value>, void, undefined> {
    for await (const news of this.parts.client.watch(this.name, options)) {
      yield news.type === 'put' ? await this.#decoded(news) : withVersion(news);
    }
  }

  async #encoded(operation: Operation<Stored>): Promise<BatchOperation> {
    const { name: bucket, codec } = this.parts;
    if (operation.op !== 'put') return { ...operation, bucket };
    const value = await codec.encode(operation.value);
    return { ...operation, bucket, value, contentType: codec.contentType };
  }

  async #settled(outcome: BatchOutcome): Promise<Settled<Found<Value> | Written>> {
    try {
      return { ok: true, result: await this.#resultOf(outcome) };
    } catch (error) {
      if (isTyped(error)) return { ok: false, error };
      throw error;
    }
  }

  async #resultOf(outcome: BatchOutcome): Promise<Found<Value> | Written> {
    const { codec, resolve } = this.parts;
    if ('error' in outcome) {
      if (outcome.op !== 'get') throw outcome.error;
      return foundOf(nothingWithoutBucket(outcome.error), codec, resolve);
    }
    return outcome.op === 'get'
      ? foundOf(outcome.answer, codec, resolve)
      : writtenOf(outcome.answer);
  }

  async #decoded(put: Extract<WatchChange, { type: 'put' }>): Promise<BucketNews<Value>> {
    const { key, value, contentType, lease, revision } = put;
    const decoded = await this.parts.codec.decode(value, contentType);
    return { type: 'put', key, value: decoded, lease, version: revision };
  }
}

function withVersion<Value>(news: Exclude<WatchNews, { type: 'put' }>): BucketNews<Value> {
  return news.type === 'delete' ? { type: 'delete', key: news.key, version: news.revision } : news;
}

function isTyped(error: unknown): error is QuorateError | TransportError | CodecError {
  return (
    error instanceof QuorateError || error instanceof TransportError || error instanceof CodecError
  );
}
