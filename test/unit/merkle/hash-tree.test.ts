import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/kernel/invariant.ts';
import { HashTree, itemHash } from '../../../src/merkle/hash-tree.ts';

describe('HashTree', () => {
  test('an empty tree has root 0 and no keys', () => {
    const tree = new HashTree(3);
    expect([tree.root, tree.count]).toEqual([0n, 0]);
  });

  test('the root of one key is its item hash', () => {
    const tree = new HashTree(4);
    tree.update(7n, undefined, 9n);
    expect([tree.root, tree.count]).toEqual([itemHash(7n, 9n), 1]);
  });

  test('a key that comes, changes and goes leaves nothing behind', () => {
    const tree = new HashTree(2);
    tree.update(7n, undefined, 9n);
    tree.update(7n, 9n, 10n);
    expect([tree.root, tree.count]).toEqual([itemHash(7n, 10n), 1]);
    tree.update(7n, 10n, undefined);
    expect([tree.root, tree.count]).toEqual([0n, 0]);
    expect(tree.childHashes(1, Array(8).keys())).toEqual(Buffer.alloc(8 * 64));
  });

  test('a key that was absent and stays so changes nothing', () => {
    const tree = new HashTree(1);
    tree.update(7n, undefined, undefined);
    expect([tree.root, tree.count]).toEqual([0n, 0]);
  });

  test('two keys that exchange their versions are seen, in one leaf and in two', () => {
    for (const other of [8n, 7n | (1n << 30n)]) {
      const [before, after] = [new HashTree(1), new HashTree(1)];
      before.update(7n, undefined, 1n);
      before.update(other, undefined, 2n);
      after.update(7n, undefined, 2n);
      after.update(other, undefined, 1n);
      expect(before.root).not.toBe(after.root);
    }
  });

  test('an item hash is not that of key and version exchanged', () => {
    expect(itemHash(1n, 2n)).not.toBe(itemHash(2n, 1n));
    expect(itemHash(5n, 5n)).not.toBe(0n);
    expect(itemHash(0n, 0n)).not.toBe(0n);
  });

  test('children are in the order of the nodes asked for, eight for each', () => {
    const tree = new HashTree(2);
    tree.update(63n, undefined, 1n);
    tree.update(2n, undefined, 1n);
    const hashes = Buffer.from(tree.childHashes(1, [0, 7]));
    expect(hashes.length).toBe(128);
    const set = Array.from({ length: 16 }, (_, i) => hashes.readBigUInt64BE(8 * i));
    expect(set[2]).toBe(itemHash(2n, 1n));
    expect(set[15]).toBe(itemHash(63n, 1n));
    expect(set.filter((hash) => hash !== 0n)).toHaveLength(2);
  });

  test('children that differ in the leading or in the trailing half of the hash are named', () => {
    const tree = new HashTree(1);
    const theirs = Buffer.alloc(64);
    theirs[8 * 2] = 1;
    theirs[8 * 5 + 7] = 1;
    expect(tree.differingChildren(0, [0], theirs)).toEqual([2, 5]);
  });

  test('more removals than keys stop the node', () => {
    const tree = new HashTree(1);
    expect(() => tree.update(7n, 9n, undefined)).toThrow(InvariantError);
  });

  test.each([0, 5, 1.5, Number.NaN])('there is no tree of depth %d', (depth) => {
    expect(() => new HashTree(depth)).toThrow(InvariantError);
  });

  test.each([-1, 2])('level %d of a tree of depth 2 has no children to be read', (level) => {
    expect(() => new HashTree(2).childHashes(level, [0])).toThrow(InvariantError);
  });
});
