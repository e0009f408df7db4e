/** A process of a campaign: runs the seeds that it is told to, one after the other. */

import { CodeCoverage } from './code-coverage.ts';
import { countCommitRefusals } from './commit-refusals.ts';
import { drawScenario } from './draw-scenario.ts';
import type { Met } from './met.ts';
import { PROBES } from './probes.ts';
import { runScenario } from './run-scenario.ts';
import type { Done, Order } from './work.ts';

// Errors are part of every run, and what called what nobody reads here: a replay tells.
Error.stackTraceLimit = 0;

const coverage = new CodeCoverage(PROBES);
const commitRefusals = countCommitRefusals();

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// Nobody is left to hear what comes of it.
process.on('disconnect', () => process.exit());

async function carryOut(order: Order): Promise<Done | Met> {
  return order.type === 'run' ? run(order.seed) : counts();
}

async function run(seed: number): Promise<Done> {
  const startedAt = process.cpuUsage();
  const { violations, met, virtualMs } = await runScenario(drawScenario(seed));
  const { user, system } = process.cpuUsage(startedAt);
  return { violations, met, virtualMs, cpuMs: (user + system) / 1_000 };
}

/** Of this process, from its beginning to its end. */
function counts(): Met {
  return {
    ...coverage.counts(),
    'a write of another epoch was refused at the commit': commitRefusals(),
  };
}
