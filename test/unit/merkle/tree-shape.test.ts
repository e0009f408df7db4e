import { describe, expect, test } from 'vitest';
import { hash64 } from '../../../src/kernel/hash.ts';
import { leafOf, nodesAbove, nodesAt, treeDepth } from '../../../src/merkle/tree-shape.ts';
import { partitionOfHash } from '../../../src/ring/key-hash.ts';

describe('treeDepth', () => {
  test.each([
    [1, 4],
    [64, 4],
    [256, 4],
    [512, 3],
    [2_048, 3],
    [4_096, 2],
    [16_384, 2],
    [32_768, 1],
    [65_536, 1],
  ])('with %i partitions it is %i', (partitionCount, depth) => {
    expect(treeDepth(partitionCount)).toBe(depth);
  });

  test('trees of all partitions take less than 10 MB', () => {
    for (let bits = 0; bits <= 16; bits++) {
      const nodes = 2 ** bits * nodesAbove(treeDepth(2 ** bits) + 1);
      expect(nodes * 8).toBeLessThan(10_000_000);
    }
  });
});

describe('leafOf', () => {
  test('spreads the keys of one partition evenly over all leaves', () => {
    const partitionCount = 64;
    const keysOfLeaf = new Uint32Array(nodesAt(3));
    let keys = 0;
    for (let i = 0; i < 400_000; i++) {
      const keyHash = hash64(Buffer.from(`key ${i}`));
      if (partitionOfHash(keyHash, partitionCount) !== 5) continue;
      const leaf = leafOf(keyHash, 3);
      keysOfLeaf[leaf] = (keysOfLeaf[leaf] as number) + 1;
      keys++;
    }
    const mean = keys / nodesAt(3);
    expect(Math.min(...keysOfLeaf)).toBeGreaterThan(0);
    expect(Math.max(...keysOfLeaf)).toBeLessThan(3 * mean);
  });

  test('takes none of the bits that select one of 65,536 partitions', () => {
    const sameLeaf = [0n, 1n, 0xffffn].map((partition) => leafOf((partition << 48n) | 0xabcn, 4));
    expect(sameLeaf).toEqual([0xabc, 0xabc, 0xabc]);
  });
});
