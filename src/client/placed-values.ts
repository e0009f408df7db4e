/**
 * Values on their way through a codec; what goes wrong there is told with bucket and key. Codecs
 * are asynchronous only where they have to be, and nobody waits for one that is not.
 */

import { type Codec, CodecError, type Place, textOf } from './codecs.ts';
import type { Bytes } from './request-options.ts';

/** As it is to be stored. Throws, or rejects with, `CodecError`. */
export function encodedAt<Value, Written>(
  place: Place,
  codec: Codec<Value, Written>,
  value: Written,
): Bytes | Promise<Bytes> {
  const demandBytes = (encoded: unknown): Bytes => {
    if (typeof encoded === 'string' || encoded instanceof Uint8Array) return encoded;
    throw new TypeError(`the codec gives ${typeof encoded}, not bytes or text`);
  };
  return failingAt(place, () => whenThere(codec.encode(value), demandBytes));
}

/** What was stored. Throws, or rejects with, `CodecError`. */
export function decodedAt<Value, Written>(
  place: Place,
  codec: Codec<Value, Written>,
  { value, contentType }: { readonly value: Uint8Array; readonly contentType: string },
): Value | Promise<Value> {
  return failingAt(place, () => codec.decode(value, contentType));
}

/** Whatever is thrown is told as a `CodecError` of this place, with what was thrown as its cause. */
export function failingAt<Result>(
  place: Place,
  work: () => Result | Promise<Result>,
): Result | Promise<Result> {
  const fail = (error: unknown): never => {
    throw codecErrorAt(place, error);
  };
  try {
    const result = work();
    return isPromise(result) ? result.then(undefined, fail) : result;
  } catch (error) {
    return fail(error);
  }
}

/** At once, where it is there. */
export function whenThere<Before, After>(
  result: Before | Promise<Before>,
  next: (result: Before) => After,
): After | Promise<After> {
  return isPromise(result) ? result.then(next) : next(result);
}

export function isPromise<Result>(result: Result | Promise<Result>): result is Promise<Result> {
  return typeof (result as Promise<Result> | undefined | null)?.then === 'function';
}

function codecErrorAt(place: Place, thrown: unknown): CodecError {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  const issues = thrown instanceof CodecError ? thrown.issues : [];
  return new CodecError(`${place.bucket}/${shownOf(place.key)}: ${detail}`, issues, thrown, place);
}

function shownOf(key: Bytes): string {
  if (typeof key === 'string') return key;
  try {
    return textOf(key);
  } catch {
    return `base64 ${Buffer.from(key).toString('base64')}`;
  }
}
