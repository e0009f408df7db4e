/** What the history of a run proves, by every check that its configuration promises to pass. */

import { checksOf, runChecks } from '../../../src/checkers/checks.ts';
import type { History } from '../../../src/checkers/history.ts';
import type { CheckName } from '../../../src/checkers/violation.ts';
import { KEPT } from '../session-workload.ts';
import type { Configuration } from './scenario.ts';

const CHECK_MS_MAX = 20_000;
const ALWAYS: readonly CheckName[] = ['linearizable', 'losses', 'contents', 'convergence'];

/** The history with the names of the checks that it is meant to pass. */
export function toBeJudged(history: History, { buckets }: Configuration): History {
  const promised = buckets.flatMap(({ guarantee }) => (guarantee ? KEPT[guarantee] : []));
  const meant = new Set<CheckName>([...ALWAYS, ...promised]);
  const checks = checksOf(history).filter((check) => meant.has(check));
  return { ...history, facts: { ...history.facts, checks } };
}

/** Also where a check could not decide. */
export function violationsIn(history: History): readonly string[] {
  const limits = { now: () => performance.now(), timeMs: CHECK_MS_MAX };
  return runChecks(history, limits).flatMap((report) => {
    if (report.check !== 'linearizable') {
      return report.violations.map(({ check, key, text, operations }) => {
        const shown = operations.map((at) => JSON.stringify(history.operations[at]));
        return [`${check} of ${key}: ${text}`, ...shown].join('\n    ');
      });
    }
    const { result } = report;
    return result.verdict === 'ok' ? [] : [`linearizable: ${JSON.stringify(result)}`];
  });
}
