/** Seals for causal contexts that nobody can make who does not know the cluster's secret. */

import { createHmac, hash } from 'node:crypto';

/** Keeps this use of the secret apart from the proofs that nodes give each other. */
const PURPOSE = 'quorate causal context';
const KEY_BYTES = 32;
const SEAL_HEX_DIGITS = 16;

/**
 * The first 64 bits of SHA-512/256 over a key of this purpose and the bytes. That hash shows
 * half of its state only, so nobody can go on from a seal to that of a longer text, as with
 * SHA-256; and every answer bears a seal, so HMAC's two hashes and its object would be felt.
 */
export function contextSeal(secret: string | Uint8Array): (bytes: Uint8Array) => bigint {
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  let keyed = Buffer.from(key);
  return (bytes) => {
    const length = KEY_BYTES + bytes.length;
    if (keyed.length < length) keyed = Buffer.concat([key], length * 2);
    keyed.set(bytes, KEY_BYTES);
    const digest = hash('sha512-256', keyed.subarray(0, length), 'hex');
    return BigInt(`0x${digest.slice(0, SEAL_HEX_DIGITS)}`);
  };
}
