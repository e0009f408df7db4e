/**
 * Many seeds of the workload on a ring that changes, and the long scenarios of the model of a
 * move. `SEEDS` says how many, `FIRST_SEED` where to begin; a failing seed is printed and
 * replayed by `FIRST_SEED=n SEEDS=1 npm run test:soak -- ring-moves`.
 */

import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { printCounterexample, summarize } from '../model/ring-moves/counterexample.ts';
import { DynamoModel, type DynamoScenario } from '../model/ring-moves/dynamo-path.ts';
import { longDynamoScenarios } from '../model/ring-moves/dynamo-scenarios.ts';
import { explore, type Model } from '../model/ring-moves/explorer.ts';
import { PaxosModel, type PaxosScenario } from '../model/ring-moves/paxos-path.ts';
import { longPaxosScenarios } from '../model/ring-moves/paxos-scenarios.ts';
import { allRules } from '../model/ring-moves/rules.ts';
import { addCounts, countsText } from '../sim/counts.ts';
import { newRingCounts, runRingWorkload } from '../sim/ring-moves/ring-workload.ts';

const SEEDS = Number(process.env.SEEDS ?? 300);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const PROGRESS_EVERY = 50;
const FAILURES_MAX = 10;
const STATES_MAX = 12_000_000;

it(`${SEEDS} seeds from ${FIRST_SEED} on lose nothing while the ring changes`, async () => {
  const startedAt = performance.now();
  const failures: string[] = [];
  const counts = newRingCounts();
  let run = 0;
  for (; run < SEEDS && failures.length < FAILURES_MAX; run++) {
    const seed = FIRST_SEED + run;
    const report = await runRingWorkload(seed);
    addCounts(counts, report.counts);
    const [violation] = report.violations;
    if (violation !== undefined) {
      failures.push(`seed ${seed}: ${violation} (${report.violations.length} in all)`);
      console.log(failures.at(-1));
    }
    if (run % PROGRESS_EVERY === PROGRESS_EVERY - 1) {
      console.log(`${run + 1} seeds, ${failures.length} failures`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${run} seeds in ${seconds.toFixed(0)} s: ${countsText(counts)}`);
  expect(failures).toEqual([]);
});

describe('the model of a move, explored to the end', () => {
  const models: readonly Model[] = [
    ...Object.entries<DynamoScenario>(longDynamoScenarios).map(
      ([name, scenario]) => new DynamoModel(name, scenario, allRules),
    ),
    ...Object.entries<PaxosScenario>(longPaxosScenarios).map(
      ([name, scenario]) => new PaxosModel(name, scenario, allRules),
    ),
  ];

  it.each(models.map((model) => [model.name, model] as const))('%s', (_, model) => {
    const exploration = explore(model, STATES_MAX);
    console.log(summarize(exploration));
    expect(exploration.violation, printCounterexample(exploration)).toBeUndefined();
  });
});
