/**
 * E6. Clients add to shared sets that are kept as siblings, and to others where the last write
 * wins: with nothing but each other in their way, with a partition, and with a wrong clock.
 *
 * It needs three nodes, so that each is a replica of every key: a number of nodes that a user
 * asks for is not looked at. A duration is that of a round.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { FaultWindow } from '../../../src/checkers/history.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { sizeOf } from '../scale.ts';
import { CONDITIONS, type Condition, POLICIES } from './conditions.ts';
import { setFindings } from './set-findings.ts';
import { FIRST_SIDE, OTHER_SIDE, SetRound } from './set-round.ts';

const NODES = 3;
const SKEW_MS = 3_600_000;
const ROUND_MS_MAX = 60_000;

export const sharedSets: Experiment = {
  id: 'E6',
  title: 'Siblings against last write wins',
  question: 'How many acknowledged additions to shared sets does each conflict policy lose?',
  hypothesis:
    'Siblings keep what was written at the same time side by side until a client has merged it, so nothing that was acknowledged is lost, whatever links and clocks do. Where the last write wins one of two concurrent writes is dropped, though both were acknowledged: clients that read, add and write lose what others added meanwhile, a partition loses all that the losing side added, and a node whose clock is ahead wins against more than its share.',
  nodes: NODES,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const { repeats, durationMs } = sizeOf(lab.scale, {
    tiny: { repeats: 1, durationMs: 500 },
    small: { repeats: 3, durationMs: 3_000 },
    full: { repeats: 10, durationMs: 8_000 },
  });
  const roundMs = lab.durationMs ?? durationMs;
  const cluster = await startLabCluster(lab, { nodes: NODES, modes: POLICIES });
  try {
    const startedAt = performance.now();
    const run: SetRun = {
      lab,
      cluster,
      random: new SeededRandom(lab.seed),
      now: () => performance.now() - startedAt,
      roundMs,
    };
    const rounds: SetRound[] = [];
    const faults: FaultWindow[] = [];
    for (const [at, condition] of CONDITIONS.entries()) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        const share = (at + repeat / repeats) / CONDITIONS.length;
        lab.progress.at(0.9 * share, `${condition.title}, round ${repeat + 1} of ${repeats}`);
        const made = await roundOf(run, condition, repeat);
        rounds.push(...made.rounds);
        faults.push(...made.faults);
      }
    }
    lab.progress.at(0.9, 'every set is read from all its replicas');
    await Promise.all(rounds.map((round) => round.readAtEnd()));
    return setFindings(rounds, { seed: lab.seed, repeats, roundMs, skewMs: SKEW_MS, faults });
  } finally {
    await cluster.kill();
  }
}

interface SetRun {
  readonly lab: Lab;
  readonly cluster: LocalCluster;
  readonly random: SeededRandom;
  readonly now: () => number;
  readonly roundMs: number;
}

/** Both policies at the same time, under the same faults; these are over when it resolves. */
async function roundOf(run: SetRun, condition: Condition, repeat: number) {
  const { lab, cluster, random, now, roundMs } = run;
  if (condition.isSkewed) await cluster.faults.skewClock(FIRST_SIDE, SKEW_MS);
  if (condition.isPartitioned) await cluster.faults.partition(FIRST_SIDE, OTHER_SIDE);
  const from = now();
  const rounds = POLICIES.map((policy) => {
    return new SetRound({ cluster, policy, condition, repeat, random: random.fork(), now });
  });
  const isOver = () => {
    const elapsedMs = now() - from;
    const isLong =
      elapsedMs >= roundMs && rounds.every((each) => each.leastAdded >= condition.addedMin);
    return isLong || elapsedMs >= ROUND_MS_MAX || lab.signal.aborted;
  };
  await Promise.all(rounds.map((round) => round.add(isOver)));
  lab.signal.throwIfAborted();
  const until = now();
  await cluster.faults.heal();
  await cluster.waitUntilConnected();
  return { rounds, faults: faultsOf(condition, from, until) };
}

function faultsOf(condition: Condition, from: number, until: number): readonly FaultWindow[] {
  const partition = `partition ${FIRST_SIDE.join(' ')} | ${OTHER_SIDE.join(' ')}`;
  const skew = `clock-skew +${SKEW_MS} ms ${FIRST_SIDE.join(' ')}`;
  return [
    ...(condition.isPartitioned ? [{ fault: partition, from, until, nodes: FIRST_SIDE }] : []),
    ...(condition.isSkewed ? [{ fault: skew, from, until, nodes: FIRST_SIDE }] : []),
  ];
}
