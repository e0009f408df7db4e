/** Seals for causal contexts that nobody can make who does not know the cluster's secret. */

import { createHmac } from 'node:crypto';

/** Keeps this use of the secret apart from the proofs that nodes give each other. */
const PURPOSE = 'quorate causal context';

/** The first 64 bits of HMAC-SHA256 (RFC 2104) under a key of this purpose. */
export function contextSeal(secret: string | Uint8Array): (bytes: Uint8Array) => bigint {
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  return (bytes) => createHmac('sha256', key).update(bytes).digest().readBigUInt64BE(0);
}
