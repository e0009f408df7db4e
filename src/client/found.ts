/**
 * What a get finds.
 *
 * Without a resolver a key with siblings has no `value`: whoever wants one has to look at
 * `found` first, and TypeScript sees to it. So nobody goes on with one of several values, and
 * drops the others with the next write, without having said so.
 */

import type { GetAnswer, StoredValue } from './answers.ts';
import type { Codec, Place } from './codecs.ts';
import { decodedAt, failingAt, whenThere } from './placed-values.ts';
import type { Resolver } from './resolvers.ts';

/** Of a value in a paxos bucket a text, in a raft bucket a whole number; for `compareAndSet`. */
export type ValueVersion = string | number;

/** One of several concurrent values. */
export interface Sibling<Value> {
  readonly value: Value;
  /** When it was written, by the clock of the node that wrote it; ISO 8601. */
  readonly wallTime: string;
  /** Which write it was. */
  readonly dot: string;
  /** The writer's own annotations. */
  readonly meta: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** When it will be gone, where there is such a time; ISO 8601. */
  readonly expiresAt: string | undefined;
}

interface Told {
  /** What a write has to bring to replace what was found; undefined of buckets without siblings. */
  readonly context: string | undefined;
}

/** There is one value, or there were siblings and a resolver made one of them. */
export interface FoundValue<Value> extends Told {
  readonly found: 'value';
  readonly value: Value;
  /** What the value was made of, where there was more than one. */
  readonly siblings: readonly Sibling<Value>[];
  /** In buckets of mode paxos and raft. */
  readonly version: ValueVersion | undefined;
  /** Empty of what a resolver made. */
  readonly meta: Readonly<Record<string, string>>;
  readonly expiresAt: string | undefined;
}

export interface FoundNothing extends Told {
  readonly found: 'nothing';
  readonly value: undefined;
}

/** Two values or more, and nobody has decided yet. */
export interface FoundSiblings<Value> extends Told {
  readonly found: 'siblings';
  readonly siblings: readonly Sibling<Value>[];
}

/** Of a bucket with a resolver. */
export type FoundOne<Value> = FoundValue<Value> | FoundNothing;

/** Of a bucket without. */
export type Found<Value> = FoundOne<Value> | FoundSiblings<Value>;

/** A write needed one value, and there are siblings that nobody has resolved. */
export class ConflictError<Value = unknown> extends Error {
  override readonly name = 'ConflictError';
  readonly siblings: readonly Sibling<Value>[];
  /** For a `put` of what they come to. */
  readonly context: string | undefined;

  constructor(detail: string, { siblings, context }: FoundSiblings<Value>) {
    super(detail);
    this.siblings = siblings;
    this.context = context;
  }

  get outcome(): 'not_applied' {
    return 'not_applied';
  }
}

/** Throws, or rejects with, `CodecError` where a value cannot be read, or siblings be resolved. */
export function foundOf<Value, Written>(
  place: Place,
  answer: GetAnswer,
  codec: Codec<Value, Written>,
  resolve: Resolver<Value> | undefined,
): Found<Value> | Promise<Found<Value>> {
  const { values, context } = answer;
  const [first] = values;
  if (first === undefined) return { found: 'nothing', value: undefined, context };
  if (values.length > 1) return siblingsOf(place, answer, codec, resolve);
  const { meta, expiresAt } = first;
  const version = answer.version ?? answer.revision;
  return whenThere(decodedAt(place, codec, first), (value) => {
    return { found: 'value', value, siblings: [], context, version, meta, expiresAt };
  });
}

async function siblingsOf<Value, Written>(
  place: Place,
  { values, context }: GetAnswer,
  codec: Codec<Value, Written>,
  resolve: Resolver<Value> | undefined,
): Promise<Found<Value>> {
  const siblings = await Promise.all(values.map((stored) => siblingOf(place, stored, codec)));
  if (resolve === undefined) return { found: 'siblings', siblings, context };
  const told = { context, version: undefined, meta: {}, expiresAt: undefined };
  const value = await failingAt(place, () => resolve(siblings));
  return { found: 'value', value, siblings, ...told };
}

async function siblingOf<Value, Written>(
  place: Place,
  stored: StoredValue,
  codec: Codec<Value, Written>,
): Promise<Sibling<Value>> {
  const { contentType, meta, wallTime = '', dot = '', expiresAt } = stored;
  const decoded = await decodedAt(place, codec, stored);
  return { value: decoded, wallTime, dot, meta, contentType, expiresAt };
}
