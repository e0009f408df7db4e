/** What in a folder others than its owner could read or change. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ALL_BUT_OWNER = 0o077;

/** Paths, the folder among them. */
export async function openToOthers(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = [folder, ...names.map((name) => join(folder, name))];
  const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode));
  return paths.filter((_, at) => ((modes[at] ?? 0) & ALL_BUT_OWNER) !== 0);
}
