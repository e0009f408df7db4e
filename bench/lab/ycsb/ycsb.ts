/**
 * YCSB against every mode of Quorate, etcd and Redis: first how much each can do (closed loop),
 * then how long an operation takes at a rate that all can bear (open loop).
 */

import type { Chart } from '../chart.ts';
import type { Claim, Experiment, Findings, Lab, Table } from '../experiment.ts';
import { type Arena, type Contestant, startArena } from '../peers/contestants.ts';
import { type Score, takeTurns } from '../peers/turns.ts';
import { sizeOf } from '../scale.ts';
import { YcsbGenerator } from './generator.ts';
import type { Period } from './generator-job.ts';
import { RECORD_BYTES, type WorkloadName, YCSB } from './workloads.ts';

interface Size {
  readonly workloads: readonly WorkloadName[];
  readonly records: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SIZES = {
  tiny: { workloads: ['F'], records: 20, rounds: 1, warmUpMs: 100, measureMs: 600 },
  small: { workloads: ['A', 'B', 'F'], records: 1_000, rounds: 2, warmUpMs: 400, measureMs: 1_000 },
  full: {
    workloads: ['A', 'B', 'C', 'D', 'F'],
    records: 10_000,
    rounds: 3,
    warmUpMs: 500,
    measureMs: 1_500,
  },
} as const satisfies Record<Lab['scale'], Size>;

const CONCURRENCY = 48;
const LOADERS = 32;
/** Of what the slowest can do. */
const SHARE_OF_SLOWEST = 0.5;
/** Somebody else wrote meanwhile, and the store says so: an answer, of a compare-and-set. */
const CONFLICT = 'conflict';

export interface WorkloadScores {
  readonly workload: WorkloadName;
  readonly closed: readonly Score[];
  readonly open: readonly Score[];
  /** Operations a second, of the open loop. */
  readonly rate: number;
}

export const ycsb: Experiment = {
  id: 'ycsb',
  title: 'YCSB: what each promise costs, here and elsewhere',
  question: 'How do the modes of Quorate compare with etcd and Redis on the workloads of YCSB?',
  hypothesis:
    'The weaker the promise, the cheaper: a store that answers from memory before its replicas ' +
    'are on disk beats quorums on disk, and those beat consensus where keys are contended. Only ' +
    'stores that compare and set tell of lost races.',
  nodes: 3,
  async run(lab: Lab): Promise<Findings> {
    const arena = await startArena(lab.nodes, lab.dataDirectory, lab.scale !== 'tiny');
    const generator = new YcsbGenerator();
    try {
      return findingsOf(await measure(lab, arena, generator), arena, lab);
    } finally {
      generator.stop();
      await arena.stop();
    }
  },
};

async function measure(
  lab: Lab,
  { contestants }: Arena,
  generator: YcsbGenerator,
): Promise<readonly WorkloadScores[]> {
  const { signal, seed, progress } = lab;
  const { workloads, records, rounds, warmUpMs, measureMs } = sizeOf<Size>(lab.scale, SIZES);
  for (const { name, store } of contestants) {
    progress.at(0, `loading ${name}`);
    const drive = { loop: 'load', concurrency: LOADERS } as const;
    await generator.run({ store, records, seed, drive }, signal);
  }
  const turnsInAll = workloads.length * 2 * rounds * contestants.length;
  let done = 0;
  const scores: WorkloadScores[] = [];
  for (const workload of workloads) {
    const period: Period = { workload, warmUpMs, measureMs: lab.durationMs ?? measureMs };
    const onTurn = ({ name }: Contestant) =>
      progress.at(++done / turnsInAll, `${workload} ${name}`);
    const turns = { generator, contestants, records, rounds, seed, signal, onTurn };
    const closed = await takeTurns({
      ...turns,
      drive: { loop: 'closed', concurrency: CONCURRENCY, ...period },
    });
    const rate = Math.max(1, SHARE_OF_SLOWEST * slowestOf(closed));
    const open = await takeTurns({ ...turns, drive: { loop: 'open', rate, ...period } });
    scores.push({ workload, closed, open, rate });
  }
  return scores;
}

function slowestOf(closed: readonly Score[]): number {
  return Math.min(...closed.map(({ opsPerS }) => opsPerS.median));
}

function findingsOf(scores: readonly WorkloadScores[], arena: Arena, lab: Lab): Findings {
  const { records, rounds, measureMs } = sizeOf<Size>(lab.scale, SIZES);
  return {
    summary: summaryOf(scores),
    claims: claimsOf(scores),
    setUp: [
      ['nodes of each contestant', String(lab.nodes)],
      ['records', `${records} of ${RECORD_BYTES} bytes`],
      ['rounds', `${rounds}, in turns, of ${(lab.durationMs ?? measureMs) / 1_000} s`],
      ['closed loop', `${CONCURRENCY} clients that ask again at once`],
      ['open loop', `${SHARE_OF_SLOWEST * 100} % of what the slowest can do, Poisson arrivals`],
      ['workload E', 'left out: keys lie on the ring by their hash, so it has no short scans'],
      ...arena.absent.map((text) => ['not compared', text] as const),
    ],
    faults: [],
    charts: [throughputChart(scores), latencyChart(scores)],
    tables: [guaranteesTable(arena.contestants), ...scores.map(scoreTable)],
    histories: [],
    figures: { scores, contestants: arena.contestants.map(({ name }) => name) },
  };
}

function summaryOf(scores: readonly WorkloadScores[]): string {
  const texts = scores.map(({ workload, closed }) => {
    const sorted = [...closed].sort((a, b) => b.opsPerS.median - a.opsPerS.median);
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (first === undefined || last === undefined) return workload;
    const times = (first.opsPerS.median / last.opsPerS.median).toFixed(1);
    return `${workload}: ${first.contestant} does ${times} times as many operations a second as ${last.contestant}`;
  });
  return `${texts.join('; ')}. All share one machine: compare them with each other, not with figures from elsewhere.`;
}

function claimsOf(scores: readonly WorkloadScores[]): readonly Claim[] {
  const all = scores.flatMap(({ closed, open }) => [...closed, ...open]);
  const failed = all.flatMap(({ errors }) =>
    Object.entries(errors).filter(([what]) => what !== CONFLICT),
  );
  const operations = all.reduce((sum, score) => sum + score.operations, 0);
  return [
    {
      text: 'Every operation of every contestant succeeds, or is told that it lost a race',
      holds: failed.length === 0,
      evidence:
        failed.length === 0
          ? `${operations.toLocaleString('en')} operations`
          : failed.map(([what, count]) => `${count} x ${what}`).join(', '),
    },
  ];
}

function throughputChart(scores: readonly WorkloadScores[]): Chart {
  return {
    kind: 'bars',
    name: 'throughput',
    title: 'What each can do (closed loop)',
    caption: 'Higher is better; whiskers: the least and the most of the rounds.',
    y: { label: 'operations a second', min: 0 },
    groups: scores.map(({ workload }) => `${workload}: ${YCSB[workload].title}`),
    series: seriesOf(scores, 'closed', ({ opsPerS }) => opsPerS),
  };
}

function latencyChart(scores: readonly WorkloadScores[]): Chart {
  const rates = scores.map(({ workload, rate }) => `${workload} ${Math.round(rate)}/s`).join(', ');
  return {
    kind: 'bars',
    name: 'latency-p99',
    title: 'How long it takes, 99th percentile (open loop)',
    caption: `Lower is better: from the intended time of sending, all at the same rate (${rates}).`,
    y: { label: 'milliseconds', log: true },
    groups: scores.map(({ workload }) => workload),
    series: seriesOf(scores, 'open', ({ p99Ms }) => p99Ms),
  };
}

function seriesOf(
  scores: readonly WorkloadScores[],
  loop: 'closed' | 'open',
  figure: (score: Score) => Score['opsPerS'],
) {
  const names = scores[0]?.[loop].map(({ contestant }) => contestant) ?? [];
  return names.map((name) => {
    const figures = scores.map((one) => {
      const score = one[loop].find(({ contestant }) => contestant === name);
      return score === undefined || Number.isNaN(figure(score).median) ? undefined : figure(score);
    });
    return {
      name,
      values: figures.map((one) => one?.median ?? null),
      ranges: figures.map((one) => (one === undefined ? null : ([one.min, one.max] as const))),
    };
  });
}

function guaranteesTable(contestants: readonly Contestant[]): Table {
  return {
    title: 'What each gives',
    head: ['contestant', 'a write is acknowledged', 'reads and races'],
    rows: contestants.map(({ name, durability, consistency }) => [name, durability, consistency]),
    caption: 'A figure without its promise says nothing: compare those that promise the same.',
  };
}

function scoreTable({ workload, closed, open, rate }: WorkloadScores): Table {
  return {
    title: `${workload}: ${YCSB[workload].title}`,
    head: ['contestant', 'ops/s', 'min', 'max', 'p50 ms', 'p99 ms', 'not applied', 'void'],
    rows: closed.map((score, i) => {
      const paced = open[i];
      return [
        score.contestant,
        ...[score.opsPerS.median, score.opsPerS.min, score.opsPerS.max].map((value) =>
          Math.round(value).toLocaleString('en'),
        ),
        ...[paced?.p50Ms.median, paced?.p99Ms.median].map(millisecondsText),
        errorsText(score.errors),
        String(paced?.voided ?? 0),
      ];
    }),
    caption: `Throughput of the closed loop; latencies at ${Math.round(rate)} operations a second.`,
  };
}

/** Nothing is measured where the generator lagged in all rounds. */
function millisecondsText(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(2);
}

function errorsText(errors: Score['errors']): string {
  const texts = Object.entries(errors).map(([what, count]) => `${count} x ${what}`);
  return texts.length === 0 ? '0' : texts.join(', ');
}
