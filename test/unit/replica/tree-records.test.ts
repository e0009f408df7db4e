import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { HashTree } from '../../../src/merkle/hash-tree.ts';
import { decodeTrees, encodeTrees } from '../../../src/replica/tree-records.ts';

const DEPTH = 1;

function treeOf(...keys: readonly bigint[]): HashTree {
  const tree = new HashTree(DEPTH);
  for (const key of keys) tree.update(key, undefined, 7n);
  return tree;
}

const record = {
  scannedAt: 1_767_225_600_123,
  place: 2,
  trees: new Map([
    [3, treeOf(1n, 2n)],
    [5, treeOf(9n)],
  ]),
};

describe('the trees of a partition on disk', () => {
  it('come back as they were', () => {
    const found = decodeTrees(encodeTrees(record), DEPTH);
    expect([found.scannedAt, found.place]).toEqual([record.scannedAt, record.place]);
    for (const [n, tree] of record.trees) {
      expect([found.trees.get(n)?.root, found.trees.get(n)?.count]).toEqual([
        tree.root,
        tree.count,
      ]);
    }
    expect(found.trees.size).toBe(2);
  });

  it('are refused with any bit flipped, cut short, or of another depth', () => {
    const encoded = Buffer.from(encodeTrees(record));
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const flipped = Buffer.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeTrees(flipped, DEPTH)).toThrow(DecodeError);
    }
    expect(() => decodeTrees(encoded.subarray(0, -1), DEPTH)).toThrow(DecodeError);
    expect(() => decodeTrees(encoded, DEPTH + 1)).toThrow(DecodeError);
  });
});
