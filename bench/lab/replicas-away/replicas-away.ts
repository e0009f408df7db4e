/** E4: sloppy quorums against strict ones, with and without hints, while replicas are away. */

import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { type AskedLevels, LEVEL_NAMES, levelsFrom } from '../levels.ts';
import { modesAt } from '../modes.ts';
import { sizeOf } from '../scale.ts';
import { findingsOf } from './away-findings.ts';
import { type AwaySizes, runAwayRound, type Variant, type VariantRound } from './away-round.ts';

const NODES = 5;

/** Of a partition, beside the replicas of its keys. */
const OTHERS = 2;

interface Sizes extends AwaySizes {
  /** How many replicas, one round each; left out: each number of them. */
  readonly away?: readonly number[];
}

const SIZES = {
  tiny: { away: [0, 2], writes: 10, writesPerS: 40, readsPerS: 40, timeoutMs: 1_000 },
  small: { writes: 60, writesPerS: 40, readsPerS: 40, timeoutMs: 1_000 },
  full: { writes: 500, writesPerS: 50, readsPerS: 50, timeoutMs: 1_000 },
} satisfies Record<string, Sizes>;

/** Each cluster, and the variants that are measured on it at the same time. */
function clustersAt(asked: AskedLevels): readonly {
  readonly directory: string;
  readonly startOptions: readonly string[];
  readonly variants: readonly Variant[];
}[] {
  const { sloppy, strict } = modesAt(asked);
  return [
    {
      directory: 'hints',
      startOptions: [],
      variants: [
        { name: 'sloppy, hints', mode: sloppy },
        { name: 'strict', mode: strict },
      ],
    },
    {
      directory: 'no-hints',
      startOptions: ['--hint-bytes-max', '0'],
      variants: [{ name: 'sloppy, no hints', mode: sloppy }],
    },
  ];
}

/** A user's duration is left aside: how long it takes follows from the writes. */
export const replicasAway: Experiment = {
  id: 'E4',
  title: 'Replicas away: sloppy and strict quorums, with and without hints',
  question:
    'What do sloppy quorums and hints buy while replicas of a key are away, and what do they cost?',
  hypothesis:
    'With hints a sloppy quorum takes writes as long as any two nodes are there; a strict one, or ' +
    'one without hints, needs two of the three replicas. In return R+W>N promises nothing any ' +
    'more: who reads from replicas that were away misses what others keep for them, until it is handed over.',
  nodes: NODES,
  takes: LEVEL_NAMES,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const levels = levelsFrom(lab);
  const { n } = levels;
  if (lab.nodes < n + OTHERS)
    throw new Error(`E4 needs ${n + OTHERS} nodes: ${OTHERS} beside ${n} replicas`);
  const { away: some, ...sizes } = sizeOf<Sizes>(lab.scale, SIZES);
  const away = some?.filter((count) => count <= n) ?? Array.from({ length: n + 1 }, (_, i) => i);
  const clusters = clustersAt(lab);
  const rounds: VariantRound[] = [];
  const total = clusters.length * away.length;
  let done = 0;
  for (const { directory, startOptions, variants } of clusters) {
    const modes = variants.map(({ mode }) => mode);
    const cluster = await startLabCluster(lab, {
      nodes: lab.nodes,
      modes,
      startOptions,
      directory,
    });
    try {
      for (const count of away) {
        lab.progress.at(
          done++ / total,
          `${variants.map(({ name }) => name).join('; ')}: ${count} away`,
        );
        const options = { modes, levels, away: count, sizes, signal: lab.signal };
        const round = await runAwayRound(cluster, options);
        rounds.push(...variants.map((variant) => ({ ...variant, round })));
      }
    } finally {
      await cluster.kill();
    }
  }
  return findingsOf(rounds, { lab, sizes });
}
