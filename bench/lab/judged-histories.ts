/** Histories of a run, judged; of those in which something was found, a timeline. */

import { runChecks, verdictOf } from '../../src/checkers/checks.ts';
import { timelinePage } from '../../src/checkers/timeline/page.ts';
import { violationText } from '../../src/checkers/verdict-text.ts';
import type { Recorded } from './experiment.ts';
import type { RunFolder } from './run-folder.ts';

export interface JudgedHistory {
  readonly name: string;
  readonly operations: number;
  readonly checks: readonly string[];
  readonly expected: Recorded['expected'];
  readonly verdict: 'ok' | 'violation' | 'unknown';
  /** The first thing that was found, for a person. */
  readonly violation?: string;
  /** Files of the run's folder. */
  readonly file: string;
  readonly timeline?: string;
}

/** For one check of one history. */
const CHECK_MS_MAX = 60_000;

/** Writes the files of one history, and says what is in it. */
export async function keepJudged(recorded: Recorded, folder: RunFolder): Promise<JudgedHistory> {
  const { name, history, checks, expected } = recorded;
  const reports = runChecks(history, {
    checks,
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  const violation = violationText(reports, { history, times: 'ms' });
  const file = await folder.writeHistory(recorded);
  const judged = {
    name,
    operations: history.operations.length,
    checks,
    expected,
    verdict: worstOf(reports.map(verdictOf)),
    file,
  };
  if (violation === undefined) return judged;
  const timeline = `${name}.timeline.html`;
  await folder.write(timeline, timelinePage(reports, { history, times: 'ms' }));
  return { ...judged, violation, timeline };
}

function worstOf(verdicts: readonly JudgedHistory['verdict'][]): JudgedHistory['verdict'] {
  if (verdicts.includes('violation')) return 'violation';
  return verdicts.includes('unknown') ? 'unknown' : 'ok';
}
