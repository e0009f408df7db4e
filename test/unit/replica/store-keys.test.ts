import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/kernel/bytes.ts';
import { bucketRange, clientKeyOf, LIFE_KEY, objectKey } from '../../../src/replica/store-keys.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes));
const address = fc.record({
  partition: fc.integer({ min: 0, max: 65_535 }),
  bucketNumber: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  key,
});
const edge = fc.constantFrom(0x00, 0x01, 0xfe, 0xff);
const edgeKey = fc.array(edge, { minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes));

describe('the layout of the store', () => {
  it('sorts by partition, bucket and key, and gives the key back', () => {
    fc.assert(
      fc.property(address, address, (a, b) => {
        const expected =
          a.partition - b.partition ||
          a.bucketNumber - b.bucketNumber ||
          compareBytes(a.key, b.key);
        expect(Math.sign(compareBytes(objectKey(a), objectKey(b)))).toBe(Math.sign(expected));
        expect(Buffer.from(clientKeyOf(objectKey(a)))).toEqual(a.key);
      }),
    );
  });

  it('never mixes objects with the life record', () => {
    fc.assert(
      fc.property(address, (a) => {
        expect(compareBytes(LIFE_KEY, objectKey(a))).toBeLessThan(0);
      }),
    );
  });

  it('finds just the keys with a prefix beyond a key, also at the edges of bytes', () => {
    const prefix = fc.array(edge, { maxLength: 3 }).map((bytes) => Buffer.from(bytes));
    const after = fc.option(edgeKey, { nil: undefined });
    const bucketNumber = fc.constantFrom(0, 2 ** 48 - 1);
    fc.assert(
      fc.property(prefix, after, edgeKey, bucketNumber, (begin, beyond, candidate, bucket) => {
        const { from, to } = bucketRange(65_535, bucket, begin, beyond);
        const stored = objectKey({ partition: 65_535, bucketNumber: bucket, key: candidate });
        const inRange = compareBytes(stored, from) >= 0 && compareBytes(stored, to) < 0;
        const wanted =
          candidate.subarray(0, begin.length).equals(begin) &&
          (beyond === undefined || compareBytes(candidate, beyond) > 0);
        expect(inRange).toBe(wanted);
      }),
      { numRuns: 2_000 },
    );
  });
});
