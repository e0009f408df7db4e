/**
 * Which key is looked at: as somebody types it, in the address of the page, and in the paths of
 * requests. Keys are bytes; whoever wants such that are no text types them with escapes.
 */

import { textOf, utf8 } from '../../kernel/bytes.ts';
import { percentEncode } from '../../kernel/percent.ts';
import { hashOf } from '../route.ts';

export interface Target {
  readonly bucket: string;
  readonly key: Uint8Array;
}

/** `escapes`: `%` and two hexadecimal digits stand for a byte. */
export type KeyForm = 'text' | 'escapes';

export interface TypedKey {
  readonly form: KeyForm;
  readonly text: string;
}

/** Undefined where the escapes are malformed. */
export function keyOf({ form, text }: TypedKey): Uint8Array | undefined {
  return form === 'text' ? utf8(text) : bytesOfEscapes(text);
}

function bytesOfEscapes(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  const source = utf8(text);
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] as number;
    if (byte !== 0x25) {
      bytes.push(byte);
      continue;
    }
    const digits = String.fromCharCode(...source.subarray(at + 1, at + 3));
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  return Uint8Array.from(bytes);
}

/** With escapes only where the bytes are no text, or none that a field can show. */
export function typedKeyOf(key: Uint8Array): TypedKey {
  const text = textOf(key);
  if (text !== undefined && !/\p{C}/u.test(text)) return { form: 'text', text };
  return { form: 'escapes', text: percentEncode(key) };
}

/** For people. */
export function keyText({ bucket, key }: Target): string {
  return `${bucket}/${typedKeyOf(key).text}`;
}

/** What stands in the address; undefined: no key is named there. */
export function targetOf(query: URLSearchParams): Target | undefined {
  const bucket = query.get('bucket') ?? '';
  const escaped = query.get('bytes');
  const form: KeyForm = escaped === null ? 'text' : 'escapes';
  const key = keyOf({ form, text: escaped ?? query.get('key') ?? '' });
  return bucket === '' || key === undefined || key.length === 0 ? undefined : { bucket, key };
}

/** The address that shows it. */
export function hashOfTarget({ bucket, key }: Target): string {
  const { form, text } = typedKeyOf(key);
  return hashOf('key', { bucket, [form === 'text' ? 'key' : 'bytes']: text });
}

/**
 * Why a browser cannot ask for it; undefined: it can. It takes the segments `.` and `..` out of
 * every address, however they are written.
 */
export function whyOutOfReach({ bucket, key }: Target): string | undefined {
  const dots = ['.', '..'];
  if (dots.includes(bucket)) return `${bucket} is not the name of a bucket.`;
  const isDots = dots.includes(textOf(key) ?? '');
  return isDots ? 'Browsers cannot ask for the keys “.” and “..”: use the commands.' : undefined;
}

/** A slash is encoded as well, so that nothing in the key is taken for a segment. */
function pathOfKey({ bucket, key }: Target): string {
  return `${encodeURIComponent(bucket)}/${percentEncode(key).replaceAll('/', '%2F')}`;
}

export function valuePath(target: Target): string {
  return `/kv/${pathOfKey(target)}`;
}

/** Nodes that are silent must not hold the page up for long. */
export function inspectionPath(target: Target): string {
  return `/cluster/keys/${pathOfKey(target)}?timeout=1000`;
}
