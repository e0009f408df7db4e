/** `--data`, the directory that a node, or a cluster to try things on, keeps its data in. */

import { statSync } from 'node:fs';
import { UsageError } from './exit.ts';

/** A path under which there is nothing yet is fine. `asGiven` is how an error names it. */
export function refuseFileAsData(path: string, asGiven = `--data ${path}`): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw new UsageError(`${asGiven} is not a directory`);
}
