/**
 * The folder that a backup is written into: all of it or nothing. The manifest comes last, and its
 * unfinished file is there from the beginning, so that two backups do not write into one folder.
 */

import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PRIVATE_DIRECTORY, PRIVATE_FILE } from '../adapters/private-files.ts';
import { syncDirectory } from '../adapters/sync-directory.ts';
import { type BackupManifest, isCopy, MANIFEST_FILE, manifestText } from './backup-manifest.ts';
import { UsageError } from './exit.ts';

const UNFINISHED = `${MANIFEST_FILE}.new`;
const OF_MANIFEST = [MANIFEST_FILE, UNFINISHED];

/** Throws `UsageError` where there is something in it. */
export function demandEmpty(folder: string, allowed: readonly string[] = []): void {
  const found = namesIn(folder).filter((name) => !allowed.includes(name));
  if (found.length === 0) return;
  throw new UsageError(`--out ${folder} is not empty: give each backup a folder of its own`);
}

/**
 * What `write` has left there is a backup when this resolves. Where it fails, or the disk is full,
 * nothing of it is left.
 */
export async function asBackup(
  folder: string,
  write: () => Promise<BackupManifest>,
): Promise<BackupManifest> {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_DIRECTORY });
  claim(folder);
  try {
    const manifest = await write();
    // The names of the copies are on the disk before that of the manifest.
    syncDirectory(folder);
    await writeFile(join(folder, UNFINISHED), manifestText(manifest), { flush: true });
    renameSync(join(folder, UNFINISHED), join(folder, MANIFEST_FILE));
    syncDirectory(folder);
    syncDirectory(dirname(folder));
    return manifest;
  } catch (error) {
    const written = namesIn(folder).filter((name) => isCopy(name) || OF_MANIFEST.includes(name));
    for (const name of written) rmSync(join(folder, name), { force: true });
    throw error;
  }
}

function claim(folder: string): void {
  const path = join(folder, UNFINISHED);
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${folder} is not empty: another backup is written into it, or was cut short`);
  }
  try {
    demandEmpty(folder, [UNFINISHED]);
  } catch (error) {
    rmSync(path);
    throw error;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
