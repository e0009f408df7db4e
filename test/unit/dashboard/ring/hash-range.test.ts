/** The slices of the hash ring. */

import { expect, it } from 'vitest';
import { hashRangeOf } from '../../../../src/dashboard/ring/hash-range.ts';
import { partitionOfHash } from '../../../../src/ring/key-hash.ts';

it.each([1, 8, 64, 1_024])('of %d partitions are those by which keys are placed', (count) => {
  let next = 0n;
  for (let partition = 0; partition < count; partition++) {
    const { first, last } = hashRangeOf(partition, count);
    expect(BigInt(`0x${first}`)).toBe(next);
    expect(partitionOfHash(BigInt(`0x${first}`), count)).toBe(partition);
    expect(partitionOfHash(BigInt(`0x${last}`), count)).toBe(partition);
    next = BigInt(`0x${last}`) + 1n;
  }
  expect(next).toBe(2n ** 64n);
});

it('have all their digits', () => {
  expect(hashRangeOf(1, 16)).toEqual({ first: '1000000000000000', last: '1fffffffffffffff' });
  expect(hashRangeOf(0, 16).first).toBe('0000000000000000');
});
