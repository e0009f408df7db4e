/** What a run found, for a terminal. */

import { tableText } from '../../../src/cli/table-text.ts';
import type { Results } from '../run-folder.ts';
import { runVerdict } from './run-verdict.ts';

export function verdictText(results: Results): string {
  const { summary, claims, tables } = results;
  const { headline, surprises } = runVerdict(results);
  const lines = claims.map(({ text, holds, evidence }) => [holds ? 'yes' : 'NO', text, evidence]);
  const parts = tables.map(({ title, head, rows }) => `${title}\n${tableText(head, rows)}`);
  const judged = surprises.map(({ name, expected, verdict }) => [name, expected, verdict]);
  return [
    `${headline}. ${summary}`,
    tableText(['holds', 'what theory says', 'what was seen'], lines),
    ...(judged.length === 0 ? [] : [tableText(['history', 'theory says', 'verdict'], judged)]),
    ...parts,
  ].join('\n\n');
}
