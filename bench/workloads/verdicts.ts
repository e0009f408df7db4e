/** What the checkers say of the rounds of a workload, as a row of the table. */

import { type CheckReport, checksOf, runChecks, verdictOf } from '../../src/checkers/checks.ts';
import type { History } from '../../src/checkers/history.ts';
import { UncheckableError } from '../../src/checkers/history-error.ts';
import { violationText } from '../../src/checkers/verdict-text.ts';
import type { CheckName } from '../../src/checkers/violation.ts';

/** For one check of one round. */
const CHECK_MS_MAX = 60_000;

export interface Verdict {
  /** Acknowledged, and not in what was read later. */
  readonly lost: number;
  /** Those that are lost among them. */
  readonly violations: number;
  /** Checks that did not come to an end. */
  readonly undecided: number;
  /** For a person; undefined: all is well. */
  readonly text: string | undefined;
}

export interface Counts {
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly failed: number;
}

/** @param checks of which those are left out for which there is too little in the history */
export function judge(history: History, checks: readonly CheckName[]): Verdict {
  const applying = checksOf({ ...history, facts: {} });
  const reports = runChecks(history, {
    checks: checks.filter((check) => applying.includes(check)),
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  const sum = (count: (report: CheckReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  return {
    lost: sum((report) => found(report).filter(({ text }) => /\bis lost\b/.test(text)).length),
    violations: sum((report) => {
      const { length } = found(report);
      return length > 0 || verdictOf(report) !== 'violation' ? length : 1;
    }),
    undecided: sum((report) => Number(verdictOf(report) === 'unknown')),
    text: violationText(reports, { history, times: 'ms' }),
  };
}

/** As `judge`; a history that cannot be judged is a violation, too. */
export function judgedOrRefused(history: History, checks: readonly CheckName[]): Verdict {
  try {
    return judge(history, checks);
  } catch (error) {
    if (!(error instanceof UncheckableError)) throw error;
    return { lost: 0, violations: 1, undecided: 0, text: error.message };
  }
}

export function countsOf({ operations }: Pick<History, 'operations'>): Counts {
  const count = (outcome: string) => operations.filter((one) => one.outcome === outcome).length;
  return {
    operations: operations.length,
    acknowledged: count('ok'),
    unknown: count('unknown'),
    failed: count('fail'),
  };
}

function found(report: CheckReport) {
  return report.check === 'linearizable' ? [] : report.violations;
}
