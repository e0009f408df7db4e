/** What can be done with one key of a bucket, in the types of a program. */

import { setTimeout as sleep } from 'node:timers/promises';
import { QuorateError } from '../kernel/errors.ts';
import type { GetAnswer, WriteAnswer } from './answers.ts';
import { fullJitterMs } from './back-off.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { BucketMode } from './cluster-documents.ts';
import type { Codec } from './codecs.ts';
import { ConflictError, type Found, foundOf, type ValueVersion } from './found.ts';
import type {
  AppendOptions,
  Bytes,
  DeleteOptions,
  GetOptions,
  PutOptions,
  RequestControl,
  SessionOptions,
  UpdateOptions,
} from './request-options.ts';
import type { Resolver } from './resolvers.ts';
import { isInDoubt } from './retry-safety.ts';
import type { SessionState } from './session.ts';

/** Before an update begins anew that somebody was faster than, at first and at most. */
const CONTEST_MS = 4;
const CONTEST_MS_MAX = 200;

/** The session is that of the object that is asked, and its time that of `timeoutMs`. */
type Asked<Options> = Omit<Options, keyof SessionOptions | 'timeout'> & RequestControl;

export type BucketGetOptions = Asked<GetOptions>;
export type BucketPutOptions = Asked<Omit<PutOptions, 'contentType' | 'returnBody'>>;
export type BucketDeleteOptions = Asked<DeleteOptions>;
export type BucketIncrementOptions = Asked<UpdateOptions>;
export type BucketAppendOptions = Asked<Omit<AppendOptions, 'contentType'>>;

export interface BucketUpdateOptions
  extends Pick<GetOptions, 'r' | 'pr' | 'readRepair' | 'sloppy'>,
    Pick<PutOptions, 'w' | 'pw' | 'ttl' | 'lease' | 'meta'>,
    RequestControl {
  /**
   * The function may be applied to its own result and changes nothing more, as when it puts an
   * element into a set. Then the update begins anew where nobody knows whether it was written.
   */
  readonly repeatable?: boolean | undefined;
}

export interface Written {
  /**
   * For this writer's next write of the key: it replaces what this write replaced, and this
   * write. Undefined of buckets without siblings.
   */
  readonly context: string | undefined;
  /** Of what was written, in buckets of mode paxos and raft. */
  readonly version: ValueVersion | undefined;
}

export interface Deleted extends Written {
  /** False: none of the nodes that were asked knew the key. */
  readonly existed: boolean;
}

export interface Updated<Stored> extends Written {
  /** What was written; undefined: the key was deleted, or there was nothing and nothing to write. */
  readonly value: Stored | undefined;
}

export type Compared =
  | { readonly applied: true; readonly version: ValueVersion | undefined }
  /** Nothing was written; `version` is that of the value that is there, if there is one. */
  | { readonly applied: false; readonly version: ValueVersion | undefined };

/** What a bucket is given when it is made. */
export interface BucketParts<Value, Stored> {
  readonly client: ClusterClient;
  readonly name: string;
  readonly codec: Codec<Value, Stored>;
  readonly resolve: Resolver<Value> | undefined;
  readonly session: SessionState | undefined;
  readonly modeOf: (bucket: string) => BucketMode | Promise<BucketMode>;
}

/**
 * The keys of a bucket, one at a time; in a session, if it was made by one.
 *
 * All methods reject with `QuorateError` where a node refused, with `TransportError` where none
 * answered, and with `CodecError` where the codec did not take a value. Each has an `outcome`:
 * `not_applied`, or `unknown` of a write that may have happened or may yet happen.
 */
export class KeyOperations<Value, Stored, Answer extends Found<Value>> {
  protected readonly parts: BucketParts<Value, Stored>;

  constructor(parts: BucketParts<Value, Stored>) {
    this.parts = parts;
  }

  get name(): string {
    return this.parts.name;
  }

  /** What is there: nothing, a value, or siblings that nobody has resolved. */
  async get(key: Bytes, options: BucketGetOptions = {}): Promise<Answer> {
    const { client, name, codec, resolve } = this.parts;
    const answer = await this.#run((session) =>
      client.get(name, key, { ...options, ...session }).catch(nothingWithoutBucket),
    );
    return (await foundOf(answer, codec, resolve)) as Answer;
  }

  /**
   * Writes a value. It replaces what `context` stands for, which is that of a `get` or of an
   * earlier write of the key; without one it replaces nothing, and stands beside what is there.
   * In buckets of mode paxos and raft it replaces the value.
   */
  async put(key: Bytes, value: Stored, options: BucketPutOptions = {}): Promise<Written> {
    const { client, name, codec } = this.parts;
    const bytes = await codec.encode(value);
    const once = await this.#isVersioned();
    const { contentType } = codec;
    return writtenOf(
      await this.#run((session) =>
        client.put(name, key, bytes, { ...options, ...session, contentType, once }),
      ),
    );
  }

  /** Likewise; without a context all that a read finds is deleted. */
  async delete(key: Bytes, options: BucketDeleteOptions = {}): Promise<Deleted> {
    const { client, name } = this.parts;
    const once = await this.#isVersioned();
    try {
      const answer = await this.#run((session) =>
        client.delete(name, key, { ...options, ...session, once }),
      );
      return { ...writtenOf(answer), existed: true };
    } catch (error) {
      if (!isRefusal(error, 'not_found') && !isRefusal(error, 'no_such_bucket')) throw error;
      return { existed: false, context: undefined, version: undefined };
    }
  }

  /**
   * Reads, has the function make a new value of what is there, and writes that in its place.
   *
   * In buckets of mode paxos and raft nobody writes between the read and the write: where
   * somebody did, it begins anew, so the function may run several times. In those of mode
   * dynamo a write in between stands beside this one, and the resolver joins them later.
   * @param change of nothing makes a first value; where it returns undefined the key is deleted
   * @throws `ConflictError` where there are siblings and the bucket has no resolver
   */
  async update(
    key: Bytes,
    change: (value: Value | undefined) => Stored | undefined | Promise<Stored | undefined>,
    options: BucketUpdateOptions = {},
  ): Promise<Updated<Stored>> {
    const { timeoutMs = this.parts.client.timeoutMs, ...others } = options;
    const until = performance.now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const bound = { ...others, timeoutMs: Math.max(1, until - performance.now()) };
      try {
        return await this.#updateOnce(key, change, bound);
      } catch (error) {
        const again = isRefusal(error, 'condition_failed') || mayRepeat(options, error);
        const pauseMs = fullJitterMs(attempt, CONTEST_MS, CONTEST_MS_MAX);
        if (!again || options.signal?.aborted || performance.now() + pauseMs >= until) throw error;
        await sleep(pauseMs);
      }
    }
  }

  /**
   * In buckets of mode paxos and raft: writes the value if the version that is there is the
   * expected one.
   * @param expected of a `get` or an earlier write; null: that there is no value
   */
  async compareAndSet(
    key: Bytes,
    expected: ValueVersion | null,
    value: Stored,
    options: BucketPutOptions = {},
  ): Promise<Compared> {
    try {
      const { version } = await this.put(key, value, { ...options, ...conditionOf(expected) });
      return { applied: true, version };
    } catch (error) {
      if (!isRefusal(error, 'condition_failed')) throw error;
      const { version, revision } = error.facts;
      return { applied: false, version: version ?? revision };
    }
  }

  /**
   * In buckets of mode paxos and raft: adds to the number in decimal digits that is there, once;
   * nothing counts as 0. Returns what it has become.
   */
  async increment(key: Bytes, by = 1, options: BucketIncrementOptions = {}): Promise<number> {
    const { client, name } = this.parts;
    const answer = await this.#run((session) =>
      client.increment(name, key, by, { ...options, ...session }),
    );
    return answer.number;
  }

  /** In buckets of mode paxos and raft: puts bytes behind those that are there, once. */
  async append(key: Bytes, bytes: Bytes, options: BucketAppendOptions = {}): Promise<Written> {
    const { client, name, codec } = this.parts;
    const { contentType } = codec;
    return writtenOf(
      await this.#run((session) =>
        client.append(name, key, bytes, { ...options, ...session, contentType }),
      ),
    );
  }

  async #updateOnce(
    key: Bytes,
    change: (value: Value | undefined) => Stored | undefined | Promise<Stored | undefined>,
    { r, pr, readRepair, sloppy, w, pw, ttl, lease, meta, ...control }: BucketUpdateOptions,
  ): Promise<Updated<Stored>> {
    const found: Found<Value> = await this.get(key, { r, pr, readRepair, sloppy, ...control });
    if (found.found === 'siblings') {
      const detail = `${this.name}: the key has siblings; give the bucket a resolver, or put one value with their context`;
      throw new ConflictError(detail, found);
    }
    const value = await change(found.value);
    const condition = await this.#replacing(found);
    if (value === undefined) {
      if (found.found === 'nothing') return { value, context: found.context, version: undefined };
      const gone = await this.delete(key, { w, pw, sloppy, ...condition, ...control });
      return { value, context: gone.context, version: gone.version };
    }
    const put = { w, pw, sloppy, ttl, lease, meta, ...condition, ...control };
    return { value, ...(await this.put(key, value, put)) };
  }

  /** What makes a write replace what was found, and nothing else. */
  async #replacing(found: Found<Value>) {
    const version = found.found === 'value' ? found.version : undefined;
    if (version !== undefined) return { ifMatch: version };
    return (await this.#isVersioned()) ? conditionOf(null) : { context: found.context };
  }

  async #isVersioned(): Promise<boolean> {
    const { modeOf, name } = this.parts;
    return (await modeOf(name)) !== 'dynamo';
  }

  #run<Answered extends { readonly session?: string }>(
    request: (session: SessionOptions) => Promise<Answered>,
  ): Promise<Answered> {
    const { session } = this.parts;
    return session === undefined ? request({}) : session.run(request);
  }
}

export function writtenOf({ context, version, revision }: WriteAnswer): Written {
  return { context: context === '' ? undefined : context, version: version ?? revision };
}

/** What a get finds where there is no bucket: nothing, since the first write makes it. */
export function nothingWithoutBucket(error: unknown): GetAnswer {
  if (isRefusal(error, 'no_such_bucket')) return { values: [], quorum: '' };
  throw error;
}

function conditionOf(expected: ValueVersion | null) {
  return expected === null ? { ifNoneMatch: '*' } : { ifMatch: expected };
}

function isRefusal(error: unknown, code: QuorateError['code']): error is QuorateError {
  return error instanceof QuorateError && error.code === code;
}

function mayRepeat({ repeatable = false }: BucketUpdateOptions, error: unknown): boolean {
  return repeatable && isInDoubt(error);
}
