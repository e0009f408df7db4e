import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { hash64 } from '../../../src/kernel/hash.ts';
import { HashTree } from '../../../src/merkle/hash-tree.ts';
import { descend, type TreePart, topPart } from '../../../src/merkle/walk.ts';
import { exchange, Side } from '../../property/merkle-exchange.ts';

describe('descend', () => {
  test('goes down one level with each message, to the leaf that differs', () => {
    const [mine, theirs] = [new HashTree(3), new HashTree(3)];
    mine.update(0o521n, undefined, 1n);
    const second = descend(theirs, topPart(mine));
    expect(second).toMatchObject({ type: 'part', part: { level: 1, nodes: [5] } });
    const third = descend(mine, (second as { part: TreePart }).part);
    expect(third).toMatchObject({ type: 'part', part: { level: 2, nodes: [0o52] } });
    const last = descend(theirs, (third as { part: TreePart }).part);
    expect(last).toEqual({ type: 'leaves', leaves: [0o521] });
  });

  test('ends at once where the trees are equal', () => {
    expect(descend(new HashTree(3), topPart(new HashTree(3)))).toEqual({ type: 'equal' });
  });

  test.each<[string, Partial<TreePart>]>([
    ['a level below the leaves', { level: 2 }],
    ['a level above the root', { level: -1 }],
    ['half a level', { level: 0.5 }],
    ['a node beyond the level', { nodes: [8] }],
    ['a node before the level', { nodes: [-1] }],
    ['half a node', { nodes: [0.5] }],
    ['the same node twice', { nodes: [3, 3], hashes: new Uint8Array(128) }],
    ['falling nodes', { nodes: [3, 2], hashes: new Uint8Array(128) }],
    ['too few hashes', { hashes: new Uint8Array(56) }],
    ['too many hashes', { hashes: new Uint8Array(72) }],
  ])('refuses %s', (_, change) => {
    const part = { level: 1, nodes: [3], hashes: new Uint8Array(64), ...change };
    expect(() => descend(new HashTree(2), part)).toThrow(DecodeError);
  });
});

test('1,000 keys that differ among 1,000,000 cost less than twice their objects', () => {
  const [keys, differing, objectBytes] = [15_625, 16, 150];
  const versions = Array.from({ length: keys }, (_, i) => {
    const keyHash = hash64(Buffer.from(`key ${i}`));
    return [keyHash, hash64(Buffer.from(`version ${i}`))] as const;
  });
  const newer = versions.map(([keyHash, digest], i) => {
    return [keyHash, i < differing ? digest ^ 1n : digest] as const;
  });
  const { difference, bytes } = exchange(
    new Side(4, new Map(versions)),
    new Side(4, new Map(newer)),
  );
  expect(difference.merge).toHaveLength(differing);
  expect(bytes).toBeLessThan(2 * differing * objectBytes);
});
