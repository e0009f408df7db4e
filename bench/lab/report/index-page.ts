/** All runs beside each other: one page of HTML that needs nothing else. */

import type { Results } from '../run-folder.ts';

export function indexPage(
  runs: readonly { readonly folder: string; readonly results: Results }[],
): string {
  return `<!doctype html>\n<title>${runs.length} runs</title>\n`;
}
