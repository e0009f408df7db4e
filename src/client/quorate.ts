/**
 * The SDK: a cluster, its buckets and sessions.
 *
 *   await using db = new Quorate({ nodes: ['http://127.0.0.1:8101'] });
 *   const carts = db.bucket<string[]>('carts', { resolve: union() });
 *   await carts.update('alice', (items = []) => [...items, 'milk']);
 */

import { QuorateError } from '../kernel/errors.ts';
import { Bucket } from './bucket.ts';
import { checkBucketArgument, checkOptions } from './checked-arguments.ts';
import { ClusterClient } from './cluster-client.ts';
import type { BucketDocument } from './cluster-documents.ts';
import { type Codec, json } from './codecs.ts';
import type { ConnectionOptions } from './connection.ts';
import type { Found, FoundOne } from './found.ts';
import { type BucketParts, KeyOperations } from './key-operations.ts';
import type { BucketSettings, RequestControl } from './request-options.ts';
import type { Resolver } from './resolvers.ts';
import { RingDirectory } from './ring-directory.ts';
import { type HedgeOptions, type RetryOptions, sdkHedges, sdkRetries } from './sdk-retries.ts';
import { type Guarantee, SessionState } from './session.ts';

export interface QuorateOptions extends ConnectionOptions {
  /** Addresses of some nodes, `http://host:port` or `https://host:port`; they name the others. */
  readonly nodes: readonly string[];
  /** For each request with all its attempts; 5,000. */
  readonly timeoutMs?: number | undefined;
  /** False: no request is sent a second time. */
  readonly retry?: RetryOptions | false | undefined;
  /** False: no get asks a second node when the first is late. */
  readonly hedge?: HedgeOptions | false | undefined;
}

export interface BucketOptions<Value, Stored> {
  /** How values are stored; `json()` where it is left out. */
  readonly codec?: Codec<Value, Stored> | undefined;
}

export interface ResolvingBucketOptions<Value, Stored> extends BucketOptions<Value, Stored> {
  /** Makes one value of siblings, whenever some are read. */
  readonly resolve: Resolver<Value>;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** What makes buckets: a cluster, or a session with it. */
export class Quorate implements AsyncDisposable {
  readonly #directory: RingDirectory;
  readonly #client: ClusterClient;

  /** Connects when it is first asked for something. Throws `TypeError` where there is no node. */
  constructor({ nodes, token, tls, timeoutMs, retry, hedge }: QuorateOptions) {
    if (nodes.length === 0) throw new TypeError('give the address of one node at least');
    this.#directory = new RingDirectory(nodes, { token, tls });
    this.#client = new ClusterClient(this.#directory, {
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      retry: sdkRetries(retry),
      hedges: sdkHedges(hedge),
    });
  }

  /**
   * A bucket, which the first write makes if it is not there (`createBucket` chooses how).
   * Throws `bad_bucket` where the name is none. With a resolver a get finds one value or none; without one it may find siblings.
   */
  bucket<Value = unknown, Stored = Value>(
    name: string,
    options: ResolvingBucketOptions<Value, Stored>,
  ): Bucket<Value, Stored, FoundOne<Value>>;
  bucket<Value = unknown, Stored = Value>(
    name: string,
    options?: BucketOptions<Value, Stored>,
  ): Bucket<Value, Stored, Found<Value>>;
  bucket<Value, Stored>(
    name: string,
    options: Partial<ResolvingBucketOptions<Value, Stored>> = {},
  ) {
    return new Bucket<Value, Stored, Found<Value>>(this.#partsOf(name, options, undefined));
  }

  /** Makes a bucket, or changes what of one may change; mode and n are fixed when it is made. */
  async createBucket(
    name: string,
    settings: BucketSettings = {},
    control: RequestControl = {},
  ): Promise<BucketDocument> {
    checkBucketArgument(name);
    checkOptions(control);
    return this.#client.putBucket(name, settings, control);
  }

  /** What a bucket is; undefined: there is none. */
  async bucketSettings(
    name: string,
    control: RequestControl = {},
  ): Promise<BucketDocument | undefined> {
    checkBucketArgument(name);
    checkOptions(control);
    try {
      return await this.#client.bucket(name, control);
    } catch (error) {
      if (error instanceof QuorateError && error.code === 'no_such_bucket') return undefined;
      throw error;
    }
  }

  /** Begins a session with one guarantee or several. */
  session(...guarantees: readonly [Guarantee, ...Guarantee[]]): Session {
    return this.#sessionOf(new SessionState(guarantees));
  }

  /** Goes on with a session, of which `toString()` gave the text. Throws `TypeError` on another text. */
  sessionFrom(text: string): Session {
    return this.#sessionOf(SessionState.from(text));
  }

  /** Requests still running end with an error, watches end, and connections are closed. */
  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sessionOf(state: SessionState): Session {
    return new Session(state, (name, options) => this.#partsOf(name, options, state));
  }

  #partsOf<Value, Stored>(
    name: string,
    { codec, resolve }: Partial<ResolvingBucketOptions<Value, Stored>>,
    session: SessionState | undefined,
  ): BucketParts<Value, Stored> {
    checkBucketArgument(name);
    return {
      client: this.#client,
      name,
      codec: codec ?? (json() as unknown as Codec<Value, Stored>),
      resolve,
      session,
      modes: this.#directory,
    };
  }
}

type PartsOf = <Value, Stored>(
  name: string,
  options: Partial<ResolvingBucketOptions<Value, Stored>>,
) => BucketParts<Value, Stored>;

/**
 * Requests that know of each other: each of its buckets goes by what the session has seen. They
 * run one after the other.
 */
export class Session {
  readonly #state: SessionState;
  readonly #partsOf: PartsOf;

  constructor(state: SessionState, partsOf: PartsOf) {
    this.#state = state;
    this.#partsOf = partsOf;
  }

  /** As of `Quorate`; requests for several keys have no session. */
  bucket<Value = unknown, Stored = Value>(
    name: string,
    options: ResolvingBucketOptions<Value, Stored>,
  ): KeyOperations<Value, Stored, FoundOne<Value>>;
  bucket<Value = unknown, Stored = Value>(
    name: string,
    options?: BucketOptions<Value, Stored>,
  ): KeyOperations<Value, Stored, Found<Value>>;
  bucket<Value, Stored>(
    name: string,
    options: Partial<ResolvingBucketOptions<Value, Stored>> = {},
  ) {
    return new KeyOperations<Value, Stored, Found<Value>>(this.#partsOf(name, options));
  }

  /** How much of what it has seen did not fit into its token and no longer binds. */
  get dropped(): number {
    return this.#state.dropped;
  }

  /** To go on with, in this process or another one: `sessionFrom`. */
  toString(): string {
    return this.#state.toString();
  }
}
