/**
 * The records of a backup, read from its files: those of one key from all copies together, rising
 * by partition, bucket and key. Memory holds a block of each file.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import {
  BLOCK_HEADER_BYTES,
  type CopiedRecord,
  type CopyBlock,
  type CopyHead,
  type CopyPart,
  compareRecords,
  decodeBlock,
  mergedRecords,
  payloadBytes,
} from '../kernel/backup-copy.ts';
import { DecodeError } from '../kernel/bytes.ts';
import type { BackedUpNode, Section } from './backup-manifest.ts';

/** What several copies have of one key. */
export interface CopiesOfKey extends Omit<CopiedRecord, 'content'> {
  readonly contents: readonly Uint8Array[];
}

/** Throws `Error` that names the file where one is damaged. */
export function* copiesByKey(
  directory: string,
  nodes: readonly BackedUpNode[],
  parts: readonly CopyPart[],
): Generator<CopiesOfKey> {
  const sources = nodes.flatMap(({ file, sections }) =>
    parts.map((part) => recordsOfSection(join(directory, file), sections[part])),
  );
  let last: CopiedRecord | undefined;
  let contents: Uint8Array[] = [];
  for (const record of mergedRecords(sources)) {
    if (last !== undefined && compareRecords(last, record) !== 0) {
      yield { ...last, contents };
      contents = [];
    }
    contents.push(record.content);
    last = record;
  }
  if (last !== undefined) yield { ...last, contents };
}

/** Whose copy the file is, and of when. Throws `Error` that names the file where it is damaged. */
export function headOfCopy(path: string): CopyHead {
  const [first] = blocksOfSection(path, [0, 1]);
  if (first?.kind === 'head') return first.head;
  throw new Error(`${path} is damaged: it does not begin with its head`);
}

function* recordsOfSection(path: string, section: Section): Generator<CopiedRecord> {
  for (const block of blocksOfSection(path, section)) {
    if (block.kind === 'records') yield* block.records;
  }
}

/** Those that begin in the section. */
function* blocksOfSection(path: string, [from, to]: Section): Generator<CopyBlock> {
  if (from === to) return;
  const fd = openSync(path, 'r');
  try {
    for (let at = from; at < to; ) {
      const header = readAt(fd, at, BLOCK_HEADER_BYTES);
      const block = readAt(fd, at, BLOCK_HEADER_BYTES + payloadBytes(header));
      yield decodeBlock(block);
      at += block.length;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Error(`${path} is damaged: it ${error.message}`);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const more = readSync(fd, bytes, read, length - read, at + read);
    if (more === 0) throw new DecodeError('is cut short');
    read += more;
  }
  return bytes;
}
