/** The file by which a restore goes on, and who may. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withProgressFile } from '../../../src/cli/restore-progress.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-progress-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the progress of a restore', () => {
  it('is read as it was written, until the restore has come to its end', async () => {
    await withProgressFile(folder, 'c', async (file) => {
      expect(file.read('b')).toBeUndefined();
      const begun = file.begin('b', 'c', ['carts']);
      expect(file.read('b')).toEqual(begun);
      expect(() => file.read('other')).toThrow('is not that of a restore of this backup');
      file.write({ ...begun, finishedAt: '2026-11-22T10:00:00.000Z' });
      expect(file.read('b')).toBeUndefined();
    });
  });

  it('is that of one restore into a cluster at a time', async () => {
    const nothing = async () => {};
    await withProgressFile(folder, 'c', async () => {
      const second = withProgressFile(folder, 'c', nothing);
      await expect(second).rejects.toThrow(
        `another restore into this cluster is at work here, process ${process.pid}: wait for its end`,
      );
      await withProgressFile(folder, 'another cluster', nothing);
    });
    await expect(
      withProgressFile(folder, 'c', async () => {
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    await withProgressFile(folder, 'c', nothing);
  });
});
