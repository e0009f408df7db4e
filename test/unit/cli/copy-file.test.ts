/** A copy is in its file whole, or there is no such file. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInto, hashOfFile, writeCopy } from '../../../src/cli/copy-file.ts';
import { type CopyBlock, type CopyHead, encodeBlock } from '../../../src/kernel/backup-copy.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';

const head = { format: 1, node: 'n1' } as CopyHead;
const record = { partition: 0, bucketNumber: 1, key: utf8('k'), content: Buffer.alloc(300, 7) };
const counts = { objects: 2, hints: 0, registers: 0, values: 0 };
const damaged = { part: 'hints', partition: 1, bucket: 'carts', keyBase64: 'YQ==' } as const;
const COPY: readonly CopyBlock[] = [
  { kind: 'head', head },
  { kind: 'records', part: 'objects', records: [record] },
  { kind: 'records', part: 'objects', records: [record] },
  { kind: 'damaged', damaged },
  { kind: 'end', end: { records: counts, leased: 0, damaged: 1 } },
];
const BYTES = Buffer.concat(COPY.map(encodeBlock));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-copy-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function* sent(blocks: readonly CopyBlock[]): AsyncGenerator<Uint8Array> {
  for (const block of blocks) yield encodeBlock(block);
}

describe('a copy', () => {
  it('is in its file as it was sent', async () => {
    const path = join(folder, 'n1.copy');
    const told: number[] = [];
    const written = await writeCopy(sent(COPY), path, (bytes) => told.push(bytes));
    expect(readFileSync(path).equals(BYTES)).toBe(true);
    expect(written).toMatchObject({ ...(await hashOfFile(path)), damaged: [damaged] });
    expect([told.length, told.at(-1)]).toEqual([COPY.length, BYTES.length]);
    expect(readdirSync(folder)).toEqual(['n1.copy']);
  });

  it.each([0, 1, 2, 3, 4])('is none when only %i of its blocks came', async (count) => {
    const path = join(folder, 'n1.copy');
    await expect(writeCopy(sent(COPY.slice(0, count)), path, () => {})).rejects.toThrow(
      'broke off',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [1, 'lacks some objects'],
    [3, 'lacks some damaged records'],
  ])('is none without its block %i, which the last one counts', async (at, what) => {
    const path = join(folder, 'n1.copy');
    const others = COPY.filter((_, i) => i !== at);
    await expect(writeCopy(sent(others), path, () => {})).rejects.toThrow(what);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has no name before it is whole', async () => {
    const path = join(folder, 'n1.copy');
    const whileSent: boolean[] = [];
    await writeCopy(sent(COPY), path, () => whileSent.push(existsSync(path)));
    expect(whileSent).toEqual(COPY.map(() => false));
    await expect(
      writeCopy(sent(COPY), join(folder, 'no', 'folder', 'n1.copy'), () => {}),
    ).rejects.toThrow('ENOENT');
  });
});

/** A disk that takes so many bytes at a time, and so many in all. */
function disk(atOnce: number, inAll: number) {
  const taken: Buffer[] = [];
  let bytes = 0;
  const write = async (block: Uint8Array, from = 0, length = block.length - from) => {
    const room = Math.min(atOnce, inAll - bytes, length);
    if (room === 0) throw new Error('ENOSPC: no space left on device, write');
    taken.push(Buffer.from(block.subarray(from, from + room)));
    bytes += room;
    return { bytesWritten: room, buffer: block };
  };
  const file = { write, sync: async () => {} } as unknown as Pick<FileHandle, 'write' | 'sync'>;
  return { file, bytes: () => Buffer.concat(taken) };
}

describe('a disk that takes a part of what it is given', () => {
  it('is given the rest', async () => {
    const { file, bytes } = disk(7, BYTES.length);
    await copyInto(file, sent(COPY), () => {});
    expect(bytes().equals(BYTES)).toBe(true);
  });

  it('and is full then fails the copy, though only its last byte is missing', async () => {
    const { file } = disk(BYTES.length, BYTES.length - 1);
    await expect(copyInto(file, sent(COPY), () => {})).rejects.toThrow('ENOSPC');
  });
});
