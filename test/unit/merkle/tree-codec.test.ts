import { describe, expect, test } from 'vitest';
import { ByteWriter, DecodeError } from '../../../src/kernel/bytes.ts';
import { hash64 } from '../../../src/kernel/hash.ts';
import { HashTree, itemHash } from '../../../src/merkle/hash-tree.ts';
import { decodeTree, encodeTree } from '../../../src/merkle/tree-codec.ts';

/** Behind a checksum that is right. */
function sealed(body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.u64(hash64(body));
  writer.raw(body);
  return writer.copy();
}

function bodyOf(tree: HashTree): Buffer {
  return Buffer.from(encodeTree(tree).subarray(8));
}

describe('encodeTree', () => {
  test('is format, depth, count and leaves', () => {
    const tree = new HashTree(1);
    tree.update(3n, undefined, 1n);
    const leaves = Buffer.alloc(64);
    leaves.writeBigUInt64BE(itemHash(3n, 1n), 8 * 3);
    expect(bodyOf(tree)).toEqual(Buffer.concat([Uint8Array.of(1, 1, 1), leaves]));
  });

  test('takes 33 KB for 4,096 leaves', () => {
    expect(encodeTree(new HashTree(4)).length).toBeLessThan(33_000);
  });
});

describe('decodeTree', () => {
  test('gives a tree that goes on counting', () => {
    const tree = new HashTree(2);
    tree.update(3n, undefined, 1n);
    const decoded = decodeTree(encodeTree(tree), 2);
    decoded.update(3n, 1n, undefined);
    expect([decoded.root, decoded.count]).toEqual([0n, 0]);
  });

  test('refuses a tree of another depth', () => {
    expect(() => decodeTree(encodeTree(new HashTree(2)), 3)).toThrow(/another depth/);
  });

  test('refuses a format of another version', () => {
    const body = bodyOf(new HashTree(1));
    body[0] = 2;
    expect(() => decodeTree(sealed(body), 1)).toThrow(/unknown format/);
  });

  test.each([
    ['too few leaves', (body: Buffer) => body.subarray(0, -8)],
    ['too many leaves', (body: Buffer) => Buffer.concat([body, Buffer.alloc(8)])],
    ['nothing', () => Buffer.alloc(0)],
  ])('refuses %s under a checksum that is right', (_, change) => {
    expect(() => decodeTree(sealed(change(bodyOf(new HashTree(1)))), 1)).toThrow(DecodeError);
  });

  test('refuses any flipped bit', () => {
    const tree = new HashTree(1);
    tree.update(3n, undefined, 1n);
    const encoded = encodeTree(tree);
    for (let bit = 0; bit < 8 * encoded.length; bit++) {
      const flipped = Buffer.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeTree(flipped, 1)).toThrow(DecodeError);
    }
  });
});
