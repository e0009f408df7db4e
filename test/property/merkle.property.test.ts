import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/kernel/bytes.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { decodeTree, encodeTree } from '../../src/merkle/tree-codec.ts';
import { exchange, levelsOf, Side, treeOf, type Versions } from './merkle-exchange.ts';

const RUNS = { numRuns: 2_000 };

const depth = fc.integer({ min: 1, max: 4 });

/** Few leaves, with several keys in each, and hashes that differ in the leading bits alone. */
const keyHash = fc
  .tuple(fc.constantFrom(0n, 1n, 8n, 4_095n, 2_048n), fc.bigInt({ min: 0n, max: 3n }))
  .map(([leaf, rest]) => (rest << 40n) | leaf);

/** Few, so that keys come to share digests and swap them. */
const digest = fc.constantFrom(0n, 1n, 2n, 2n ** 64n - 1n);

const versions: fc.Arbitrary<Versions> = fc
  .array(fc.tuple(keyHash, digest), { maxLength: 20 })
  .map((entries) => new Map(entries));

/** Mostly equal to the one before, as replicas are. */
const twoVersions: fc.Arbitrary<readonly [Versions, Versions]> = fc
  .tuple(versions, fc.array(fc.tuple(keyHash, fc.option(digest)), { maxLength: 4 }))
  .map(([mine, changes]) => {
    const theirs = new Map(mine);
    for (const [key, version] of changes) {
      if (version === null) theirs.delete(key);
      else theirs.set(key, version);
    }
    return [mine, theirs];
  });

const byNumber = (a: number, b: number) => a - b;
const rising = (keys: Iterable<bigint>) => [...keys].sort((a, b) => (a < b ? -1 : 1));
const sameVersions = (a: Versions, b: Versions) =>
  a.size === b.size && [...a].every(([key, version]) => b.get(key) === version);

describe('hash trees', () => {
  it('are those of what is there now, whatever the writes and their order', () => {
    const write = fc.tuple(keyHash, fc.option(digest, { nil: undefined }));
    fc.assert(
      fc.property(depth, fc.array(write, { maxLength: 60 }), (levels, writes) => {
        const tree = new HashTree(levels);
        const now = new Map<bigint, bigint>();
        for (const [key, after] of writes) {
          tree.update(key, now.get(key), after);
          if (after === undefined) now.delete(key);
          else now.set(key, after);
        }
        const other = treeOf(levels, new Map([...now].reverse()));
        expect(tree.count).toBe(now.size);
        expect(tree.root).toBe(other.root);
        expect(levelsOf(tree)).toEqual(levelsOf(other));
      }),
      RUNS,
    );
  });

  it('have equal roots exactly when they hold the same versions of the same keys', () => {
    fc.assert(
      fc.property(depth, twoVersions, (levels, [mine, theirs]) => {
        const equal = treeOf(levels, mine).root === treeOf(levels, theirs).root;
        expect(equal).toBe(sameVersions(mine, theirs));
      }),
      RUNS,
    );
  });

  it('lead to exactly the keys that differ', () => {
    fc.assert(
      fc.property(depth, twoVersions, (levels, [mine, theirs]) => {
        const { difference, leaves, messages } = exchange(
          new Side(levels, mine),
          new Side(levels, theirs),
        );
        const both = rising(mine.keys()).filter((key) => theirs.has(key));
        expect(difference).toEqual({
          pull: rising(theirs.keys()).filter((key) => !mine.has(key)),
          push: rising(mine.keys()).filter((key) => !theirs.has(key)),
          merge: both.filter((key) => mine.get(key) !== theirs.get(key)),
        });
        const keys = [...difference.pull, ...difference.push, ...difference.merge];
        const mask = BigInt(8 ** levels - 1);
        expect(leaves).toEqual([...new Set(keys.map((key) => Number(key & mask)))].sort(byNumber));
        expect(messages).toBe(keys.length === 0 ? 1 : levels);
      }),
      RUNS,
    );
  });

  it('come back from their binary form', () => {
    fc.assert(
      fc.property(depth, versions, (levels, now) => {
        const tree = treeOf(levels, now);
        const decoded = decodeTree(encodeTree(tree), levels);
        expect([decoded.count, decoded.root]).toEqual([tree.count, tree.root]);
        expect(levelsOf(decoded)).toEqual(levelsOf(tree));
      }),
      RUNS,
    );
  });

  it('refuse a binary form with damage anywhere', () => {
    const damage = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(depth, versions, damage, (levels, now, [place, flipped]) => {
        const encoded = Buffer.from(encodeTree(treeOf(levels, now)));
        const at = place % encoded.length;
        const cut = encoded.subarray(0, at);
        const flip = Buffer.from(encoded);
        flip[at] = (flip[at] as number) ^ flipped;
        const longer = Buffer.concat([encoded, Uint8Array.of(flipped)]);
        for (const damaged of [cut, flip, longer]) {
          expect(() => decodeTree(damaged, levels)).toThrow(DecodeError);
        }
      }),
      RUNS,
    );
  });
});
