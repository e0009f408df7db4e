/** Histories of simulated clusters: what is put into them, and what is wrong with them. */

import { clockTexts, dotText } from '../../src/causality/dot-text.ts';
import { runChecks } from '../../src/checkers/checks.ts';
import type { History, Output } from '../../src/checkers/history.ts';
import type { ModelName } from '../../src/checkers/models.ts';
import { violationText } from '../../src/checkers/verdict-text.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import { textOf } from '../../src/kernel/bytes.ts';
import type { ReadResult } from '../../src/node/index.ts';

/** Long enough for the histories of one run. */
const CHECK_MS_MAX = 30_000;

/** For a person; empty where the checks find nothing. */
export function violationsOf(
  history: History,
  checks: readonly CheckName[],
  model?: ModelName,
): readonly string[] {
  const limits = { now: () => performance.now(), timeMs: CHECK_MS_MAX };
  const reports = runChecks(history, { ...limits, checks, ...(model && { model }) });
  const text = violationText(reports, { history, times: 'ms' });
  return text === undefined ? [] : [text];
}

/** What the read of a bucket that keeps siblings found. */
export function foundBy({ object }: Pick<ReadResult, 'object'>): Output {
  const { clock, siblings } = object;
  return {
    clock: clockTexts(clock),
    siblings: siblings.map(({ dot, value }) => ({ dot: dotText(dot), value: textOf(value) ?? '' })),
  };
}
