/** `--data`, the directory that a node, or a cluster to try things on, keeps its data in. */

import { statSync } from 'node:fs';
import { UsageError } from './exit.ts';

/** A path under which there is nothing yet is fine. */
export function refuseFileAsData(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw new UsageError(`--data ${path} is not a directory`);
}
