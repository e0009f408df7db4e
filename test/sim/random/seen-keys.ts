/**
 * What a client of dynamo buckets has seen of each key, and what its writes replace by that: of
 * the contexts that it sends itself, or, in a bucket with sessions, of the token that it hands
 * back, by the table of guarantees in ARCHITECTURE.md.
 */

import type { Guarantee, SessionAnswer, SessionRequest } from '../../../src/node/index.ts';
import type { BucketPlan } from './scenario.ts';

export interface Seen {
  readonly contexts: readonly string[];
  /** Values that were shown with them. */
  readonly values: readonly string[];
}

interface KeyPlace {
  readonly bucket: BucketPlan;
  readonly key: string;
}

/** A context carries at most 16 single writes, and each of these may name one. */
const CONTEXTS_MAX = 8;
const NOTHING: Seen = { contexts: [], values: [] };

const READS_COUNT: ReadonlySet<Guarantee> = new Set(['mr', 'wfr', 'session', 'causal']);
const WRITES_COUNT: ReadonlySet<Guarantee> = new Set(['ryw', 'mw', 'session', 'causal']);
const WRITES_CARRY: ReadonlySet<Guarantee> = new Set(['mw', 'wfr', 'session', 'causal']);

export class SeenKeys {
  /** By bucket and key. */
  readonly #seen = new Map<string, Seen>();
  /** Of the session in each bucket. */
  readonly #tokens = new Map<string, string>();

  /** What a write replaces. */
  of(place: KeyPlace): Seen {
    const { guarantee } = place.bucket;
    if (guarantee !== undefined && !WRITES_CARRY.has(guarantee)) return NOTHING;
    return this.#seen.get(nameOf(place)) ?? NOTHING;
  }

  /** To be sent along. */
  session({ name, guarantee }: BucketPlan): { readonly session?: SessionRequest } {
    if (guarantee === undefined) return {};
    const token = this.#tokens.get(name);
    return { session: { guarantees: [guarantee], tokens: token === undefined ? [] : [token] } };
  }

  hearRead(
    place: KeyPlace,
    values: readonly string[],
    answer: { readonly context: string; readonly session: SessionAnswer | undefined },
    joins: boolean,
  ): void {
    const { guarantee } = place.bucket;
    this.#keepToken(place.bucket, answer.session);
    if (guarantee === undefined) this.#learn(place, { contexts: [answer.context], values }, joins);
    else if (READS_COUNT.has(guarantee)) this.#learn(place, { contexts: [], values }, true);
  }

  /** @param value undefined: it was a delete */
  hearWrite(
    place: KeyPlace,
    value: string | undefined,
    replaced: Seen,
    answer: { readonly context: string; readonly session: SessionAnswer | undefined },
    joins: boolean,
  ): void {
    const { guarantee } = place.bucket;
    this.#keepToken(place.bucket, answer.session);
    const values = value === undefined ? replaced.values : [...replaced.values, value];
    if (guarantee === undefined) this.#learn(place, { contexts: [answer.context], values }, joins);
    else if (WRITES_COUNT.has(guarantee)) this.#learn(place, { contexts: [], values }, true);
  }

  #keepToken({ name }: BucketPlan, session: SessionAnswer | undefined): void {
    if (session !== undefined) this.#tokens.set(name, session.token);
  }

  /** The newer alone where both together would be too many. */
  #learn(place: KeyPlace, learned: Seen, joins: boolean): void {
    const before = (joins ? this.#seen.get(nameOf(place)) : undefined) ?? NOTHING;
    const contexts = [...before.contexts, ...learned.contexts];
    const values = [...new Set([...before.values, ...learned.values])];
    this.#seen.set(nameOf(place), contexts.length > CONTEXTS_MAX ? learned : { contexts, values });
  }
}

function nameOf({ bucket, key }: KeyPlace): string {
  return `${bucket.name}/${key}`;
}
