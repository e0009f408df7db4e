/**
 * E8. Many short races of one writer and several readers, in each mode, each judged by the
 * checker of linearizability.
 *
 * It needs three nodes, so that each is a replica of every key and coordinates what it is
 * asked: a number of nodes that a user asks for is not looked at, and R and W are of three. A
 * duration is that of a race.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { levelsFrom } from '../levels.ts';
import { sizeOf } from '../scale.ts';
import { type JudgedRace, judgedRace } from './judged-race.ts';
import { raceFindings } from './race-findings.ts';
import { type RacingMode, racingAt } from './race-modes.ts';
import { raceFor, WRITERS_NODE } from './register-race.ts';

const NODES = 3;
const OTHERS = ['n2', 'n3'];

/** What the writer's node sends is late so often, by so much: each message by itself. */
const LATE_MS = 80;
const SOMETIMES_LATE = {
  distribution: 'samples',
  samplesMs: [1, LATE_MS, LATE_MS, LATE_MS, LATE_MS],
} as const;
const FAULT = `four of five messages that ${WRITERS_NODE} sends are ${LATE_MS} ms late`;
const FURTHER_RACES_MAX = 80;

export const quorumRegisters: Experiment = {
  id: 'E8',
  title: 'Is R+W>N linearizable?',
  question: 'Does it make a register linearizable that the nodes of reads and writes overlap?',
  hypothesis:
    'No. While a write is under way, a read may meet it and a later read of other nodes miss it, so strict quorums alone show a new value and then the old one. With blocking repair a read first makes what it shows durable on a majority, which is enough for a register with a single writer. Several writers who do not know of each other leave siblings, and two reads at the same time may each show one of them: that is no register with or without repair. Paxos and Raft give one order of all operations, whoever writes.',
  nodes: NODES,
  takes: ['r', 'w'],
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const { seeds, raceMs } = sizeOf(lab.scale, {
    tiny: { seeds: 2, raceMs: 1_000 },
    small: { seeds: 12, raceMs: 2_000 },
    full: { seeds: 50, raceMs: 3_000 },
  });
  const durationMs = lab.durationMs ?? raceMs;
  const levels = levelsFrom(lab);
  const racing = racingAt(levels);
  const cluster = await startLabCluster(lab, { nodes: NODES, modes: racing });
  try {
    await cluster.faults.delay(WRITERS_NODE, OTHERS, SOMETIMES_LATE);
    const course = new Course(lab, cluster, durationMs);
    const races: JudgedRace[] = [];
    for (let i = 0; i < seeds; i++) {
      lab.progress.at(i / seeds, `race ${i + 1} of ${seeds} in each mode`);
      races.push(...(await course.race(lab.seed + i, racing)));
    }
    const strict = racing.filter(
      ({ name, isLinearizable }) => name === 'strict' && !isLinearizable,
    );
    const further = await searched(course, strict, { races, firstSeed: lab.seed + seeds });
    const setUp = { seeds, firstSeed: lab.seed, durationMs, fault: FAULT, further };
    return raceFindings(races, { ...setUp, racing, levels });
  } finally {
    await cluster.kill();
  }
}

/** Chance decides whether so few races meet the moment: strict quorums race on until one does. */
async function searched(
  course: Course,
  strict: readonly RacingMode[],
  { races, firstSeed }: { readonly races: readonly JudgedRace[]; readonly firstSeed: number },
): Promise<readonly JudgedRace[]> {
  const further: JudgedRace[] = [];
  if (strict.length === 0) return further;
  while (further.length < FURTHER_RACES_MAX && !isFound([...races, ...further])) {
    further.push(...(await course.race(firstSeed + further.length, strict)));
  }
  return further;
}

function isFound(races: readonly JudgedRace[]): boolean {
  return races.some(({ mode, verdict }) => mode.name === 'strict' && verdict === 'violation');
}

class Course {
  readonly #lab: Lab;
  readonly #cluster: LocalCluster;
  readonly #durationMs: number;

  constructor(lab: Lab, cluster: LocalCluster, durationMs: number) {
    this.#lab = lab;
    this.#cluster = cluster;
    this.#durationMs = durationMs;
  }

  /** One race in each of these modes, all at the same time. */
  race(seed: number, modes: readonly RacingMode[]): Promise<readonly JudgedRace[]> {
    const random = new SeededRandom(seed);
    const racing = modes.map(async (mode) => {
      const history = await raceFor({
        cluster: this.#cluster,
        mode,
        key: `seed-${seed}`,
        random: random.fork(),
        durationMs: this.#durationMs,
        facts: { experiment: 'E8', seed, mode: mode.name },
        fault: FAULT,
        signal: this.#lab.signal,
      });
      return judgedRace(mode, seed, history);
    });
    return Promise.all(racing);
  }
}
