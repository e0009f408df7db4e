/**
 * Many seeds of the simulated Raft group. `SEEDS` says how many, `FIRST_SEED` where to begin;
 * a failing seed prints the line that runs it again. A large run that never met a rare path
 * fails too: it would prove nothing about it.
 */

import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { addCounts, countsText, neverMet } from '../sim/counts.ts';
import { newCoverage } from '../sim/raft/coverage.ts';
import { replayLine, runGroup } from '../sim/raft/run-group.ts';

const SEEDS = Number(process.env.SEEDS ?? 5_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const PROGRESS_EVERY = 1_000;
const FAILURES_MAX = 20;
/** From so many seeds on, every path must have been met. */
const LARGE_RUN = 1_000;

it(`${SEEDS} seeds from ${FIRST_SEED} on agree on one log`, () => {
  const startedAt = performance.now();
  const failures: string[] = [];
  const coverage = newCoverage();
  let events = 0;
  let run = 0;
  for (; run < SEEDS && failures.length < FAILURES_MAX; run++) {
    const report = runGroup(FIRST_SEED + run);
    addCounts(coverage, report.coverage);
    events += report.events;
    if (report.violation !== undefined) {
      failures.push(report.violation);
      console.log(`${report.violation}\n  again: ${replayLine(report.seed)}`);
    }
    if (run % PROGRESS_EVERY === PROGRESS_EVERY - 1) {
      console.log(`${run + 1} seeds, ${failures.length} violations`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${run} seeds in ${seconds.toFixed(1)} s (${(run / seconds).toFixed(0)} a second, ` +
      `${(events / run).toFixed(0)} events each), ${failures.length} violations\n` +
      countsText(coverage),
  );
  expect(failures).toEqual([]);
  if (SEEDS >= LARGE_RUN) expect(neverMet(coverage)).toEqual([]);
});
