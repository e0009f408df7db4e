/** E10: crashes, lost disks, pauses, wrong clocks, nodes that join and leave, under load. */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { agreedLeader } from '../../group-watch.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { LEVEL_NAMES } from '../levels.ts';
import { modesAt } from '../modes.ts';
import { sizeOf } from '../scale.ts';
import { findingsOf } from './failure-findings.ts';
import { type FailurePhase, type FailureSizes, runFailurePhase } from './failure-phase.ts';
import type { StrikeName } from './strikes.ts';

interface Sizes extends FailureSizes {
  readonly strikes: readonly StrikeName[];
}

const ALL = ['crash', 'pause', 'clock skew', 'join', 'leave', 'disk loss'] as const;

const SIZES = {
  tiny: {
    ...{ strikes: ['crash', 'disk loss'], beforeMs: 300, lastsMs: 1_000, afterMs: 700 },
    ...{ readsPerS: 8, writesPerS: 4, keys: 3, timeoutMs: 1_000 },
  },
  small: {
    ...{ strikes: ALL, beforeMs: 1_500, lastsMs: 4_000, afterMs: 2_500 },
    ...{ readsPerS: 20, writesPerS: 10, keys: 8, timeoutMs: 1_000 },
  },
  full: {
    ...{ strikes: [...ALL, ...ALL, ...ALL], beforeMs: 3_000, lastsMs: 10_000, afterMs: 8_000 },
    ...{ readsPerS: 20, writesPerS: 10, keys: 16, timeoutMs: 1_000 },
  },
} satisfies Record<string, Sizes>;

/** A user's duration is that of each crash, pause and wrong clock. */
export const failures: Experiment = {
  id: 'E10',
  title: 'Failures under load',
  question:
    'What do crashes, lost disks, pauses, wrong clocks, joins and leaves cost, and is anything lost?',
  hypothesis:
    'One node may fail in any of these ways, one after the other, and no acknowledged write is lost; ' +
    'what fails is a short time in which nobody has noticed yet, or the metadata group elects a leader.',
  nodes: 5,
  takes: LEVEL_NAMES,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  if (lab.nodes < 3) throw new Error('E10 needs three nodes: one of three replicas may be gone');
  if (lab.n === 1) throw new Error('E10 needs two replicas of each key: one of them may be gone');
  const { sloppy, strict, paxos, raft } = modesAt(lab);
  const modes = [sloppy, strict, paxos, raft];
  const { strikes, ...given } = sizeOf<Sizes>(lab.scale, SIZES);
  const sizes = { ...given, lastsMs: lab.durationMs ?? given.lastsMs };
  const random = new SeededRandom(lab.seed);
  const { signal } = lab;
  const cluster = await startLabCluster(lab, { nodes: lab.nodes, modes });
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const phases: FailurePhase[] = [];
  try {
    for (const [i, strike] of strikes.entries()) {
      const victim = await victimOf(strike, cluster, random);
      lab.progress.at(i / strikes.length, strike);
      const options = {
        number: i + 1,
        strike,
        victim,
        modes,
        sizes,
        random: random.fork(),
        now,
        signal,
      };
      phases.push(await runFailurePhase(cluster, options));
    }
    return findingsOf(phases, { lab, modes, sizes });
  } finally {
    await cluster.kill();
  }
}

/** The leader has most to lose; who came last leaves; any disk may be lost. */
async function victimOf(
  strike: StrikeName,
  cluster: LocalCluster,
  random: SeededRandom,
): Promise<string> {
  const running = cluster.nodes.filter(({ isRunning }) => isRunning).map(({ name }) => name);
  if (strike === 'leave') return running.at(-1) as string;
  if (strike === 'disk loss') return random.pick(running);
  return agreedLeader(running.map((name) => cluster.client(name)));
}
