/** What a run found, for a terminal. */

import { tableText } from '../../../src/cli/table-text.ts';
import type { Results } from '../run-folder.ts';

export function verdictText({ summary, claims, tables }: Results): string {
  const lines = claims.map(({ text, holds, evidence }) => [holds ? 'yes' : 'NO', text, evidence]);
  const parts = tables.map(({ title, head, rows }) => `${title}\n${tableText(head, rows)}`);
  return [summary, tableText(['holds', 'what theory says', 'what was seen'], lines), ...parts].join(
    '\n\n',
  );
}
