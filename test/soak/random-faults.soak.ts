/**
 * Many seeds of the random workload. `SEEDS` says how many, `FIRST_SEED` where to begin; a
 * failing seed is printed and replayed by `FIRST_SEED=n SEEDS=1 npm run test:soak`.
 */

import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { type RunReport, runWorkload } from '../sim/workload.ts';

const SEEDS = Number(process.env.SEEDS ?? 2_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const PROGRESS_EVERY = 500;

it(`${SEEDS} seeds from ${FIRST_SEED} on lose nothing`, async () => {
  const startedAt = performance.now();
  const failures: string[] = [];
  const reports: RunReport[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const report = await runWorkload(seed);
    reports.push(report);
    for (const violation of report.violations) failures.push(`seed ${seed}: ${violation}`);
    if (reports.length % PROGRESS_EVERY === 0) {
      console.log(`${reports.length} seeds, ${failures.length} violations`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const sum = (count: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  console.log(
    `${SEEDS} seeds in ${seconds.toFixed(1)} s (${(SEEDS / seconds).toFixed(0)} a second): ` +
      `${sum((r) => r.acknowledged)} acknowledged, ${sum((r) => r.unknown)} unknown, ` +
      `${sum((r) => r.failed)} failed writes; ${failures.length} violations`,
  );
  expect(failures).toEqual([]);
});
