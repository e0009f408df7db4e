/** A real disk that fills up and is freed again: a small file system of its own in memory. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { TransportError } from '../../src/kernel/errors.ts';
import { testClient, testNode, valuesOf } from './harness.ts';

const MIB = 1024 * 1024;
const VALUE = 'x'.repeat(200_000);

const mounted = (directory: string, options: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).status === 0;

/** Whether this user may mount at all. */
function mayMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'quorate-mount-'));
  const may = mounted(directory, 'size=64k');
  if (may) spawnSync('umount', [directory]);
  rmdirSync(directory);
  return may;
}

it.skipIf(!mayMount())(
  'ends the node with the reason; a start without any room is refused; with room again all that was acknowledged is there (skipped where nothing may be mounted)',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'quorate-disk-'));
    expect(mounted(disk, `size=${3 * MIB}`)).toBe(true);
    onTestFinished(() => {
      spawnSync('umount', ['--lazy', disk]);
      rmdirSync(disk);
    });
    const node = await testNode({ parentDirectory: disk });
    await node.start();
    const client = testClient(node.url);
    const acknowledged: string[] = [];
    const { ended } = node;
    await expect(async () => {
      for (let i = 0; i < 100; i++) {
        await client.put('full', `k${i}`, VALUE);
        acknowledged.push(`k${i}`);
      }
    }).rejects.toThrow(TransportError);
    expect(await ended).toEqual({ code: EXIT.fatal, signal: null });
    expect(await node.logTail()).toMatch(/a commit failed: .*; \d+ bytes are left on the disk of /);

    // To the last byte, and without the file that LMDB maps: it says so, and does not crash.
    await rm(join(node.dataDirectory, 'store', 'lock.mdb'));
    await writeFile(join(disk, 'fill'), Buffer.alloc(3 * MIB)).catch(() => {});
    const refusal = await node.start().catch((error: Error) => error.message);
    expect(refusal).toContain('ended while it started (exit code 1)');
    expect(refusal).toContain('ENOSPC');

    await rm(join(disk, 'fill'));
    spawnSync('mount', ['-o', `remount,size=${20 * MIB}`, disk]);
    await node.start();
    for (const key of acknowledged) {
      expect(valuesOf(await client.get('full', key))).toEqual([VALUE]);
    }
    await client.put('full', 'afterwards', VALUE);
  },
);
