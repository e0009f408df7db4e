/** A process of a campaign: runs the seeds that it is told to. */

import { addCounts } from '../counts.ts';
import { CodeCoverage } from './code-coverage.ts';
import { countCommitRefusals } from './commit-refusals.ts';
import { drawScenario } from './draw-scenario.ts';
import type { Met } from './met.ts';
import { PROBES } from './probes.ts';
import { runScenario } from './run-scenario.ts';
import type { Done, Failure, Order } from './work.ts';

// Errors are part of every run, and what called what nobody reads here: a replay tells.
Error.stackTraceLimit = 0;

const coverage = new CodeCoverage(PROBES);
const commitRefusals = countCommitRefusals();

process.on('message', (order: Order) => {
  carryOut(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function carryOut({ firstSeed, seeds }: Order): Promise<Done> {
  const failures: Failure[] = [];
  const met: Record<string, number> = {};
  let virtualMs = 0;
  const startedAt = process.cpuUsage();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const report = await runScenario(drawScenario(seed));
    addCounts(met, report.met);
    virtualMs += report.virtualMs;
    if (report.violations.length > 0) failures.push({ seed, violations: report.violations });
  }
  const { user, system } = process.cpuUsage(startedAt);
  const passed = seeds === 0 ? counts() : undefined;
  return { seeds, failures, met, virtualMs, cpuMs: (user + system) / 1_000, passed };
}

/** Of this process, from its beginning to its end. */
function counts(): Met {
  return {
    ...coverage.counts(),
    'a write of another epoch was refused at the commit': commitRefusals(),
  };
}
