/**
 * What names a change, so that one that is asked for again runs once: a UUID of version 7 (RFC
 * 9562), whose first 48 bits are milliseconds since 1970. By that time whoever has forgotten some
 * ids can tell that this one was never forgotten.
 */

import { bufferOf } from './bytes.ts';

export const REQUEST_ID_BYTES = 16;

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The 16 bytes of a UUID of version 7 in its usual form; undefined where the text is none. */
export function requestIdOfText(text: string): Uint8Array | undefined {
  return TEXT.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
}

/** When it was made by the clock of whoever made it, ms since 1970. */
export function timeOfRequest(id: Uint8Array): number {
  return bufferOf(id).readUIntBE(0, 6);
}

export function sameRequest(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
