import { describe, expect, test } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { InvariantError } from '../../../src/kernel/invariant.ts';
import { itemHash } from '../../../src/merkle/hash-tree.ts';
import { Rebuild } from '../../../src/merkle/rebuild.ts';

const [A, B, C] = ['a', 'b', 'c'].map(utf8) as [Uint8Array, Uint8Array, Uint8Array];

describe('Rebuild', () => {
  test('a write before or at the cursor counts, one behind it is left to the scan', () => {
    const rebuild = new Rebuild(1);
    rebuild.scanned(B, 2n, 20n);
    rebuild.update(A, 1n, undefined, 10n);
    rebuild.update(B, 2n, 20n, 21n);
    rebuild.update(C, 3n, undefined, 30n);
    const tree = rebuild.finish();
    expect(tree.count).toBe(2);
    expect(tree.root).toBe(itemHash(1n, 10n) ^ itemHash(2n, 21n));
  });

  test('a write before the scan has begun is left to it', () => {
    const rebuild = new Rebuild(1);
    rebuild.update(A, 1n, undefined, 10n);
    rebuild.scanned(A, 1n, 10n);
    expect(rebuild.finish().count).toBe(1);
  });

  test('a damaged record moves the cursor, and counts when a write makes it whole', () => {
    const rebuild = new Rebuild(1);
    rebuild.scanned(A, 1n, undefined);
    expect(rebuild.cursor).toEqual(A);
    rebuild.update(A, 1n, undefined, 10n);
    expect(rebuild.finish().root).toBe(itemHash(1n, 10n));
  });

  test.each([
    ['twice', B],
    ['out of order', A],
  ])('a scan that comes to a key %s stops the node', (_, key) => {
    const rebuild = new Rebuild(1);
    rebuild.scanned(B, 2n, 20n);
    expect(() => rebuild.scanned(key, 1n, 10n)).toThrow(InvariantError);
  });

  test('nothing is told to a rebuild that is over, since its tree is in use', () => {
    const rebuild = new Rebuild(1);
    rebuild.finish();
    expect(() => rebuild.update(A, 1n, undefined, 10n)).toThrow(InvariantError);
    expect(() => rebuild.scanned(A, 1n, 10n)).toThrow(InvariantError);
  });
});
