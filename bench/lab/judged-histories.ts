/** Histories of a run, judged; of those in which something was found, a timeline. */

import { timelinePage } from '../../src/checkers/timeline/page.ts';
import type { Recorded } from './experiment.ts';
import { judged } from './judging.ts';
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

/** Writes the files of one history, and says what is in it. */
export async function keepJudged(recorded: Recorded, folder: RunFolder): Promise<JudgedHistory> {
  const { name, history, checks, expected } = recorded;
  const { verdict, text: violation, reports } = judged(recorded);
  const file = await folder.writeHistory(recorded);
  const about = {
    name,
    operations: history.operations.length,
    checks,
    expected,
    verdict,
    file,
  };
  if (violation === undefined) return about;
  const timeline = `${name}.timeline.html`;
  await folder.write(timeline, timelinePage(reports, { history, times: 'ms' }));
  return { ...about, violation, timeline };
}
