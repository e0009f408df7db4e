/** Values on their way through a codec; what goes wrong there is told with bucket and key. */

import { type Codec, CodecError, type Place, textOf } from './codecs.ts';
import type { Bytes } from './request-options.ts';

/** As it is to be stored. Throws `CodecError`. */
export async function encodedAt<Value, Written>(
  place: Place,
  codec: Codec<Value, Written>,
  value: Written,
): Promise<Bytes> {
  const bytes: unknown = await failingAt(place, () => codec.encode(value));
  if (typeof bytes === 'string' || bytes instanceof Uint8Array) return bytes;
  throw codecErrorAt(place, new TypeError(`the codec gives ${typeof bytes}, not bytes or text`));
}

/** What was stored. Throws `CodecError`. */
export function decodedAt<Value, Written>(
  place: Place,
  codec: Codec<Value, Written>,
  { value, contentType }: { readonly value: Uint8Array; readonly contentType: string },
): Promise<Value> {
  return failingAt(place, () => codec.decode(value, contentType));
}

/** Whatever is thrown is told as a `CodecError` of this place, with what was thrown as its cause. */
export async function failingAt<Result>(
  place: Place,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw codecErrorAt(place, error);
  }
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
