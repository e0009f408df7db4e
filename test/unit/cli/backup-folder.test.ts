/** A folder is a backup, or there is nothing of one in it. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asBackup, demandEmpty } from '../../../src/cli/backup-folder.ts';
import { readManifest } from '../../../src/cli/backup-manifest.ts';
import { aManifest } from './a-manifest.ts';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'quorate-folder-'));
  folder = join(parent, 'of', 'mondays', 'monday');
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

function writeCopyOf(node: string): void {
  writeFileSync(join(folder, `${node}.copy`), 'copied');
}

async function written() {
  writeCopyOf('n1');
  return aManifest;
}

describe('the folder of a backup', () => {
  it('has the manifest when all else is there', async () => {
    await asBackup(folder, async () => {
      expect(() => readManifest(folder)).toThrow('is no backup that came to its end');
      return written();
    });
    expect(readdirSync(folder)).toEqual(['manifest.json', 'n1.copy']);
    expect(readManifest(folder)).toEqual(aManifest);
  });

  it('keeps nothing of a backup that failed, and may be used again', async () => {
    const failing = asBackup(folder, async () => {
      await written();
      throw new Error('ENOSPC: no space left on device, write');
    });
    await expect(failing).rejects.toThrow('ENOSPC');
    expect(readdirSync(folder)).toEqual([]);
    await asBackup(folder, written);
  });

  it('is that of one backup: a second one writes nothing into it, and takes nothing away', async () => {
    await asBackup(folder, async () => {
      await written();
      await expect(asBackup(folder, written)).rejects.toThrow('another backup is written into it');
      return aManifest;
    });
    expect(() => demandEmpty(folder)).toThrow('is not empty');
    await expect(asBackup(folder, written)).rejects.toThrow('is not empty');
    expect(readdirSync(folder)).toEqual(['manifest.json', 'n1.copy']);
  });
});
