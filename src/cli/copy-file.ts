/**
 * The copy of one node on its way into a file of a backup, and out of it. The file has its name only
 * when all of it is on the disk: the last block counts what came before it.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { PRIVATE_FILE } from '../adapters/private-files.ts';
import {
  COPY_PARTS,
  type CopyEnd,
  type CopyHead,
  type CopyPart,
  type DamagedCopy,
  decodeBlock,
} from '../kernel/backup-copy.ts';
import { DecodeError } from '../kernel/bytes.ts';
import type { Section } from './backup-manifest.ts';

export interface WrittenCopy {
  readonly head: CopyHead;
  readonly end: CopyEnd;
  readonly bytes: number;
  readonly sha256: string;
  readonly sections: Readonly<Record<CopyPart, Section>>;
  readonly damaged: readonly DamagedCopy[];
}

/** More are counted and not named. */
const DAMAGED_NAMED_MAX = 1_000;

/**
 * Every block is checked on its way; the file is on the disk when this resolves, but for its name,
 * which the directory has to be flushed for. Throws `DecodeError` where the copy is damaged or not
 * whole, and leaves no file then.
 *
 * @param onBytes is told how many were written by then
 */
export async function writeCopy(
  blocks: AsyncIterable<Uint8Array>,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<WrittenCopy> {
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'wx', PRIVATE_FILE);
  try {
    const written = await copyInto(file, blocks, onBytes).finally(() => file.close());
    await rename(unfinished, path);
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** As `writeCopy`, into a file that is open and empty. */
export async function copyInto(
  file: Pick<FileHandle, 'write' | 'sync'>,
  blocks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<WrittenCopy> {
  const hash = createHash('sha256');
  const contents = new CopyContents();
  let bytes = 0;
  for await (const block of blocks) {
    contents.take(block, bytes);
    hash.update(block);
    // A disk that gets full may take the first part of a write, and fail only with the next one.
    for (let from = 0; from < block.length; ) {
      const { bytesWritten } = await file.write(block, from, block.length - from);
      from += bytesWritten;
    }
    bytes += block.length;
    onBytes(bytes);
  }
  const whole = contents.whole();
  await file.sync();
  return { ...whole, bytes, sha256: hash.digest('hex') };
}

/** Of a file as it is now. */
export async function hashOfFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What the blocks of a copy are, one after the other. */
class CopyContents {
  readonly #sections = new Map<CopyPart, Section>();
  readonly #records: Record<CopyPart, number> = { objects: 0, hints: 0, registers: 0, values: 0 };
  readonly #damaged: DamagedCopy[] = [];
  #damagedCount = 0;
  #head: CopyHead | undefined;
  #end: CopyEnd | undefined;

  take(bytes: Uint8Array, at: number): void {
    const block = decodeBlock(bytes);
    if (this.#end !== undefined) throw new DecodeError('goes on behind its end');
    if ((this.#head === undefined) !== (block.kind === 'head')) {
      throw new DecodeError('does not begin with its head');
    }
    switch (block.kind) {
      case 'head':
        this.#head = block.head;
        break;
      case 'damaged':
        this.#damagedCount++;
        if (this.#damaged.length < DAMAGED_NAMED_MAX) this.#damaged.push(block.damaged);
        break;
      case 'records': {
        const [from] = this.#sections.get(block.part) ?? [at];
        this.#sections.set(block.part, [from, at + bytes.length]);
        this.#records[block.part] += block.records.length;
        break;
      }
      case 'end':
        this.#end = block.end;
    }
  }

  whole(): Pick<WrittenCopy, 'head' | 'end' | 'sections' | 'damaged'> {
    const head = this.#head;
    const end = this.#end;
    if (head === undefined || end === undefined) throw new DecodeError('broke off');
    for (const part of COPY_PARTS) {
      if (end.records[part] !== this.#records[part]) throw new DecodeError(`lacks some ${part}`);
    }
    if (end.damaged !== this.#damagedCount) throw new DecodeError('lacks some damaged records');
    const sectionOf = (part: CopyPart): Section => this.#sections.get(part) ?? [0, 0];
    const sections = {
      objects: sectionOf('objects'),
      hints: sectionOf('hints'),
      registers: sectionOf('registers'),
      values: sectionOf('values'),
    };
    return { head, end, sections, damaged: this.#damaged };
  }
}
