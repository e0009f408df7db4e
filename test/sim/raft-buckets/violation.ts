/** Whether a recorded history of raft buckets is linearizable. */

import type { Operation } from '../../../src/checkers/history.ts';
import { checkHistory } from '../../../src/checkers/models.ts';
import { verdictText } from '../../../src/checkers/verdict-text.ts';

const CHECK_MS_MAX = 30_000;

/** For a person; also where the check could not decide. Undefined of a correct history. */
export function violationOf(history: readonly Operation[]): string | undefined {
  const now = () => performance.now();
  const startedAt = now();
  const result = checkHistory(history, 'versioned', { now, timeMs: CHECK_MS_MAX });
  if (result.verdict === 'ok') return undefined;
  return verdictText(result, {
    model: 'versioned',
    operations: history.length,
    keys: new Set(history.map(({ key }) => key)).size,
    tookMs: now() - startedAt,
    times: 'ms',
  });
}
