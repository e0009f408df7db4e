/**
 * The copy that `quorate backup` makes of one node: the form in which it crosses, and lies in a
 * file.
 *
 *   block*: length u32 | xxh64 of the payload u64 | payload
 *   payload: kind u8 | content
 *
 * A block of kind `head` comes first and one of kind `end` last, both JSON; between them come the
 * records, part by part in the order of `COPY_PARTS`, and within a part by partition, bucket and
 * key. What does not end with `end` is not whole.
 *
 *   records: count | (partition | bucket number | key | content)*
 *
 * The content is that of the node's disk, with the checksum that it has there.
 */

import { ByteReader, ByteWriter, bufferOf, DecodeError, utf8 } from './bytes.ts';
import { hash64 } from './hash.ts';

export const COPY_FORMAT = 1;

/** By their places: only ever append. */
export const COPY_PARTS = ['objects', 'hints', 'registers', 'values'] as const;

export type CopyPart = (typeof COPY_PARTS)[number];

export interface CopiedRecord {
  /** 0 of values, which lie in none. */
  readonly partition: number;
  readonly bucketNumber: number;
  readonly key: Uint8Array;
  readonly content: Uint8Array;
}

export interface CopiedBucket {
  readonly name: string;
  readonly number: number;
  readonly mode: 'dynamo' | 'paxos' | 'raft';
  readonly n: number;
  readonly r: number | string;
  readonly w: number | string;
  readonly conflict: 'siblings' | 'lww';
  /** Null: values live for ever. */
  readonly ttlMs: number | null;
}

/** Tells whether a node removed anything since: see `CopyHead`. */
export interface RemovalMark {
  /** Of this start of the node. */
  readonly life: number;
  /** Records that it has deleted in it. */
  readonly deletes: number;
}

export interface CopyHead {
  readonly format: number;
  readonly clusterId: string;
  readonly node: string;
  readonly nodeNo: number;
  /** When the copy is of, by the wall clock of the node, ms since 1970. */
  readonly takenAt: number;
  /** At that moment. */
  readonly mark: RemovalMark;
  /** Of the last entry of the metadata log that the copy has. */
  readonly metadataIndex: number;
  /** All that was acknowledged by the metadata group before the copy was asked for is in it. */
  readonly metadataCurrent: boolean;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By partition, the names of all nodes that reads or writes ask. */
  readonly replicas: readonly (readonly string[])[];
  readonly members: readonly string[];
  /** Declared dead, and what only they had may still be salvaged. */
  readonly unsalvaged: readonly string[];
  readonly buckets: readonly CopiedBucket[];
}

export interface CopyEnd {
  readonly records: Readonly<Record<CopyPart, number>>;
  /** Of raft buckets, that go with their leases: left out. */
  readonly leased: number;
  /** That failed their checksum: left out, each in a block of its own. */
  readonly damaged: number;
}

export interface DamagedCopy {
  readonly part: CopyPart;
  readonly partition: number;
  readonly bucket: string;
  readonly keyBase64: string;
}

export type CopyBlock =
  | { readonly kind: 'head'; readonly head: CopyHead }
  | { readonly kind: 'records'; readonly part: CopyPart; readonly records: readonly CopiedRecord[] }
  | { readonly kind: 'damaged'; readonly damaged: DamagedCopy }
  | { readonly kind: 'end'; readonly end: CopyEnd };

const KIND = { head: 1, end: 2, damaged: 3 } as const;
/** The kind of a block of records, less the place of its part. */
const RECORDS = 16;

export const BLOCK_HEADER_BYTES = 12;

/** A block is full at so many bytes of records; one record may be larger. */
export const BLOCK_BYTES = 256 * 1024;

/** Of what no node sends: an object has at most 160 MiB (ports/transport.ts). */
export const BLOCK_BYTES_MAX = 192 * 1024 * 1024;

export function encodeBlock(block: CopyBlock): Uint8Array {
  const payload = payloadOf(block);
  const bytes = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeBigUInt64BE(hash64(payload), 4);
  bytes.set(payload, BLOCK_HEADER_BYTES);
  return bytes;
}

function payloadOf(block: CopyBlock): Uint8Array {
  const writer = new ByteWriter(block.kind === 'records' ? BLOCK_BYTES : 1_024);
  switch (block.kind) {
    case 'records':
      writer.u8(RECORDS + COPY_PARTS.indexOf(block.part));
      writer.varint(block.records.length);
      for (const { partition, bucketNumber, key, content } of block.records) {
        writer.varint(partition);
        writer.varint(bucketNumber);
        writer.bytes(key);
        writer.bytes(content);
      }
      return writer.view();
    case 'head':
      return document(writer, KIND.head, block.head);
    case 'damaged':
      return document(writer, KIND.damaged, block.damaged);
    case 'end':
      return document(writer, KIND.end, block.end);
  }
}

function document(writer: ByteWriter, kind: number, value: unknown): Uint8Array {
  writer.u8(kind);
  writer.raw(utf8(JSON.stringify(value)));
  return writer.view();
}

/** Length of the payload behind a block's header. Throws `DecodeError`. */
export function payloadBytes(header: Uint8Array): number {
  const length = bufferOf(header).readUInt32BE(0);
  if (length > 0 && length <= BLOCK_BYTES_MAX) return length;
  throw new DecodeError('has a block of a malformed length');
}

/** Records are views into the block. Throws `DecodeError` unless it is what was encoded. */
export function decodeBlock(block: Uint8Array): CopyBlock {
  const payload = block.subarray(BLOCK_HEADER_BYTES);
  if (payloadBytes(block) !== payload.length) throw new DecodeError('has a block cut short');
  if (bufferOf(block).readBigUInt64BE(4) !== hash64(payload)) {
    throw new DecodeError('fails its checksum');
  }
  const reader = new ByteReader(payload);
  const kind = reader.u8();
  switch (kind) {
    case KIND.head:
      return { kind: 'head', head: headOf(documentIn<CopyHead>(reader)) };
    case KIND.damaged:
      return { kind: 'damaged', damaged: documentIn<DamagedCopy>(reader) };
    case KIND.end:
      return { kind: 'end', end: documentIn<CopyEnd>(reader) };
  }
  const part = COPY_PARTS[kind - RECORDS];
  if (part === undefined) throw new DecodeError('has a block of an unknown kind');
  return { kind: 'records', part, records: recordsIn(reader) };
}

function recordsIn(reader: ByteReader): readonly CopiedRecord[] {
  const count = reader.varint();
  const records: CopiedRecord[] = [];
  for (let i = 0; i < count; i++) {
    const partition = reader.varint();
    const bucketNumber = reader.varint();
    const key = reader.bytes();
    records.push({ partition, bucketNumber, key, content: reader.bytes() });
  }
  reader.end();
  return records;
}

function headOf(head: CopyHead): CopyHead {
  if (head.format === COPY_FORMAT) return head;
  throw new DecodeError(`is of format ${head.format}, and this program reads ${COPY_FORMAT}`);
}

function documentIn<Document>(reader: ByteReader): Document {
  try {
    return JSON.parse(Buffer.from(reader.raw(reader.remaining)).toString('utf8')) as Document;
  } catch (error) {
    if (error instanceof SyntaxError) throw new DecodeError('has a malformed document');
    throw error;
  }
}

/** As records lie in a copy: by partition, bucket and key. */
export function compareRecords(a: CopiedRecord, b: CopiedRecord): number {
  return (
    a.partition - b.partition || a.bucketNumber - b.bucketNumber || Buffer.compare(a.key, b.key)
  );
}

/** The records of rising sources, rising: those of one key one after the other. */
export function* mergedRecords<Kind extends CopiedRecord>(
  sources: readonly Iterator<Kind>[],
): Generator<Kind> {
  const fronts = sources.flatMap((source) => {
    const { done, value } = source.next();
    return done === true ? [] : [{ source, record: value }];
  });
  while (fronts.length > 0) {
    const front = fronts.reduce((least, other) =>
      compareRecords(other.record, least.record) < 0 ? other : least,
    );
    yield front.record;
    const { done, value } = front.source.next();
    if (done === true) fronts.splice(fronts.indexOf(front), 1);
    else front.record = value;
  }
}
