/** Idempotency-Keys for tests: UUIDs of version 7. */

import { randomBytes } from 'node:crypto';

/** A new one, of this time: ms since 1970. */
export function idempotencyKey(timeMs = Date.now()): string {
  const hex = timeMs.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `7${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}
