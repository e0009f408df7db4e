/** What can be done with one key of a bucket, in the types of a program. */

import { QuorateError } from '../kernel/errors.ts';
import type { GetAnswer } from './answers.ts';
import { fullJitterMs } from './back-off.ts';
import { type PartControl, within } from './bounds.ts';
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
import type { BucketMode } from './cluster-documents.ts';
import type { Codec } from './codecs.ts';
import { ConflictError, type Found, foundOf, type ValueVersion } from './found.ts';
import { encodedAt } from './placed-values.ts';
import type { Bytes, RequestControl, SessionOptions } from './request-options.ts';
import type { Resolver } from './resolvers.ts';
import { isInDoubt } from './retry-safety.ts';
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
  readonly modeOf: (bucket: string) => BucketMode | Promise<BucketMode>;
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
  async get(key: Bytes, options: BucketGetOptions = {}): Promise<Answer> {
    return (await this.#find(key, this.#begun(key, options))) as Answer;
  }

  /**
   * Writes a value. It replaces what `context` stands for, which is that of a `get` or of an
   * earlier write of the key; without one it replaces nothing, and stands beside what is there.
   * In buckets of mode paxos and raft it replaces the value.
   */
  async put(key: Bytes, value: Stored, options: BucketPutOptions = {}): Promise<Written> {
    return this.#write(key, value, this.#begun(key, options));
  }

  /** Likewise; without a context all that a read finds is deleted. */
  async delete(key: Bytes, options: BucketDeleteOptions = {}): Promise<Deleted> {
    return this.#remove(key, this.#begun(key, options));
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
    const begun = this.#begun(key, options);
    const bounds = this.parts.client.boundsOf(begun);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#updateOnce(key, change, begun);
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
    const begun = this.#begun(key, options);
    checkAddend(by);
    const answer = await this.#run(begun, (session) =>
      client.increment(name, key, by, { ...begun, ...session }),
    );
    return answer.number;
  }

  /** In buckets of mode paxos and raft: puts bytes behind those that are there, once. */
  async append(key: Bytes, bytes: Bytes, options: BucketAppendOptions = {}): Promise<Written> {
    const { client, name, codec } = this.parts;
    const begun = this.#begun(key, options);
    checkBytes(bytes);
    const { contentType } = codec;
    return writtenOf(
      await this.#run(begun, (session) =>
        client.append(name, key, bytes, { ...begun, ...session, contentType }),
      ),
    );
  }

  /** It is of mode paxos or raft. */
  protected async isVersioned(control: PartControl): Promise<boolean> {
    const { client, modeOf, name } = this.parts;
    return (await client.beforehand(control, () => modeOf(name))) !== 'dynamo';
  }

  async #updateOnce(
    key: Bytes,
    change: (value: Value | undefined) => Stored | undefined | Promise<Stored | undefined>,
    options: BucketUpdateOptions & PartControl,
  ): Promise<Updated<Stored>> {
    const { r, pr, readRepair, sloppy, w, pw, ttl, lease, meta, ...control } = options;
    const found: Found<Value> = await this.#find(key, { r, pr, readRepair, sloppy, ...control });
    if (found.found === 'siblings') {
      const detail = `${this.name}: the key has siblings; give the bucket a resolver, or put one value with their context`;
      throw new ConflictError(detail, found);
    }
    const value = await change(found.value);
    const condition = await this.#replacing(found, control);
    if (value === undefined) {
      if (found.found === 'nothing') return { value, context: found.context, version: undefined };
      const gone = await this.#remove(key, { w, pw, sloppy, ...condition, ...control });
      return { value, context: gone.context, version: gone.version };
    }
    const put = { w, pw, sloppy, ttl, lease, meta, ...condition, ...control };
    return { value, ...(await this.#write(key, value, put)) };
  }

  async #find(key: Bytes, options: BucketGetOptions & PartControl): Promise<Found<Value>> {
    const { client, name, codec, resolve } = this.parts;
    const answer = await this.#run(options, (session) =>
      client.get(name, key, { ...options, ...session }).catch(nothingWithoutBucket),
    );
    return foundOf({ bucket: name, key }, answer, codec, resolve);
  }

  async #write(
    key: Bytes,
    value: Stored,
    options: BucketPutOptions & PartControl,
  ): Promise<Written> {
    const { client, name, codec } = this.parts;
    const bytes = await encodedAt({ bucket: name, key }, codec, value);
    const once = await this.isVersioned(options);
    const { contentType } = codec;
    return writtenOf(
      await this.#run(options, (session) =>
        client.put(name, key, bytes, { ...options, ...session, contentType, once }),
      ),
    );
  }

  async #remove(key: Bytes, options: BucketDeleteOptions & PartControl): Promise<Deleted> {
    const { client, name } = this.parts;
    const once = await this.isVersioned(options);
    try {
      const answer = await this.#run(options, (session) =>
        client.delete(name, key, { ...options, ...session, once }),
      );
      return { ...writtenOf(answer), existed: true };
    } catch (error) {
      if (!isRefusal(error, 'not_found') && !isRefusal(error, 'no_such_bucket')) throw error;
      return { existed: false, context: undefined, version: undefined };
    }
  }

  /** What makes a write replace what was found, and nothing else. */
  async #replacing(found: Found<Value>, control: PartControl) {
    const version = found.found === 'value' ? found.version : undefined;
    if (version !== undefined) return { ifMatch: version };
    return (await this.isVersioned(control)) ? conditionOf(null) : { context: found.context };
  }

  /** The request, of which the time has begun. Throws where an argument is none. */
  #begun<Options extends RequestControl>(key: Bytes, options: Options): Options & PartControl {
    checkKeyArgument(key);
    checkOptions(options);
    return { ...options, until: this.parts.client.boundsOf(options).until };
  }

  #run<Answered extends { readonly session?: string }>(
    control: PartControl,
    request: (session: SessionOptions) => Promise<Answered>,
  ): Promise<Answered> {
    const { client, session } = this.parts;
    if (session === undefined) return request({});
    return session.run(request, (turn) => client.beforehand(control, () => turn));
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
