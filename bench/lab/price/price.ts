/**
 * E9, the price of consistency: the modes of Quorate under YCSB while the nodes lie so many
 * milliseconds apart. What waits for whom shows in how long an operation takes.
 */

import { type LocalCluster, startCluster } from '../../../cluster/local-cluster.ts';
import { sumOfSeries } from '../../node-metrics.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { type Contestant, quorateContestants } from '../peers/contestants.ts';
import { type Score, takeTurns } from '../peers/turns.ts';
import { sizeOf } from '../scale.ts';
import { YcsbGenerator } from '../ycsb/generator.ts';
import type { Measured } from '../ycsb/generator-job.ts';
import type { WorkloadName } from '../ycsb/workloads.ts';
import { findingsOf } from './price-findings.ts';

export interface PriceSize {
  readonly workloads: readonly WorkloadName[];
  /** Milliseconds there and back, between any two nodes. */
  readonly roundTripsMs: readonly number[];
  /** Of what the slowest can do. */
  readonly shares: readonly number[];
  readonly records: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SIZES: Readonly<Record<Lab['scale'], PriceSize>> = {
  tiny: {
    workloads: ['A'],
    roundTripsMs: [40],
    shares: [0.5],
    records: 50,
    rounds: 1,
    warmUpMs: 200,
    measureMs: 500,
  },
  small: {
    workloads: ['A'],
    roundTripsMs: [0, 5, 25, 75],
    shares: [0.5],
    records: 500,
    rounds: 2,
    warmUpMs: 400,
    measureMs: 1_000,
  },
  full: {
    workloads: ['A', 'B', 'C', 'F'],
    roundTripsMs: [0, 5, 25, 75],
    shares: [0.25, 0.5, 0.75],
    records: 2_000,
    rounds: 1,
    warmUpMs: 400,
    measureMs: 1_000,
  },
};

const CONCURRENCY = 64;
const LOADERS = 32;

/** Of one workload at one distance. */
export interface PriceCell {
  readonly workload: WorkloadName;
  readonly roundTripMs: number;
  readonly saturation: readonly Score[];
  /** Frames between nodes for one operation, by contestant. */
  readonly messages: Readonly<Record<string, number>>;
  readonly paced: readonly { readonly rate: number; readonly scores: readonly Score[] }[];
}

export const price: Experiment = {
  id: 'E9',
  title: 'The price of consistency',
  question: 'What does each promise cost in time, as the nodes lie farther apart?',
  hypothesis:
    'Who waits for nobody pays nothing: R=W=1 stays where it is. A quorum waits one round trip ' +
    'for the nearest other replica. Consensus pays that for every read too, and one more where ' +
    'the asked node has to hand the request on to the one that leads.',
  nodes: 3,
  async run(lab: Lab): Promise<Findings> {
    const size = sizeOf(lab.scale, SIZES);
    const cluster = await startCluster({
      nodes: lab.nodes,
      dataDirectory: lab.dataDirectory,
      startOptions: ['--enable-faults'],
    });
    const generator = new YcsbGenerator();
    try {
      const contestants = await contestantsOf(cluster);
      const cells = await new PriceRun(lab, size, { cluster, generator, contestants }).measure();
      return findingsOf(cells, size, lab);
    } finally {
      generator.stop();
      await cluster.close();
    }
  },
};

/** The modes, and below them who asks one replica alone. */
async function contestantsOf(cluster: LocalCluster): Promise<readonly Contestant[]> {
  const modes = await quorateContestants(cluster);
  const [sloppy] = modes;
  if (sloppy?.store.kind !== 'quorate') throw new Error('the first mode is a dynamo bucket');
  const store = { ...sloppy.store, read: { r: 1 }, write: { w: 1 } };
  return [{ ...sloppy, name: 'quorate R=W=1', store }, ...modes];
}

interface Means {
  readonly cluster: LocalCluster;
  readonly generator: YcsbGenerator;
  readonly contestants: readonly Contestant[];
}

class PriceRun {
  readonly #lab: Lab;
  readonly #size: PriceSize;
  readonly #means: Means;
  #turnsDone = 0;

  constructor(lab: Lab, size: PriceSize, means: Means) {
    this.#lab = lab;
    this.#size = size;
    this.#means = means;
  }

  async measure(): Promise<readonly PriceCell[]> {
    await this.#load();
    const cells: PriceCell[] = [];
    for (const roundTripMs of this.#size.roundTripsMs) {
      await this.#setApart(roundTripMs);
      for (const workload of this.#size.workloads) {
        cells.push(await this.#cell(workload, roundTripMs));
      }
    }
    return cells;
  }

  async #load(): Promise<void> {
    const { generator, contestants } = this.#means;
    const { seed, signal, progress } = this.#lab;
    const { records } = this.#size;
    for (const { name, store } of contestants.slice(1)) {
      progress.at(0, `loading ${name}`);
      const drive = { loop: 'load', concurrency: LOADERS } as const;
      await generator.run({ store, records, seed, drive }, signal);
    }
  }

  async #setApart(roundTripMs: number): Promise<void> {
    const { faults, nodes } = this.#means.cluster;
    await faults.heal();
    if (roundTripMs === 0) return;
    const names = nodes.map(({ name }) => name);
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      await faults.delay(name, others, roundTripMs / 2);
    }
  }

  async #cell(workload: WorkloadName, roundTripMs: number): Promise<PriceCell> {
    const { warmUpMs, measureMs, shares } = this.#size;
    const period = { workload, warmUpMs, measureMs: this.#lab.durationMs ?? measureMs };
    const where = `${workload}, ${roundTripMs} ms apart`;
    const messages: Record<string, number> = {};
    const saturation: Score[] = [];
    for (const contestant of this.#means.contestants) {
      const before = await this.#frames();
      const drive = { loop: 'closed', concurrency: CONCURRENCY, ...period } as const;
      const [score] = await this.#turns([contestant], drive, where);
      if (score === undefined) throw new Error('each contestant has a score');
      saturation.push(score);
      const all = score.rounds.reduce((sum, round) => sum + operationsOf(round, period), 0);
      messages[contestant.name] = ((await this.#frames()) - before) / Math.max(1, all);
    }
    const slowest = Math.min(...saturation.map(({ opsPerS }) => opsPerS.median));
    const paced = [];
    for (const share of shares) {
      const rate = Math.max(1, share * slowest);
      const drive = { loop: 'open', rate, ...period } as const;
      paced.push({ rate, scores: await this.#turns(this.#means.contestants, drive, where) });
    }
    return { workload, roundTripMs, saturation, messages, paced };
  }

  #turns(
    contestants: readonly Contestant[],
    drive: Parameters<typeof takeTurns>[0]['drive'],
    where: string,
  ): Promise<readonly Score[]> {
    const { records, rounds } = this.#size;
    const { seed, signal, progress } = this.#lab;
    return takeTurns({
      ...{ generator: this.#means.generator, contestants, drive, records, rounds, seed, signal },
      onTurn: ({ name }) => progress.at(++this.#turnsDone / this.#turnsInAll, `${where}: ${name}`),
    });
  }

  get #turnsInAll(): number {
    const { workloads, roundTripsMs, shares, rounds } = this.#size;
    const cells = workloads.length * roundTripsMs.length;
    return cells * (1 + shares.length) * rounds * this.#means.contestants.length;
  }

  #frames(): Promise<number> {
    return sumOfSeries(this.#means.cluster.urls, 'quorate_peer_frames_total', 'direction="sent"');
  }
}

/** Those of the warm-up too, at the rate that was measured. */
function operationsOf(
  { all }: Measured,
  { warmUpMs, measureMs }: { readonly warmUpMs: number; readonly measureMs: number },
): number {
  return (all.count * (warmUpMs + measureMs)) / measureMs;
}
