/** Ways to make one value of siblings. */

import { textOf } from '../../kernel/bytes.ts';

export interface ReadValue {
  readonly value: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly meta?: Readonly<Record<string, string>>;
  /** Of a sibling. */
  readonly dot?: string;
  readonly wallTime?: string;
  readonly expiresAt?: string;
}

export type Merged =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string };

/** A value that is written, with what is kept beside it. */
export interface WrittenValue extends Pick<ReadValue, 'value' | 'contentType' | 'meta'> {
  /** How long it lives, as a parameter; absent: as its bucket has it. */
  readonly ttl?: string;
}

/** Shorter lives are refused. */
const TTL_MS_MIN = 1_000;

/** The same value once more: with its annotations, and to go when it would have gone. */
export function keptValue(
  { value, contentType, meta, expiresAt }: ReadValue,
  now: number,
): WrittenValue {
  const leftMs = expiresAt === undefined ? undefined : Date.parse(expiresAt) - now;
  const ttl = leftMs === undefined ? 'none' : `${Math.max(leftMs, TTL_MS_MIN)}ms`;
  return { value, contentType, ttl, ...(meta !== undefined && { meta }) };
}

/** Longer texts are not for a field of a page. */
export const EDITED_CHARACTERS_MAX = 100_000;

/**
 * What is in any of them, once, in the order in which it is met. Things are the same where their
 * JSON is, whatever the order of their members.
 */
export function unionOfArrays(values: readonly Pick<ReadValue, 'value'>[]): Merged {
  const items = new Map<string, unknown>();
  for (const { value } of values) {
    const array = parse(value);
    if (!Array.isArray(array)) return { ok: false, why: 'Not all siblings are JSON arrays.' };
    for (const item of array) {
      const name = canonical(item);
      if (!items.has(name)) items.set(name, item);
    }
  }
  return { ok: true, text: JSON.stringify([...items.values()]) };
}

function parse(value: Uint8Array): unknown {
  const text = textOf(value);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function canonical(item: unknown): string {
  return JSON.stringify(item, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  });
}

/** To begin editing with: all texts, one below the other. */
export function textsTogether(values: readonly Pick<ReadValue, 'value'>[]): Merged {
  const texts = values.map(({ value }) => textOf(value));
  if (texts.some((text) => text === undefined)) {
    return { ok: false, why: 'Not all siblings are text.' };
  }
  const text = texts.join('\n');
  if (text.length <= EDITED_CHARACTERS_MAX) return { ok: true, text };
  return { ok: false, why: 'They are too long to be edited here.' };
}

/** That of all of them where they agree. */
export function contentTypeOf(values: readonly Pick<ReadValue, 'contentType'>[]): string {
  const types = new Set(values.map(({ contentType }) => contentType));
  const [only] = types;
  return types.size === 1 && only !== undefined ? only : 'text/plain';
}
