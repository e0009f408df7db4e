/**
 * Updates of a value: what adding to a number, or to the end of the bytes, makes of what is there.
 * What is absent counts as 0, or as empty. Numbers are decimal text within safe integers.
 */

import { EMPTY_BYTES, textOf, utf8 } from './bytes.ts';

export interface Increment {
  readonly type: 'increment';
  /** A safe integer. */
  readonly by: number;
}

export interface Append {
  readonly type: 'append';
  readonly bytes: Uint8Array;
  /** Of what it creates. */
  readonly contentType: string;
}

export type ValueUpdate = Increment | Append;

/** Of the number that an increment creates. */
export const NUMBER_CONTENT_TYPE = 'text/plain';

/** Why an update changes nothing. */
export type UpdateRefusal = 'not_a_number' | 'out_of_range' | 'value_too_large';

/** For those who asked; the bound that makes a value too large is not known here. */
export const UPDATE_REFUSED: Readonly<Record<Exclude<UpdateRefusal, 'value_too_large'>, string>> = {
  not_a_number: 'the value is no whole number in decimal digits, so nothing can be added to it',
  out_of_range: `the sum would be beyond ${Number.MAX_SAFE_INTEGER} or below ${Number.MIN_SAFE_INTEGER}`,
};

export type Updated =
  | {
      readonly value: Uint8Array;
      /** Of an increment: the number that the value now is. */
      readonly result?: number;
    }
  | { readonly refusal: UpdateRefusal };

const DECIMAL = /^(0|-?[1-9][0-9]{0,15})$/;

export function incremented(value: Uint8Array | undefined, by: number): Updated {
  const number = value === undefined ? 0 : decimalOf(value);
  if (number === undefined) return { refusal: 'not_a_number' };
  const result = number + by;
  if (!Number.isSafeInteger(result)) return { refusal: 'out_of_range' };
  return { value: utf8(String(result)), result };
}

/** @param bytesMax the value may not become larger */
export function appended(
  value: Uint8Array | undefined,
  bytes: Uint8Array,
  bytesMax: number,
): Updated {
  const before = value ?? EMPTY_BYTES;
  if (before.length + bytes.length > bytesMax) return { refusal: 'value_too_large' };
  return { value: Buffer.concat([before, bytes]) };
}

/** Undefined where the value is no such number. */
function decimalOf(value: Uint8Array): number | undefined {
  const text = textOf(value);
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}
