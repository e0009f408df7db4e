/** E5: hints, read repair and anti-entropy, each on and off: how soon replicas agree again. */

import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { MODES } from '../modes.ts';
import { sizeOf } from '../scale.ts';
import { findingsOf } from './convergence-findings.ts';
import { type Mechanisms, mechanismsText, type VariantRound } from './mechanisms.ts';
import { type ReturnSizes, runReturnRound } from './return-round.ts';

/** What a cluster has; with and without read repair is a matter of each read. */
interface ClusterVariants extends Omit<Mechanisms, 'readRepair'> {
  readonly readRepair: readonly boolean[];
}

interface Sizes extends ReturnSizes {
  readonly clusters: readonly ClusterVariants[];
  /** Where something works in the background, at most; where nothing does. */
  readonly watchMs: number;
  readonly idleMs: number;
}

const BOTH = [false, true];
const NEITHER = { hints: false, antiEntropy: false, readRepair: BOTH };
const HINTS = { hints: true, antiEntropy: false, readRepair: BOTH };
const ALL: readonly ClusterVariants[] = [
  NEITHER,
  HINTS,
  { hints: false, antiEntropy: true, readRepair: BOTH },
  { hints: true, antiEntropy: true, readRepair: BOTH },
];

const SIZES = {
  tiny: {
    ...{ clusters: [NEITHER, { ...HINTS, readRepair: [false] }], watchMs: 20_000, idleMs: 2_500 },
    ...{ keys: 15, readsPerS: 40, lookMs: 250 },
  },
  small: {
    ...{ clusters: ALL, watchMs: 30_000, idleMs: 8_000 },
    ...{ keys: 150, readsPerS: 60, lookMs: 250 },
  },
  full: {
    ...{ clusters: ALL, watchMs: 60_000, idleMs: 30_000 },
    ...{ keys: 1_000, readsPerS: 200, lookMs: 500 },
  },
} satisfies Record<string, Sizes>;

/** A user's duration is that for which copies are looked at where nothing works in the background. */
export const convergence: Experiment = {
  id: 'E5',
  title: 'How replicas come to agree again',
  question:
    'How soon has a replica that was cut off what it missed, by which mechanism, and at what cost?',
  hypothesis:
    'Without any mechanism it never has it. Read repair mends what is read and nothing else, so ' +
    'what is left decays as keys are read by chance; hints and anti-entropy mend everything without a read.',
  nodes: 4,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  if (lab.nodes < 4)
    throw new Error('E5 needs four nodes: three replicas, and one that keeps hints');
  const { clusters, ...sizes } = sizeOf<Sizes>(lab.scale, SIZES);
  const random = new SeededRandom(lab.seed);
  const { signal } = lab;
  const rounds: VariantRound[] = [];
  const total = clusters.reduce((sum, { readRepair }) => sum + readRepair.length, 0);
  for (const { hints, antiEntropy, readRepair: choices } of clusters) {
    const cluster = await startLabCluster(lab, {
      nodes: lab.nodes,
      modes: [MODES.sloppy],
      startOptions: [
        ...(hints ? [] : ['--hint-bytes-max', '0']),
        ...(antiEntropy ? [] : ['--compare-every', 'never']),
      ],
      directory: `hints-${hints}-anti-entropy-${antiEntropy}`,
    });
    try {
      for (const readRepair of choices) {
        const on = { hints, readRepair, antiEntropy };
        lab.progress.at(rounds.length / total, mechanismsText(on));
        const isIdle = !hints && !antiEntropy;
        const watchMs = isIdle ? (lab.durationMs ?? sizes.idleMs) : sizes.watchMs;
        const name = `read-repair-${readRepair}`;
        const options = { name, readRepair, watchMs, sizes, random: random.fork(), signal };
        rounds.push({ on, round: await runReturnRound(cluster, options) });
      }
    } finally {
      await cluster.kill();
    }
  }
  return findingsOf(rounds, { lab, sizes });
}
