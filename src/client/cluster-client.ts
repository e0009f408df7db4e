/**
 * A client of a whole cluster: what can be done with keys, each as one request that goes to as
 * many nodes as it takes (requester.ts).
 */

import {
  documentOf,
  type GetAnswer,
  getAnswerOf,
  type IncrementAnswer,
  incrementAnswerOf,
  type RawAnswer,
  succeeded,
  type WriteAnswer,
  writeAnswerOf,
} from './answers.ts';
import { type BatchBucket, runBatch } from './batch.ts';
import type { BatchOperation, BatchOutcome } from './batch-documents.ts';
import { type Bounds, endingWith, refuseEnded } from './bounds.ts';
import type { BucketDocument } from './cluster-documents.ts';
import { type Call, NODE_TIMEOUT_MS } from './connection.ts';
import type { Directory } from './directory.ts';
import { mintIdempotencyKey } from './idempotency-key.ts';
import { InTurn } from './in-turn.ts';
import {
  appendCall,
  deleteCall,
  getCall,
  incrementCall,
  putBucketCall,
  putCall,
} from './key-calls.ts';
import { keysOf } from './key-pages.ts';
import type { Peer } from './peer.ts';
import type {
  AppendOptions,
  AtomicOptions,
  BucketSettings,
  Bytes,
  DeleteOptions,
  GetOptions,
  KeysOptions,
  PutOptions,
  RequestControl,
  TimeoutOption,
  UpdateOptions,
} from './request-options.ts';
import { bucketPath } from './request-text.ts';
import { Requester, type RequesterOptions, type RetryPolicy } from './requester.ts';
import type { Effect } from './retry-safety.ts';
import { type WatchNews, type WatchOptions, watch } from './watch.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

/** Of writes. */
export interface OnceOption {
  /**
   * In a bucket of mode paxos or raft: the write gets an Idempotency-Key, and is sent again where
   * nobody knows what became of it. Without effect where the caller gave a key.
   */
  readonly once?: boolean | undefined;
}

export type ClusterClientOptions = Partial<RequesterOptions>;

/** Nodes that are asked for the first connection of a watch. */
const WATCH_TRIES = 3;

/** Whatever is in the way has to pass; nobody else is to be spared. */
const PATIENT: RetryPolicy = {
  attemptsMax: Number.POSITIVE_INFINITY,
  pauseMs: () => 10,
  budget: undefined,
};

export class ClusterClient {
  /** Of requests that do not say. */
  readonly timeoutMs: number;
  readonly #requester: Requester;

  constructor(directory: Directory, options: ClusterClientOptions = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, retry = PATIENT, hedges } = options;
    this.#requester = new Requester(directory, { timeoutMs, retry, hedges });
    this.timeoutMs = timeoutMs;
  }

  /** Of a request that begins now, and may consist of several that end with it. */
  begin(control: RequestControl): Bounds {
    return this.#requester.begin(control);
  }

  /** See `Requester`. */
  beforehand<Known>(bounds: Bounds, learn: () => Known | Promise<Known>): Promise<Known> {
    return this.#requester.beforehand(bounds, learn);
  }

  /** Asks the nodes in turn. @param addresses `http://host:port` */
  static inTurn(addresses: readonly string[], options: ClusterClientOptions = {}): ClusterClient {
    return new ClusterClient(new InTurn(addresses), options);
  }

  async get(
    bucket: string,
    key: Bytes,
    options: GetOptions & RequestControl = {},
    bounds = this.begin(options),
  ): Promise<GetAnswer> {
    const call = getCall(bucket, key, timed(options, bounds));
    const target = { bucket, key, method: call.method };
    return getAnswerOf(await this.#requester.ask({ call, effect: 'read', target }, bounds));
  }

  async put(
    bucket: string,
    key: Bytes,
    value: Bytes,
    options: PutOptions & OnceOption & RequestControl = {},
    bounds = this.begin(options),
  ): Promise<WriteAnswer> {
    const [sent, effect] = onceOf(timed(options, bounds), options.once === true);
    const call = putCall(bucket, key, value, sent);
    return writeAnswerOf(await this.#write(bucket, key, call, effect, bounds));
  }

  /** Throws `not_found` where nobody knows the key, as the node says. */
  async delete(
    bucket: string,
    key: Bytes,
    options: DeleteOptions & OnceOption & RequestControl = {},
    bounds = this.begin(options),
  ): Promise<WriteAnswer> {
    const [sent, effect] = onceOf(timed(options, bounds), options.once === true);
    const call = deleteCall(bucket, key, sent);
    return writeAnswerOf(succeeded(await this.#write(bucket, key, call, effect, bounds)));
  }

  /** Once, as it says nothing of the number that it finds. */
  async increment(
    bucket: string,
    key: Bytes,
    by = 1,
    options: UpdateOptions & RequestControl = {},
    bounds = this.begin(options),
  ): Promise<IncrementAnswer> {
    const [sent, effect] = onceOf(timed(options, bounds), true);
    const call = incrementCall(bucket, key, by, sent);
    return incrementAnswerOf(await this.#write(bucket, key, call, effect, bounds));
  }

  /** Once, likewise. */
  async append(
    bucket: string,
    key: Bytes,
    bytes: Bytes,
    options: AppendOptions & RequestControl = {},
    bounds = this.begin(options),
  ): Promise<WriteAnswer> {
    const [sent, effect] = onceOf(timed(options, bounds), true);
    const call = appendCall(bucket, key, bytes, sent);
    return writeAnswerOf(await this.#write(bucket, key, call, effect, bounds));
  }

  /** The bucket's keys, rising bytewise; the time is that of each page. */
  keys(bucket: string, options: KeysOptions & RequestControl = {}): AsyncGenerator<Uint8Array> {
    const page = (call: Call) =>
      this.#requester.ask({ call, effect: 'read', target: undefined }, this.begin(options));
    const sent = timed(options, this.begin(options));
    return keysOf(async (call) => succeeded(await page(call)), bucket, sent);
  }

  /** Many operations in few requests; each succeeds or fails by itself. */
  batch(
    bucket: BatchBucket,
    operations: readonly BatchOperation[],
    bounds: Bounds,
  ): Promise<readonly BatchOutcome[]> {
    return runBatch(this.#requester, bounds, bucket, operations);
  }

  /**
   * Changes of a raft bucket as they happen, from whichever node can be connected to, for as long
   * as the signal is not given, the bucket is there and the client is not closed.
   */
  async *watch(bucket: string, options: WatchOptions): AsyncGenerator<WatchNews> {
    const { directory } = this.#requester;
    const bounds = this.begin({});
    refuseEnded(bounds, true);
    const tried: Peer[] = [];
    const next = () => {
      const peer = directory.choose(undefined, tried);
      if (tried.push(peer) > WATCH_TRIES) tried.shift();
      return peer.connection;
    };
    const { ending, release } = endingWith(options.signal, bounds.closing);
    try {
      yield* watch(next, bucket, { ...options, signal: ending.signal }, WATCH_TRIES);
    } finally {
      release();
    }
  }

  /** Makes the bucket, or changes what of it may change. */
  async putBucket(
    name: string,
    settings: BucketSettings = {},
    control: RequestControl = {},
  ): Promise<BucketDocument> {
    const call = putBucketCall(name, settings);
    return documentOf(
      await this.#requester.ask({ call, effect: 'write', target: undefined }, this.begin(control)),
    );
  }

  /** What the bucket is. Throws `no_such_bucket`. */
  async bucket(name: string, control: RequestControl = {}): Promise<BucketDocument> {
    const call = { method: 'GET', path: bucketPath(name) } as const;
    const ask = { call, effect: 'read', target: undefined } as const;
    return documentOf(await this.#requester.ask(ask, this.begin(control)));
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#requester.close();
  }

  #write(
    bucket: string,
    key: Bytes,
    call: Call,
    effect: Effect,
    bounds: Bounds,
  ): Promise<RawAnswer> {
    const target = { bucket, key, method: call.method };
    return this.#requester.ask({ call, effect, target }, bounds);
  }
}

/** A node is told of a deadline that is sooner than its own. */
function timed<Options extends TimeoutOption>(options: Options, { until }: Bounds): Options {
  const leftMs = until - performance.now();
  if (options.timeout !== undefined || leftMs > NODE_TIMEOUT_MS - 1) return options;
  return { ...options, timeout: Math.ceil(Math.max(1, leftMs)) };
}

/** With a key made for it here, unless the caller gave one. */
function onceOf<Options extends AtomicOptions>(
  options: Options,
  once: boolean,
): readonly [Options, Effect] {
  if (!once || options.idempotencyKey !== undefined) return [options, 'write'];
  return [{ ...options, idempotencyKey: mintIdempotencyKey() }, 'repeatable'];
}
