/**
 * The trees of a partition on disk, from a clean stop to the start that follows it.
 *
 *   checksum u64 | scanned at u48 (ms since 1970) | place u8 | trees u8 | for each: n u8, tree
 *
 * The checksum (xxh64) covers all that follows it; a tree is in the form of tree-codec.ts,
 * behind its length.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { HashTree } from '../merkle/hash-tree.ts';
import { decodeTree, encodeTree } from '../merkle/tree-codec.ts';

export interface TreesRecord {
  /** When they were last built from a scan, by this node's wall clock. */
  readonly scannedAt: number;
  /** Of this node in the replica list of the partition, when they were kept: from 0. */
  readonly place: number;
  /** By n. */
  readonly trees: ReadonlyMap<number, HashTree>;
}

const CHECKSUM_BYTES = 8;

export function encodeTrees({ scannedAt, place, trees }: TreesRecord): Uint8Array {
  const body = new ByteWriter();
  body.u48(scannedAt);
  body.u8(place);
  body.u8(trees.size);
  for (const [n, tree] of trees) {
    body.u8(n);
    body.bytes(encodeTree(tree));
  }
  const encoded = new ByteWriter(CHECKSUM_BYTES + body.length);
  encoded.u64(hash64(body.view()));
  encoded.raw(body.view());
  return encoded.view();
}

/** Throws `DecodeError` unless `bytes` are what was encoded, of trees of this depth. */
export function decodeTrees(bytes: Uint8Array, depth: number): TreesRecord {
  const reader = new ByteReader(bytes);
  const checksum = reader.u64();
  if (checksum !== hash64(bytes.subarray(CHECKSUM_BYTES))) {
    throw new DecodeError('fails its checksum');
  }
  const scannedAt = reader.u48();
  const place = reader.u8();
  const count = reader.u8();
  const trees = new Map<number, HashTree>();
  for (let i = 0; i < count; i++) trees.set(reader.u8(), decodeTree(reader.bytes(), depth));
  reader.end();
  return { scannedAt, place, trees };
}
