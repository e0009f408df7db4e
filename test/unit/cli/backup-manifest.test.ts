import { describe, expect, it } from 'vitest';
import {
  type BackupManifest,
  manifestOfText,
  manifestText,
} from '../../../src/cli/backup-manifest.ts';
import { blocksOf } from '../../../src/cli/block-stream.ts';
import { type CopyBlock, encodeBlock } from '../../../src/kernel/backup-copy.ts';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { aManifest } from './a-manifest.ts';

describe('the manifest of a backup', () => {
  it('is read as it was written', () => {
    expect(manifestOfText(manifestText(aManifest), 'm')).toEqual(aManifest);
  });

  it('is refused where a character was changed, or it is of another format', () => {
    const text = manifestText(aManifest);
    expect(() => manifestOfText(text.replace('carts', 'cards'), 'm')).toThrow(
      'm is damaged: it fails',
    );
    expect(() => manifestOfText(text.slice(0, -3), 'm')).toThrow('m is damaged: it is no JSON');
    const later = manifestText({ ...aManifest, format: 2 } as BackupManifest);
    expect(() => manifestOfText(later, 'm')).toThrow('m is of format 2, and this program reads 1');
  });
});

describe('blocks in pieces', () => {
  const end = { records: { objects: 0, hints: 0, registers: 0, values: 0 }, leased: 0, damaged: 0 };
  const blocks: readonly CopyBlock[] = Array.from({ length: 5 }, (_, leased) => ({
    kind: 'end',
    end: { ...end, leased },
  }));
  const bytes = Buffer.concat(blocks.map(encodeBlock));

  async function taken(size: number, upTo = bytes.length): Promise<readonly Uint8Array[]> {
    const pieces = async function* () {
      for (let at = 0; at < upTo; at += size) yield bytes.subarray(at, Math.min(upTo, at + size));
    };
    const found: Uint8Array[] = [];
    for await (const block of blocksOf(pieces())) found.push(Buffer.from(block));
    return found;
  }

  it.each([1, 2, 11, 12, 13, 100, 100_000])('of %i bytes are put together', async (size) => {
    expect(await taken(size)).toEqual(blocks.map((block) => Buffer.from(encodeBlock(block))));
  });

  it('that end within a block are refused', async () => {
    await expect(taken(50, bytes.length - 1)).rejects.toThrow(DecodeError);
    await expect(
      taken(50, bytes.length - encodeBlock(blocks[4] as CopyBlock).length + 3),
    ).rejects.toThrow('ends within a block');
  });
});
