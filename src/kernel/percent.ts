/**
 * Percent-encoding of keys in paths (RFC 3986). Keys are bytes: what is decoded here need
 * not be text, so the URL classes, which insist on UTF-8, cannot be used.
 */

import { DecodeError } from './bytes.ts';

const PERCENT = 0x25;
const UNRESERVED_OR_SLASH = /[A-Za-z0-9._~/-]/;

/** Bytes of a percent-encoded path segment; throws `DecodeError` at a malformed escape. */
export function percentDecode(text: string): Uint8Array {
  const source = Buffer.from(text, 'utf8');
  if (!source.includes(PERCENT)) return source;
  const target = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let at = 0; at < source.length; at++, length++) {
    const byte = source[at] as number;
    if (byte !== PERCENT) {
      target[length] = byte;
      continue;
    }
    const digits = source.toString('latin1', at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
      throw new DecodeError(`has a malformed percent escape: "%${digits}"`);
    }
    target[length] = Number.parseInt(digits, 16);
    at += 2;
  }
  return target.subarray(0, length);
}

/** The path form of a key: unreserved characters and slashes stand as they are. */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += UNRESERVED_OR_SLASH.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
