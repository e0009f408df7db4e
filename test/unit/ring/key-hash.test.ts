import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyHash, partitionOfHash } from '../../../src/ring/key-hash.ts';

const HASH_END = 2n ** 64n;
const partitionCounts = Array.from({ length: 17 }, (_, bits) => 2 ** bits);
const key = (text: string) => new TextEncoder().encode(text);

describe('partitionOfHash', () => {
  test('is the hash divided by the size of a slice', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: HASH_END - 1n }),
        fc.constantFrom(...partitionCounts),
        (hash, partitionCount) => {
          const slice = HASH_END / BigInt(partitionCount);
          expect(partitionOfHash(hash, partitionCount)).toBe(Number(hash / slice));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test.each(partitionCounts)('finds both ends of each of %i slices', (partitionCount) => {
    const slice = HASH_END / BigInt(partitionCount);
    const wrong = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
      (partition) => {
        const first = BigInt(partition) * slice;
        const last = first + slice - 1n;
        return (
          partitionOfHash(first, partitionCount) !== partition ||
          partitionOfHash(last, partitionCount) !== partition
        );
      },
    );
    expect(wrong).toEqual([]);
  });
});

describe('keyHash', () => {
  test('spreads keys evenly over the partitions', () => {
    const partitionCount = 64;
    const counts = new Array<number>(partitionCount).fill(0);
    const keyCount = 64_000;
    for (let number = 0; number < keyCount; number++) {
      const partition = partitionOfHash(keyHash('cart', key(`user/${number}`)), partitionCount);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    const expected = keyCount / partitionCount;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: 1 in 10,000 random draws is above 113. The keys are fixed.
    expect(chiSquare).toBeLessThan(113);
  });

  test('tells the bucket from the key', () => {
    expect(keyHash('ab', key('c'))).not.toBe(keyHash('a', key('bc')));
    expect(keyHash('a', key('k'))).not.toBe(keyHash('b', key('k')));
  });

  test('is the same in every release: data lies where it says', () => {
    expect(keyHash('cart', key('user/1')).toString(16)).toMatchInlineSnapshot(`"14d0c369065373f1"`);
    expect(keyHash('cart', new Uint8Array([0, 255])).toString(16)).toMatchInlineSnapshot(
      `"2ff161900be29019"`,
    );
  });
});
