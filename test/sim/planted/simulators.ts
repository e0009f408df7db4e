/** Every simulator as a function of a seed, so that a bug can be searched for in any of them. */

import { GUARANTEES } from '../../../src/node/index.ts';
import { runWorkload as runPaxos } from '../paxos/workload.ts';
import { runGroup } from '../raft/run-group.ts';
import { runWorkload as runRaftBuckets } from '../raft-buckets/workload.ts';
import { drawScenario } from '../random/draw-scenario.ts';
import { runScenario } from '../random/run-scenario.ts';
import { runRingWorkload } from '../ring-moves/ring-workload.ts';
import { KEPT, runSessions, violationsOf } from '../session-workload.ts';
import { runWorkload as runKeys } from '../workload.ts';

/** @returns the first thing that was wrong */
type RunSeed = (seed: number) => Promise<string | undefined>;

const OPERATIONS_OF_A_SESSION = 25;

export const SIMULATORS = {
  /** Clusters, buckets of every mode and faults, all at random. */
  scenarios: async (seed) => (await runScenario(drawScenario(seed))).violations[0],
  /** Plain keys with fallbacks, deletes that are reaped, and a disk that is lost. */
  keys: async (seed) => (await runKeys(seed)).violations[0],
  sessions: runSession,
  'ring moves': async (seed) => (await runRingWorkload(seed)).violations[0],
  paxos: async (seed) => (await runPaxos(seed)).violation,
  /** The machine alone, between its own disks and links. */
  raft: async (seed) => runGroup(seed).violation,
  'raft buckets': async (seed) => (await runRaftBuckets(seed)).violation,
} satisfies Record<string, RunSeed>;

export type SimulatorName = keyof typeof SIMULATORS;

async function runSession(seed: number): Promise<string | undefined> {
  const guarantee = GUARANTEES[seed % GUARANTEES.length] as (typeof GUARANTEES)[number];
  const sloppy = seed % 2 === 0;
  const { history } = await runSessions({
    ...{ seed, guarantee, sloppy },
    operations: OPERATIONS_OF_A_SESSION,
  });
  const [violation] = violationsOf(history, KEPT[guarantee]);
  return violation && `${violation.check} of ${violation.key}: ${violation.text}`;
}
