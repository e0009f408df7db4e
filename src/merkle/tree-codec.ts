/**
 * Binary form of a tree, for keeping it from a clean stop to the next start.
 *
 *   checksum u64 | format u8 | depth u8 | count varint | hash of each leaf u64
 *
 * The checksum (xxh64) covers all that follows it. Inner nodes follow from the leaves.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import { HASH_BYTES, HashTree } from './hash-tree.ts';
import { nodesAt } from './tree-shape.ts';

const FORMAT = 1;
const CHECKSUM_BYTES = 8;

export function encodeTree(tree: HashTree): Uint8Array {
  const body = new ByteWriter(nodesAt(tree.depth) * HASH_BYTES + 16);
  body.u8(FORMAT);
  body.u8(tree.depth);
  body.varint(tree.count);
  const lastInner = tree.depth - 1;
  body.raw(tree.childHashes(lastInner, Array(nodesAt(lastInner)).keys()));
  const encoded = new ByteWriter(CHECKSUM_BYTES + body.length);
  encoded.u64(hash64(body.view()));
  encoded.raw(body.view());
  return encoded.view();
}

/** Throws `DecodeError` unless `bytes` is what was encoded of a tree of this depth. */
export function decodeTree(bytes: Uint8Array, depth: number): HashTree {
  const reader = new ByteReader(bytes);
  const checksum = reader.u64();
  if (checksum !== hash64(bytes.subarray(CHECKSUM_BYTES))) {
    throw new DecodeError('fails its checksum');
  }
  if (reader.u8() !== FORMAT) throw new DecodeError('has an unknown format');
  if (reader.u8() !== depth) throw new DecodeError('is a tree of another depth');
  const count = reader.varint();
  const leaves = reader.raw(nodesAt(depth) * HASH_BYTES);
  reader.end();
  return HashTree.fromLeaves(depth, count, leaves);
}
