/**
 * Many seeds of the workload on paxos buckets. `SEEDS` says how many, `FIRST_SEED` where to
 * begin; a failing seed prints the line that runs it again. A large run that never met a rare
 * path fails too: it would prove nothing about it.
 */

import { randomInt } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { addCounts, countsText, neverMet } from '../sim/counts.ts';
import { NOTHING_MET } from '../sim/paxos/coverage.ts';
import { runWorkload } from '../sim/paxos/workload.ts';

vi.mock('../../src/repair/id-window.ts', () => import('../sim/paxos/id-window.ts'));

const SEEDS = Number(process.env.SEEDS ?? 2_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const PROGRESS_EVERY = 100;
const FAILURES_MAX = 20;
/** From so many seeds on, every path must have been met. */
const LARGE_RUN = 200;

it(`${SEEDS} seeds from ${FIRST_SEED} on are linearizable`, async () => {
  const startedAt = performance.now();
  const failures: string[] = [];
  const coverage = { ...NOTHING_MET };
  let run = 0;
  for (; run < SEEDS && failures.length < FAILURES_MAX; run++) {
    const report = await runWorkload(FIRST_SEED + run);
    addCounts(coverage, report.coverage);
    if (report.violation !== undefined) {
      failures.push(report.violation);
      console.log(report.violation);
    }
    if (run % PROGRESS_EVERY === PROGRESS_EVERY - 1) {
      console.log(`${run + 1} seeds, ${failures.length} violations`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${run} seeds in ${seconds.toFixed(1)} s (${(run / seconds).toFixed(1)} a second), ` +
      `${failures.length} violations\n${countsText(coverage)}`,
  );
  expect(failures).toEqual([]);
  if (SEEDS >= LARGE_RUN) expect(neverMet(coverage)).toEqual([]);
});
