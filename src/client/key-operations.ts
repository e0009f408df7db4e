/** What can be done with one key of a bucket, in the types of a program. */

import { QuorateError } from '../kernel/errors.ts';
import type { GetAnswer } from './answers.ts';
import { fullJitterMs } from './back-off.ts';
import { type Bounds, within } from './bounds.ts';
import type {
  BucketAppendOptions,
  BucketDeleteOptions,
  BucketGetOptions,
  BucketIncrementOptions,
  BucketPutOptions,
  BucketUpdateOptions,
} from './bucket-options.ts';
import { checkAddend, checkBytes, checkKeyArgument, checkOptions } from './checked-arguments.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Codec } from './codecs.ts';
import { ConflictError, type Found, foundOf, type ValueVersion } from './found.ts';
import { encodedAt, isPromise, whenThere } from './placed-values.ts';
import type { Bytes, RequestControl, SessionOptions } from './request-options.ts';
import type { Resolver } from './resolvers.ts';
import { isInDoubt } from './retry-safety.ts';
import type { RingDirectory } from './ring-directory.ts';
import type { SessionState } from './session.ts';
import { type Compared, type Deleted, type Updated, type Written, writtenOf } from './written.ts';

/** Before an update begins anew that somebody was faster than, at first and at most. */
const CONTEST_MS = 4;
const CONTEST_MS_MAX = 200;

/** What a bucket is given when it is made. */
export interface BucketParts<Value, Stored> {
  readonly client: ClusterClient;
  readonly name: string;
  readonly codec: Codec<Value, Stored>;
  readonly resolve: Resolver<Value> | undefined;
  readonly session: SessionState | undefined;
  readonly modes: Pick<RingDirectory, 'knownMode' | 'modeOf'>;
}

/**
 * The keys of a bucket, one at a time; in a session, if it was made by one.
 *
 * All methods reject with `QuorateError` where a node refused, or would refuse the arguments,
 * with `TransportError` where none answered, and with `CodecError` where the codec did not take a
 * value. Each has an `outcome`: `not_applied`, or `unknown` of a write that may have happened or
 * may yet happen.
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
  get(key: Bytes, options: BucketGetOptions = {}): Promise<Answer> {
    return this.#find(key, options) as Promise<Answer>;
  }

  /**
   * Writes a value. It replaces what `context` stands for, which is that of a `get` or of an
   * earlier write of the key; without one it replaces nothing, and stands beside what is there.
   * In buckets of mode paxos and raft it replaces the value.
   */
  put(key: Bytes, value: Stored, options: BucketPutOptions = {}): Promise<Written> {
    return this.#write(key, value, options);
  }

  /** Likewise; without a context all that a read finds is deleted. */
  delete(key: Bytes, options: BucketDeleteOptions = {}): Promise<Deleted> {
    return this.#remove(key, options);
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
    const bounds = this.#begin(key, options);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#updateOnce(key, change, options, bounds);
      } catch (error) {
        const again = isRefusal(error, 'condition_failed') || mayRepeat(options, error);
        const until = performance.now() + fullJitterMs(attempt, CONTEST_MS, CONTEST_MS_MAX);
        if (!again || until >= bounds.until) throw error;
        await within({ ...bounds, until });
        if (bounds.signal?.aborted || bounds.closing.aborted) throw error;
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
    const bounds = this.#begin(key, options);
    checkAddend(by);
    const answer = await this.#run(bounds, options, (asked) =>
      client.increment(name, key, by, asked, bounds),
    );
    return answer.number;
  }

  /** In buckets of mode paxos and raft: puts bytes behind those that are there, once. */
  async append(key: Bytes, bytes: Bytes, options: BucketAppendOptions = {}): Promise<Written> {
    const { client, name, codec } = this.parts;
    const bounds = this.#begin(key, options);
    checkBytes(bytes);
    const sent = { ...options, contentType: codec.contentType };
    return writtenOf(
      await this.#run(bounds, sent, (asked) => client.append(name, key, bytes, asked, bounds)),
    );
  }

  /** It is of mode paxos or raft. */
  protected isVersioned(bounds: Bounds): boolean | Promise<boolean> {
    const { client, modes, name } = this.parts;
    const mode = modes.knownMode(name) ?? client.beforehand(bounds, () => modes.modeOf(name));
    return whenThere(mode, (known) => known !== 'dynamo');
  }

  async #updateOnce(
    key: Bytes,
    change: (value: Value | undefined) => Stored | undefined | Promise<Stored | undefined>,
    { r, pr, readRepair, sloppy, w, pw, ttl, lease, meta }: BucketUpdateOptions,
    bounds: Bounds,
  ): Promise<Updated<Stored>> {
    const found: Found<Value> = await this.#find(key, { r, pr, readRepair, sloppy }, bounds);
    if (found.found === 'siblings') {
      const detail = `${this.name}: the key has siblings; give the bucket a resolver, or put one value with their context`;
      throw new ConflictError(detail, found);
    }
    const value = await change(found.value);
    const condition = await this.#replacing(found, bounds);
    if (value === undefined) {
      if (found.found === 'nothing') return { value, context: found.context, version: undefined };
      const gone = await this.#remove(key, { w, pw, sloppy, ...condition }, bounds);
      return { value, context: gone.context, version: gone.version };
    }
    const put = { w, pw, sloppy, ttl, lease, meta, ...condition };
    return { value, ...(await this.#write(key, value, put, bounds)) };
  }

  async #find(
    key: Bytes,
    options: BucketGetOptions,
    bounds = this.#begin(key, options),
  ): Promise<Found<Value>> {
    const { client, name, codec, resolve } = this.parts;
    let answer: GetAnswer;
    try {
      answer = await this.#run(bounds, options, (asked) => client.get(name, key, asked, bounds));
    } catch (error) {
      answer = nothingWithoutBucket(error);
    }
    return foundOf({ bucket: name, key }, answer, codec, resolve);
  }

  async #write(
    key: Bytes,
    value: Stored,
    options: BucketPutOptions,
    bounds = this.#begin(key, options),
  ): Promise<Written> {
    const { client, name, codec } = this.parts;
    const encoded = encodedAt({ bucket: name, key }, codec, value);
    const bytes = isPromise(encoded) ? await encoded : encoded;
    const versioned = this.isVersioned(bounds);
    const once = isPromise(versioned) ? await versioned : versioned;
    const sent = putOptionsOf(options, codec.contentType, once);
    return writtenOf(
      await this.#run(bounds, sent, (asked) => client.put(name, key, bytes, asked, bounds)),
    );
  }

  async #remove(
    key: Bytes,
    options: BucketDeleteOptions,
    bounds = this.#begin(key, options),
  ): Promise<Deleted> {
    const { client, name } = this.parts;
    const sent = { ...options, once: await this.isVersioned(bounds) };
    try {
      const answer = await this.#run(bounds, sent, (asked) =>
        client.delete(name, key, asked, bounds),
      );
      return { ...writtenOf(answer), existed: true };
    } catch (error) {
      if (!isRefusal(error, 'not_found') && !isRefusal(error, 'no_such_bucket')) throw error;
      return { existed: false, context: undefined, version: undefined };
    }
  }

  /** What makes a write replace what was found, and nothing else. */
  async #replacing(found: Found<Value>, bounds: Bounds) {
    const version = found.found === 'value' ? found.version : undefined;
    if (version !== undefined) return { ifMatch: version };
    return (await this.isVersioned(bounds)) ? conditionOf(null) : { context: found.context };
  }

  /** Its time begins. Throws where an argument is none. */
  #begin(key: Bytes, options: RequestControl): Bounds {
    checkKeyArgument(key);
    checkOptions(options);
    return this.parts.client.begin(options);
  }

  /** As part of the session, if there is one. */
  #run<Options, Answered extends { readonly session?: string }>(
    bounds: Bounds,
    options: Options,
    request: (asked: Options | (Options & SessionOptions)) => Promise<Answered>,
  ): Promise<Answered> {
    const { client, session } = this.parts;
    if (session === undefined) return request(options);
    return session.run(
      (part) => request({ ...options, ...part }),
      (turn) => client.beforehand(bounds, () => turn),
    );
  }
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

/** Each member by itself: to add some to a spread object costs a put a fifth more. */
function putOptionsOf(options: BucketPutOptions, contentType: string, once: boolean) {
  return {
    w: options.w,
    pw: options.pw,
    sloppy: options.sloppy,
    context: options.context,
    ttl: options.ttl,
    lease: options.lease,
    meta: options.meta,
    ifMatch: options.ifMatch,
    ifNoneMatch: options.ifNoneMatch,
    idempotencyKey: options.idempotencyKey,
    contentType,
    once,
  };
}
