/** What the checkers say of a recorded history. */

import { type CheckReport, runChecks, verdictOf } from '../../src/checkers/checks.ts';
import { violationText } from '../../src/checkers/verdict-text.ts';
import type { Recorded } from './experiment.ts';

/** For one check of one history. */
const CHECK_MS_MAX = 60_000;

export interface Judgement {
  readonly verdict: 'ok' | 'violation' | 'unknown';
  /** Of the checks that count them; one for each other check that failed. */
  readonly violations: number;
  /** The first, for a person. */
  readonly text: string | undefined;
  readonly reports: readonly CheckReport[];
}

export function judged({ history, checks }: Pick<Recorded, 'history' | 'checks'>): Judgement {
  const reports = runChecks(history, {
    checks,
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  return {
    verdict: worstOf(reports.map(verdictOf)),
    violations: reports.reduce((sum, report) => sum + violationsIn(report), 0),
    text: violationText(reports, { history, times: 'ms' }),
    reports,
  };
}

function worstOf(verdicts: readonly Judgement['verdict'][]): Judgement['verdict'] {
  if (verdicts.includes('violation')) return 'violation';
  return verdicts.includes('unknown') ? 'unknown' : 'ok';
}

function violationsIn(report: CheckReport): number {
  if (report.check !== 'linearizable') return report.violations.length;
  return verdictOf(report) === 'violation' ? 1 : 0;
}
