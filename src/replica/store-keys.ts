/**
 * How the store of a node is laid out: a table number first, then keys that sort by
 * partition, bucket and key, so that one partition is one range.
 */

import { bufferOf } from '../kernel/bytes.ts';
import type { NodeId } from '../kernel/names.ts';
import type { StoreRange } from '../ports/store.ts';

/** Where an object lives. */
export interface Address {
  readonly partition: number;
  readonly bucketNumber: number;
  readonly key: Uint8Array;
}

const TABLE = {
  life: 1,
  objects: 2,
  hints: 3,
  trees: 4,
  incarnation: 5,
  reapNumbers: 6,
  reapMarks: 7,
  copyCursors: 8,
  registers: 9,
} as const;

/** Table u8, partition u16, bucket number u48. */
const OBJECT_PREFIX_BYTES = 9;

/** The one record about the life of the data directory. */
export const LIFE_KEY: Uint8Array = Uint8Array.of(TABLE.life);

/** The one record about this node in the gossip of the cluster. */
export const INCARNATION_KEY: Uint8Array = Uint8Array.of(TABLE.incarnation);

export function objectKey({ partition, bucketNumber, key }: Address): Uint8Array {
  const bytes = Buffer.allocUnsafe(OBJECT_PREFIX_BYTES + key.length);
  writePrefix(bytes, partition, bucketNumber);
  bytes.set(key, OBJECT_PREFIX_BYTES);
  return bytes;
}

/** Of what this node keeps of a register: see paxos/acceptor-record.ts. */
export function registerKey(address: Address): Uint8Array {
  return inTable(TABLE.registers, objectKey(address));
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

/** Likewise of registers. */
export function registerRange(
  partition: number,
  bucketNumber: number,
  prefix: Uint8Array,
  after: Uint8Array | undefined,
): StoreRange {
  const { from, to } = bucketRange(partition, bucketNumber, prefix, after);
  return { from: inTable(TABLE.registers, from), to: inTable(TABLE.registers, to) };
}

/** As `partitionRest`, of registers. */
export function registersRest(partition: number, bucketNumber: number): StoreRange {
  const { from, to } = partitionRest(partition, bucketNumber);
  return { from: inTable(TABLE.registers, from), to: inTable(TABLE.registers, to) };
}

/** All objects, of whichever partition. */
export const ALL_OBJECTS: StoreRange = {
  from: Uint8Array.of(TABLE.objects),
  to: Uint8Array.of(TABLE.objects + 1),
};

/** All registers, of whichever partition. */
export const ALL_REGISTERS: StoreRange = {
  from: Uint8Array.of(TABLE.registers),
  to: Uint8Array.of(TABLE.registers + 1),
};

/** Where the object under a stored key lives, or the register. */
export function addressAt(storedKey: Uint8Array): Address {
  return {
    partition: bufferOf(storedKey).readUInt16BE(1),
    bucketNumber: bucketNumberOf(storedKey),
    key: clientKeyOf(storedKey),
  };
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

/** What of the range comes behind the key (undefined: all of it). */
export function rangeBehind(range: StoreRange, key: Uint8Array | undefined): StoreRange {
  return key === undefined ? range : { from: Buffer.concat([key, ZERO]), to: range.to };
}

/** What of rising ranges comes behind the key (undefined: all of it). */
export function rangesBehind(
  ranges: readonly StoreRange[],
  key: Uint8Array | undefined,
): readonly StoreRange[] {
  if (key === undefined) return ranges;
  const isBefore = (bound: Uint8Array) => Buffer.compare(key, bound) < 0;
  return ranges
    .filter(({ to }) => isBefore(to))
    .map((range) => (isBefore(range.from) ? range : rangeBehind(range, key)));
}

/** What of the range comes up to the key, itself included. */
export function rangeUpTo(range: StoreRange, key: Uint8Array): StoreRange {
  return { from: range.from, to: Buffer.concat([key, ZERO]) };
}

/** Hash trees as a clean stop leaves them. */
export const ALL_TREES: StoreRange = {
  from: Uint8Array.of(TABLE.trees),
  to: Uint8Array.of(TABLE.trees + 1),
};

export function treesKey(partition: number): Uint8Array {
  return partitionKey(TABLE.trees, partition);
}

/** The reap numbers of all partitions that have any: see reap-numbers.ts. */
export const ALL_REAP_NUMBERS: StoreRange = {
  from: Uint8Array.of(TABLE.reapNumbers),
  to: Uint8Array.of(TABLE.reapNumbers + 1),
};

export function reapNumberKey(partition: number): Uint8Array {
  return partitionKey(TABLE.reapNumbers, partition);
}

/** How far each copying has come: see repair/transfer/copy-cursors.ts. */
export const ALL_COPY_CURSORS: StoreRange = {
  from: Uint8Array.of(TABLE.copyCursors),
  to: Uint8Array.of(TABLE.copyCursors + 1),
};

/** Of the copying of one table from one source, both named by `copying`. */
export function copyCursorKey(partition: number, copying: string): Uint8Array {
  return Buffer.concat([
    partitionKey(TABLE.copyCursors, partition),
    Buffer.from(copying, 'latin1'),
  ]);
}

/** Marks of all keys that are about to be reaped: see reap-marks.ts. */
export const ALL_REAP_MARKS: StoreRange = {
  from: Uint8Array.of(TABLE.reapMarks),
  to: Uint8Array.of(TABLE.reapMarks + 1),
};

/** As the key of the object but for the table; either from the other. */
export function reapMarkKey(objectKey: Uint8Array): Uint8Array {
  return inTable(TABLE.reapMarks, objectKey);
}

export function objectKeyOfMark(markKey: Uint8Array): Uint8Array {
  return inTable(TABLE.objects, markKey);
}

function inTable(table: number, storedKey: Uint8Array): Uint8Array {
  const bytes = Buffer.from(bufferOf(storedKey));
  bytes[0] = table;
  return bytes;
}

/** Table u8, partition u16. */
function partitionKey(table: number, partition: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(3);
  bytes[0] = table;
  bytes.writeUInt16BE(partition, 1);
  return bytes;
}

/** Of a key of one of these tables, as of that of an object. */
export function partitionAt(storedKey: Uint8Array): number {
  return bufferOf(storedKey).readUInt16BE(1);
}

/** All hints, whomever they are for. */
export const ALL_HINTS: StoreRange = {
  from: Uint8Array.of(TABLE.hints),
  to: Uint8Array.of(TABLE.hints + 1),
};

/** Table u8, target (its length u8, its name), then as in a key of an object. */
export function hintKey(target: NodeId, { partition, bucketNumber, key }: Address): Uint8Array {
  return Buffer.concat([hintGroup(target, partition, bucketNumber), key]);
}

/** Whom a stored hint is for, and of which key. */
export function hintAt(storedKey: Uint8Array): { target: NodeId; address: Address } {
  const bytes = bufferOf(storedKey);
  const at = 2 + (bytes[1] as number);
  return {
    target: bytes.toString('latin1', 2, at),
    address: {
      partition: bytes.readUInt16BE(at),
      bucketNumber: bytes.readUIntBE(at + 2, 6),
      key: bytes.subarray(at + 8),
    },
  };
}

/** Stored hints for the target, from the key after `after` on (undefined: from the first on). */
export function hintsFor(target: NodeId, after: Address | undefined): StoreRange {
  const first = hintsOf(target);
  const from = after === undefined ? first : Buffer.concat([hintKey(target, after), ZERO]);
  return { from, to: successorOfPrefix(first) };
}

/** Stored hints for the target in this partition. */
export function hintsIn(target: NodeId, partition: number): StoreRange {
  const place = Buffer.allocUnsafe(2);
  place.writeUInt16BE(partition, 0);
  const from = Buffer.concat([hintsOf(target), place]);
  return { from, to: successorOfPrefix(from) };
}

/** Stored hints for the target beyond those of this bucket in this partition. */
export function hintsBeyond(target: NodeId, group: Omit<Address, 'key'>): StoreRange {
  const { partition, bucketNumber } = group;
  const from = successorOfPrefix(hintGroup(target, partition, bucketNumber));
  return { from, to: hintsFor(target, undefined).to };
}

/** Stored hints for targets whose hints come after this one's. */
export function hintsPast(target: NodeId): StoreRange {
  return { from: hintsFor(target, undefined).to, to: ALL_HINTS.to };
}

function hintGroup(target: NodeId, partition: number, bucketNumber: number): Buffer {
  const place = Buffer.allocUnsafe(8);
  place.writeUInt16BE(partition, 0);
  place.writeUIntBE(bucketNumber, 2, 6);
  return Buffer.concat([hintsOf(target), place]);
}

/** Names of nodes are of one byte a character, and fewer than 64. */
function hintsOf(target: NodeId): Buffer {
  return Buffer.concat([Uint8Array.of(TABLE.hints, target.length), Buffer.from(target, 'latin1')]);
}

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
