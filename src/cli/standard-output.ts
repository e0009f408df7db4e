/** Standard output of commands that print much, which may be a file on a disk that gets full. */

import { once } from 'node:events';
import { fstatSync, writeFileSync } from 'node:fs';

/**
 * Resolves when there is room for more. Throws where a file does not take all of it: the stream of
 * the process does not look at how much of a write a file took.
 */
export async function writeOut(text: string): Promise<void> {
  const { fd } = process.stdout;
  if (fstatSync(fd).isFile()) writeFileSync(fd, Buffer.from(text));
  else if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
