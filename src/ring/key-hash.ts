/** From a bucket and a key to its place on the ring. */

import { ByteWriter } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';

const writer = new ByteWriter(2_048);

/**
 * xxh64 of the bucket's name, a zero byte and the key. Bucket names have no zero byte, so
 * no two pairs share their input.
 */
export function keyHash(bucket: string, key: Uint8Array): bigint {
  writer.reset();
  writer.text(bucket);
  writer.u8(0);
  writer.raw(key);
  return hash64(writer.view());
}

/** The partition is the leading log2(Q) bits of the hash: equal slices of the hash ring. */
export function partitionOfHash(hash: bigint, partitionCount: number): number {
  const leading32 = Number(hash >> 32n);
  return Math.floor(leading32 / (2 ** 32 / partitionCount));
}
