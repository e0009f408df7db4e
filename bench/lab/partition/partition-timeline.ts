/** E3: what clients on both sides of a partition are answered, before, during and after. */

import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { checkCutReplicas } from '../cut-quorums.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { LEVEL_NAMES } from '../levels.ts';
import { modesAt } from '../modes.ts';
import { sizeOf } from '../scale.ts';
import { type CutRound, type CutSizes, runCutRound } from './cut-round.ts';
import { findingsOf } from './partition-findings.ts';

const NODES = 5;

interface Sizes extends CutSizes {
  readonly rounds: number;
}

const SIZES = {
  tiny: {
    ...{ rounds: 1, beforeMs: 500, cutMs: 2_500, afterMs: 500 },
    ...{ readsPerS: 8, writesPerS: 4, keys: 3, timeoutMs: 600 },
  },
  small: {
    ...{ rounds: 2, beforeMs: 4_000, cutMs: 8_000, afterMs: 6_000 },
    ...{ readsPerS: 12, writesPerS: 8, keys: 6, timeoutMs: 1_000 },
  },
  full: {
    ...{ rounds: 7, beforeMs: 5_000, cutMs: 20_000, afterMs: 15_000 },
    ...{ readsPerS: 20, writesPerS: 12, keys: 12, timeoutMs: 1_000 },
  },
} satisfies Record<string, Sizes>;

/** A user's duration is that of each cut. */
export const partitionTimeline: Experiment = {
  id: 'E3',
  title: 'Both sides of a partition',
  question: 'What is each side of a partition answered in each mode, and how soon after it?',
  hypothesis:
    'A sloppy quorum goes on on both sides; strict quorums, paxos and raft go on where a majority ' +
    'is (raft after it has elected a leader) and answer nothing elsewhere; what was acknowledged ' +
    'on either side is there when the network is whole again, and paxos and raft are linearizable throughout.',
  nodes: NODES,
  takes: LEVEL_NAMES,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  if (lab.nodes < NODES)
    throw new Error(`E3 needs ${NODES} nodes: on both sides two have to be left`);
  checkCutReplicas('E3', lab);
  const { sloppy, strict, paxos, raft } = modesAt(lab);
  const modes = [sloppy, strict, paxos, raft];
  const { rounds, ...given } = sizeOf<Sizes>(lab.scale, SIZES);
  const sizes = { ...given, cutMs: lab.durationMs ?? given.cutMs };
  const random = new SeededRandom(lab.seed);
  const cluster = await startLabCluster(lab, { nodes: lab.nodes, modes });
  try {
    const done: CutRound[] = [];
    for (let round = 0; round < rounds; round++) {
      const onPhase = (what: string, share: number) => {
        lab.progress.at((round + share) / rounds, `partition ${round + 1} of ${rounds}: ${what}`);
      };
      const options = { modes, sizes, random: random.fork(), round, signal: lab.signal, onPhase };
      done.push(await runCutRound(cluster, options));
    }
    return findingsOf(done, { lab, modes, sizes });
  } finally {
    await cluster.kill();
  }
}
