/** Which hashes are a partition’s: the slices of the 64-bit ring are equal. */

const HASHES = 2n ** 64n;
const DIGITS = 16;

export interface HashRange {
  /** Hexadecimal, all sixteen digits. */
  readonly first: string;
  /** The last one that is in it. */
  readonly last: string;
}

export function hashRangeOf(partition: number, count: number): HashRange {
  const size = HASHES / BigInt(count);
  const first = BigInt(partition) * size;
  return { first: hexOf(first), last: hexOf(first + size - 1n) };
}

function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(DIGITS, '0');
}
