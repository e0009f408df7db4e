/**
 * xxh64, the one hash of the house: places keys on the ring, tells versions apart and
 * guards stored records against rot. It is not a defence against an adversary.
 */

import xxhash from 'xxhash-wasm';

const hasher = await xxhash();

/** 64-bit hash of the bytes. */
export function hash64(bytes: Uint8Array): bigint {
  return hasher.h64Raw(bytes);
}
