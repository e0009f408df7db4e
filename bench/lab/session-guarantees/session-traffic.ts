/** Clients of one variant on a cluster for some time, and what the checkers say of it. */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { runChecks } from '../../../src/checkers/checks.ts';
import type { FaultWindow, History } from '../../../src/checkers/history.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import type { CheckName } from '../../../src/checkers/violation.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { HoppingClient, LAGGING, type Timed } from './hopping-client.ts';
import { JUDGED_BY, type SessionVariant } from './session-variants.ts';

export interface TrafficOptions {
  readonly cluster: LocalCluster;
  readonly random: SeededRandom;
  /** Its name, for its keys: each run has others. */
  readonly run: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  /** What is wrong with the lagging replica meanwhile. */
  readonly fault: string;
  readonly signal: AbortSignal;
}

export interface Traffic {
  readonly variant: SessionVariant;
  readonly history: History;
  readonly timed: readonly Timed[];
  readonly requests: number;
  readonly unavailable: number;
  /** Reads that were answered: those that can be violations. */
  readonly reads: number;
  readonly violations: Readonly<Record<string, number>>;
}

export const CLIENTS = 4;

export async function trafficOf(
  variant: SessionVariant,
  { cluster, random, run, seed, durationMs, timeoutMs, fault, signal }: TrafficOptions,
): Promise<Traffic> {
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const recorder = new Recorder(now);
  const clients = Array.from({ length: CLIENTS }, (_, process) => {
    const node = (name: string) => cluster.client(name);
    const own = { process, random: random.fork() };
    return new HoppingClient({ variant, run, recorder, node, now, timeoutMs, ...own });
  });
  const isOver = () => now() >= durationMs || signal.aborted;
  await Promise.all(clients.map((client) => client.ask(isOver)));
  signal.throwIfAborted();
  const window: FaultWindow = { fault, from: 0, until: now(), nodes: [LAGGING] };
  const history = {
    facts: { experiment: 'E7', seed, variant: variant.name, run },
    operations: recorder.operations,
    faults: [window],
  };
  const timed = clients.flatMap((client) => client.timed);
  return { variant, history, timed, ...tallyOf(history) };
}

function tallyOf(history: History) {
  const answered = history.operations.filter(({ outcome }) => outcome === 'ok');
  const reports = runChecks(history, {
    checks: JUDGED_BY,
    now: () => performance.now(),
    timeMs: Number.POSITIVE_INFINITY,
  });
  const violations: Partial<Record<CheckName, number>> = {};
  for (const report of reports) {
    if (report.check !== 'linearizable') violations[report.check] = report.violations.length;
  }
  return {
    requests: history.operations.length,
    unavailable: history.operations.length - answered.length,
    reads: answered.filter(({ op }) => op === 'read').length,
    violations,
  };
}
