/**
 * How the store of a node is laid out: a table number first, then keys that sort by
 * partition, bucket and key, so that one partition is one range.
 */

import { bufferOf } from '../kernel/bytes.ts';
import type { StoreRange } from '../ports/store.ts';

/** Where an object lives. */
export interface Address {
  readonly partition: number;
  readonly bucketNumber: number;
  readonly key: Uint8Array;
}

const TABLE = { life: 1, objects: 2 } as const;

/** Table u8, partition u16, bucket number u48. */
const OBJECT_PREFIX_BYTES = 9;

/** The one record about the life of the data directory. */
export const LIFE_KEY: Uint8Array = Uint8Array.of(TABLE.life);

export function objectKey({ partition, bucketNumber, key }: Address): Uint8Array {
  const bytes = Buffer.allocUnsafe(OBJECT_PREFIX_BYTES + key.length);
  writePrefix(bytes, partition, bucketNumber);
  bytes.set(key, OBJECT_PREFIX_BYTES);
  return bytes;
}

/** The client's key inside a stored key. */
export function clientKeyOf(storedKey: Uint8Array): Uint8Array {
  return storedKey.subarray(OBJECT_PREFIX_BYTES);
}

/**
 * Stored keys of one bucket in one partition that begin with `prefix` and are greater than
 * `after` (undefined: from the first on).
 */
export function bucketRange(
  partition: number,
  bucketNumber: number,
  prefix: Uint8Array,
  after: Uint8Array | undefined,
): StoreRange {
  const first = objectKey({ partition, bucketNumber, key: prefix });
  const next = after && Buffer.concat([objectKey({ partition, bucketNumber, key: after }), ZERO]);
  const from = next !== undefined && Buffer.compare(next, first) > 0 ? next : first;
  return { from, to: successorOfPrefix(first) };
}

/** The bucket number inside a stored key. */
export function bucketNumberOf(storedKey: Uint8Array): number {
  return bufferOf(storedKey).readUIntBE(3, 6);
}

/** Stored keys of a partition from one bucket number on. */
export function partitionRest(partition: number, bucketNumber: number): StoreRange {
  const from = Buffer.alloc(OBJECT_PREFIX_BYTES);
  writePrefix(from, partition, bucketNumber);
  const to = Buffer.from(from);
  to.fill(0xff, 3);
  return { from, to };
}

const ZERO = Uint8Array.of(0);

function writePrefix(bytes: Buffer, partition: number, bucketNumber: number): void {
  bytes[0] = TABLE.objects;
  bytes.writeUInt16BE(partition, 1);
  bytes.writeUIntBE(bucketNumber, 3, 6);
}

/** The least key that is greater than every key with this prefix. */
function successorOfPrefix(prefix: Uint8Array): Uint8Array {
  const bytes = Buffer.from(bufferOf(prefix));
  let last = bytes.length - 1;
  while (bytes[last] === 0xff) last--;
  bytes[last] = (bytes[last] as number) + 1;
  return bytes.subarray(0, last + 1);
}
