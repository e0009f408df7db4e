/** Where modules are that run in a process of their own, or are preloaded into one. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file in dist/ of one of the entries of cluster/build.mjs. It is looked for from the top of
 * the package, since this module may be run as source or be part of any file in dist/.
 * @param entry as it is called there, such as `src/cli/main`
 * @returns an absolute path
 */
export function compiledModule(entry: string): string {
  let top = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(top, 'package.json'))) top = dirname(top);
  return join(top, 'dist', `${entry}.js`);
}
