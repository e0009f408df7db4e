import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { differingItems, encodeItems } from '../../../src/merkle/leaf-items.ts';

const list = (...items: readonly (readonly [keyHash: bigint, digest: bigint])[]) =>
  encodeItems(items.map(([keyHash, digest]) => ({ keyHash, digest })));

const NONE = { pull: [], push: [], merge: [] };
const LARGEST = 2n ** 64n - 1n;

describe('differingItems', () => {
  test('tells what to pull, to push and to merge, in the order of the hashes', () => {
    const mine = list([5n, 1n], [2n, 1n], [9n, 1n], [1n, 1n]);
    const theirs = list([LARGEST, 1n], [5n, 2n], [4n, 1n], [9n, 1n]);
    expect(differingItems(mine, theirs)).toEqual({
      pull: [4n, LARGEST],
      push: [1n, 2n],
      merge: [5n],
    });
  });

  test('equal lists do not differ, whatever order they were made in', () => {
    expect(differingItems(list([2n, 1n], [1n, 1n]), list([1n, 1n], [2n, 1n]))).toEqual(NONE);
    expect(differingItems(list(), list())).toEqual(NONE);
  });

  test('hashes are compared as unsigned numbers', () => {
    expect(differingItems(list([1n, 1n], [LARGEST, 1n]), list([1n, 1n]))).toEqual({
      ...NONE,
      push: [LARGEST],
    });
  });

  describe('of two keys with one hash', () => {
    const both = list([7n, 2n], [7n, 1n]);

    test('nothing is to be done where both sides have both', () => {
      expect(differingItems(both, list([7n, 1n], [7n, 2n]))).toEqual(NONE);
    });

    test('all are merged where one side has one, or another version', () => {
      for (const theirs of [list([7n, 1n]), list([7n, 2n]), list([7n, 1n], [7n, 3n])]) {
        expect(differingItems(both, theirs)).toEqual({ ...NONE, merge: [7n] });
        expect(differingItems(theirs, both)).toEqual({ ...NONE, merge: [7n] });
      }
    });

    test('the hash is named once where one side has none', () => {
      expect(differingItems(both, list())).toEqual({ ...NONE, push: [7n] });
      expect(differingItems(list(), both)).toEqual({ ...NONE, pull: [7n] });
    });
  });

  test.each([
    ['half an item', Buffer.alloc(24)],
    ['part of a number', Buffer.alloc(20)],
    ['falling hashes', Buffer.concat([list([2n, 1n]), list([1n, 1n])])],
    ['falling digests', Buffer.concat([list([1n, 2n]), list([1n, 1n])])],
  ])('refuses a list with %s', (_, bytes) => {
    expect(() => differingItems(list(), bytes)).toThrow(DecodeError);
  });
});
