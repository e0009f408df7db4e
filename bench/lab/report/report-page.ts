/** The report of a run: one page of HTML that needs nothing else. */

import type { Results } from '../run-folder.ts';

export function reportPage(results: Results): string {
  return `<!doctype html>\n<title>${results.about.title}</title>\n`;
}
