/**
 * How the log lies on disk: one record an entry, one for the hard state, one for the
 * snapshot's facts, each with a checksum, so that rot is found out and never applied.
 */

import { ByteReader, ByteWriter, DecodeError } from '../../kernel/bytes.ts';
import { StoreError } from '../../kernel/errors.ts';
import { hash64 } from '../../kernel/hash.ts';
import type { Configuration, Entry, HardState, MemberNo, SnapshotMeta } from '../../raft/entry.ts';

const FORMAT = 1;
const CHECKSUM_BYTES = 8;
const ENTRY_TYPES = ['command', 'configuration', 'empty'] as const;

/** The facts of a snapshot that lies on disk whole. */
export interface StoredSnapshot extends SnapshotMeta {
  readonly chunkCount: number;
}

export function encodeEntry(entry: Entry): Uint8Array {
  return sealed((writer) => {
    writer.u8(ENTRY_TYPES.indexOf(entry.type));
    writer.varint(entry.index);
    writer.varint(entry.term);
    if (entry.type === 'command') writer.bytes(entry.data);
    if (entry.type === 'configuration') writeConfiguration(writer, entry.configuration);
  });
}

export function decodeEntry(bytes: Uint8Array, index: number): Entry {
  return opened(bytes, `entry ${index} of the metadata log`, (reader) => {
    const type = ENTRY_TYPES[reader.u8()];
    const position = { index: reader.varint(), term: reader.varint() };
    if (position.index !== index) throw new DecodeError(`is entry ${position.index}`);
    switch (type) {
      case 'command':
        return { type, ...position, data: reader.bytes() };
      case 'configuration':
        return { type, ...position, configuration: readConfiguration(reader) };
      case 'empty':
        return { type, ...position };
      default:
        throw new DecodeError('has an unknown type');
    }
  });
}

export function encodeHardState({ term, vote, commit }: HardState): Uint8Array {
  return sealed((writer) => {
    writer.varint(term);
    writer.varint(vote);
    writer.varint(commit);
  });
}

export function decodeHardState(bytes: Uint8Array): HardState {
  return opened(bytes, 'the vote of the metadata log', (reader) => ({
    term: reader.varint(),
    vote: reader.varint(),
    commit: reader.varint(),
  }));
}

export function encodeSnapshot(snapshot: StoredSnapshot): Uint8Array {
  return sealed((writer) => {
    writer.varint(snapshot.index);
    writer.varint(snapshot.term);
    writeConfiguration(writer, snapshot.configuration);
    writer.varint(snapshot.chunkCount);
  });
}

export function decodeSnapshot(bytes: Uint8Array): StoredSnapshot {
  return opened(bytes, 'the snapshot of the metadata group', (reader) => ({
    index: reader.varint(),
    term: reader.varint(),
    configuration: readConfiguration(reader),
    chunkCount: reader.varint(),
  }));
}

/** Any bytes, with a checksum. */
export function encodeChunk(chunk: Uint8Array): Uint8Array {
  return sealed((writer) => writer.bytes(chunk));
}

export function decodeChunk(bytes: Uint8Array, what: string): Uint8Array {
  return opened(bytes, what, (reader) => reader.bytes());
}

function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  const { voters, outgoing, learners } = configuration;
  for (const list of [voters, outgoing, learners]) writeMembers(writer, list);
}

function writeMembers(writer: ByteWriter, members: readonly MemberNo[]): void {
  writer.varint(members.length);
  for (const member of members) writer.varint(member);
}

function readConfiguration(reader: ByteReader): Configuration {
  const voters = readMembers(reader);
  const outgoing = readMembers(reader);
  return { voters, outgoing, learners: readMembers(reader) };
}

function readMembers(reader: ByteReader): MemberNo[] {
  const count = reader.varint();
  if (count > reader.remaining) throw new DecodeError('is truncated');
  return Array.from({ length: count }, () => reader.varint());
}

function sealed(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FORMAT);
  write(writer);
  writer.u64(hash64(writer.view()));
  return writer.copy();
}

/** Throws `StoreError`: a group member that does not know what it said must not go on. */
function opened<Result>(
  bytes: Uint8Array,
  what: string,
  read: (reader: ByteReader) => Result,
): Result {
  try {
    const reader = new ByteReader(checked(bytes));
    if (reader.u8() !== FORMAT) throw new DecodeError('has an unknown format');
    const result = read(reader);
    reader.end();
    return result;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new StoreError(`${what} ${error.message}: ${WHAT_TO_DO}`);
  }
}

/** What the checksum vouches for: before that no length in it is believed. */
function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length < CHECKSUM_BYTES) throw new DecodeError('is truncated');
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  const checksum = new ByteReader(bytes.subarray(body.length)).u64();
  if (checksum !== hash64(body)) throw new DecodeError('fails its checksum');
  return body;
}

export const WHAT_TO_DO =
  'the metadata store is damaged, and this node must not vote or serve from it; bring it back as a new member, under a new name and with an empty directory';
