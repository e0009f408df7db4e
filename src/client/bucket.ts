/** A bucket as a whole: listings, batches and watches, beside what can be done with one key. */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { BatchOperation, BatchOutcome } from './batch-documents.ts';
import type {
  BucketDeleteOptions,
  BucketGetOptions,
  BucketListOptions,
  BucketPutOptions,
  BucketWatchOptions,
} from './bucket-options.ts';
import { checkKeyArgument, checkOperationName, checkOptions } from './checked-arguments.ts';
import { CodecError, textOf } from './codecs.ts';
import { type Found, foundOf, type ValueVersion } from './found.ts';
import { KeyOperations, nothingWithoutBucket } from './key-operations.ts';
import { decodedAt, encodedAt, failingAt, isPromise, whenThere } from './placed-values.ts';
import type { Bytes, RequestControl } from './request-options.ts';
import type { WatchChange, WatchNews } from './watch.ts';
import { type Written, writtenOf } from './written.ts';

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
  | { readonly ok: false; readonly error: TypedError };

/** In the order of the operations: what a get found, and what a put or a delete wrote. */
export type BatchResults<Operations extends readonly { readonly op: string }[], Answer> = {
  -readonly [At in keyof Operations]: Settled<
    Operations[At] extends { readonly op: 'get' } ? Answer : Written
  >;
};

/** What a watch tells; every change once and in order. */
export type BucketNews<Value> =
  | {
      readonly type: 'put';
      readonly key: Uint8Array;
      readonly value: Value;
      readonly version: ValueVersion;
      readonly lease: number | undefined;
    }
  /** Of a put whose value the codec cannot read. */
  | {
      readonly type: 'unreadable';
      readonly key: Uint8Array;
      readonly error: CodecError;
      readonly version: ValueVersion;
    }
  | { readonly type: 'delete'; readonly key: Uint8Array; readonly version: ValueVersion }
  | Exclude<WatchNews, { readonly type: 'put' | 'delete' }>;

export class Bucket<Value, Stored, Answer extends Found<Value>> extends KeyOperations<
  Value,
  Stored,
  Answer
> {
  /**
   * The keys as text, rising bytewise in their UTF-8. Throws `CodecError` at one that is no text,
   * which ends the list: `listBytes` goes over all keys.
   * Keys that are written or deleted meanwhile may be missing or there.
   */
  async *list(options: BucketListOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const key of this.listBytes(options)) {
      yield await failingAt({ bucket: this.name, key }, () => textOf(key));
    }
  }

  /** Likewise, as bytes. */
  async *listBytes(options: BucketListOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    checkOptions(options);
    try {
      yield* this.parts.client.keys(this.name, options);
    } catch (error) {
      nothingWithoutBucket(error);
    }
  }

  /**
   * Many operations in as few requests as there are nodes that keep their keys, and as these
   * take. They run side by side and are not a transaction: two on one key are concurrent. Each
   * succeeds or fails by itself, those too that cannot be sent; the time is that of them all.
   */
  async batch<const Operations extends readonly Operation<Stored>[]>(
    operations: Operations,
    control: RequestControl = {},
  ): Promise<BatchResults<Operations, Answer>> {
    checkOptions(control);
    const { client } = this.parts;
    const bounds = client.begin(control);
    const prepared = await allThere(operations.map((operation) => this.#prepared(operation)));
    const sent = prepared.flatMap((one) => ('refused' in one ? [] : [one]));
    const bucket = { name: this.name, isVersioned: () => this.isVersioned(bounds) };
    const outcomes = await client.batch(bucket, sent, bounds);
    let next = 0;
    const settled = prepared.map((one) =>
      'refused' in one
        ? ({ ok: false, error: one.refused } as const)
        : this.#settled(one.key, outcomes[next++] as BatchOutcome),
    );
    return (await allThere(settled)) as BatchResults<Operations, Answer>;
  }

  /**
   * Of a raft bucket: changes as they happen, for as long as the signal is not given, the bucket
   * is there and the client is not closed. A connection that is lost is made again, at another
   * node where one answers, and no change is missed; `watch_compacted` is thrown where some are
   * no longer kept. A value that the codec cannot read is told as such, and the watch goes on.
   */
  async *watch(options: BucketWatchOptions): AsyncGenerator<BucketNews<Value>, void, undefined> {
    checkOptions(options);
    for await (const news of this.parts.client.watch(this.name, options)) {
      yield news.type === 'put' ? await this.#decoded(news) : withVersion(news);
    }
  }

  /** As it is sent; refused where an argument is none, or the value cannot be encoded. */
  #prepared(operation: Operation<Stored>): Prepared | Promise<Prepared> {
    const refuse = (refused: TypedError) => ({ refused });
    return otherwise(() => this.#encoded(operation), refuse);
  }

  #encoded(operation: Operation<Stored>): BatchOperation | Promise<BatchOperation> {
    const { name: bucket, codec } = this.parts;
    const { op, key } = operation;
    checkOperationName(op);
    checkKeyArgument(key);
    checkOptions(operation);
    if (op !== 'put') return operation;
    return whenThere(encodedAt({ bucket, key }, codec, operation.value), (value) => {
      return putOf(operation, value, codec.contentType);
    });
  }

  #settled(key: Bytes, outcome: BatchOutcome): MaybeSettled<Value> {
    const succeed = (result: Found<Value> | Written) => ({ ok: true, result }) as const;
    const fail = (error: TypedError) => ({ ok: false, error }) as const;
    return otherwise(() => whenThere(this.#resultOf(key, outcome), succeed), fail);
  }

  #resultOf(
    key: Bytes,
    outcome: BatchOutcome,
  ): Found<Value> | Written | Promise<Found<Value> | Written> {
    const { name: bucket, codec, resolve } = this.parts;
    const place = { bucket, key };
    if ('error' in outcome) {
      if (outcome.op !== 'get') throw outcome.error;
      return foundOf(place, nothingWithoutBucket(outcome.error), codec, resolve);
    }
    return outcome.op === 'get'
      ? foundOf(place, outcome.answer, codec, resolve)
      : writtenOf(outcome.answer);
  }

  async #decoded(put: Extract<WatchChange, { type: 'put' }>): Promise<BucketNews<Value>> {
    const { key, lease, revision: version } = put;
    try {
      const value = await decodedAt({ bucket: this.name, key }, this.parts.codec, put);
      return { type: 'put', key, value, lease, version };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { type: 'unreadable', key, error, version };
    }
  }
}

/** Each member by itself: to add some to a spread object costs more than all the rest. */
function putOf<Stored>(
  operation: Operation<Stored> & { readonly op: 'put' },
  value: Bytes,
  contentType: string,
): BatchOperation {
  return {
    op: 'put',
    key: operation.key,
    value,
    contentType,
    w: operation.w,
    pw: operation.pw,
    sloppy: operation.sloppy,
    context: operation.context,
    ttl: operation.ttl,
    lease: operation.lease,
    meta: operation.meta,
    ifMatch: operation.ifMatch,
    ifNoneMatch: operation.ifNoneMatch,
    idempotencyKey: operation.idempotencyKey,
  };
}

type TypedError = QuorateError | TransportError | CodecError;

type Prepared = BatchOperation | { readonly refused: TypedError };

type MaybeSettled<Value> =
  | Settled<Found<Value> | Written>
  | Promise<Settled<Found<Value> | Written>>;

/** What the work comes to, or what is made of the error that ends it; others are thrown. */
function otherwise<Result, Other>(
  work: () => Result | Promise<Result>,
  make: (error: TypedError) => Other,
): Result | Other | Promise<Result | Other> {
  const onError = (error: unknown): Other => {
    if (isTyped(error)) return make(error);
    throw error;
  };
  try {
    const result = work();
    return isPromise(result) ? result.then(undefined, onError) : result;
  } catch (error) {
    return onError(error);
  }
}

/** At once, where all are. */
function allThere<Result>(
  results: readonly (Result | Promise<Result>)[],
): readonly Result[] | Promise<readonly Result[]> {
  return results.some(isPromise) ? Promise.all(results) : (results as readonly Result[]);
}

function withVersion<Value>(news: Exclude<WatchNews, { type: 'put' }>): BucketNews<Value> {
  return news.type === 'delete' ? { type: 'delete', key: news.key, version: news.revision } : news;
}

function isTyped(error: unknown): error is TypedError {
  return (
    error instanceof QuorateError || error instanceof TransportError || error instanceof CodecError
  );
}
