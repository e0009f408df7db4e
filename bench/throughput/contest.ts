/**
 * One case, measured fairly: the contestants take turns (A B, B A, A B, ...), so that what
 * the machine does meanwhile hits both, and each pair of turns gives one ratio of its own.
 */

import { print } from '../command-line.ts';
import type { BenchCase, WorkloadPlan } from './cases.ts';
import type { Api, Contestant, ContestantName } from './contestant.ts';
import { cpuTimeMs } from './cpu-time.ts';
import type { Drive, Generator, GeneratorJob } from './generator.ts';
import type { Measurement } from './recording.ts';
import { progressLine } from './report.ts';
import { type Spread, spreadOf } from './spread.ts';

/** Quorums of all three nodes, so that afterwards every replica has every key. */
const PRELOAD_LEVEL = 3;

export interface Contest {
  readonly benchCase: BenchCase;
  readonly valueBytes: number;
  readonly drive: Drive;
  readonly connections: number;
  readonly rounds: number;
  /** Keys that `preload` has written. */
  readonly keys: number;
}

/** One turn of one contestant. */
export interface Turn extends Measurement {
  /** Processor time of all its nodes for one request, in microseconds. */
  readonly cpuUs: number;
}

export interface Score {
  readonly name: ContestantName;
  readonly opsPerS: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly p999Ms: Spread;
  readonly cpuUs: Spread;
  /** Of all rounds together. */
  readonly errors: Readonly<Record<string, number>>;
  /** Rounds in which the generator itself was too late; they count in no figure. */
  readonly voided: number;
  readonly rounds: readonly Turn[];
}

export interface ContestResult {
  readonly case: string;
  readonly valueBytes: number;
  readonly drive: Drive;
  readonly scores: readonly Score[];
  /** Throughput of the first contestant through that of the second, round by round. */
  readonly ratio: Spread | undefined;
}

export interface Arena {
  readonly generator: Generator;
  readonly contestants: readonly Contestant[];
}

/** Prints a line for each turn. */
export async function runContest(arena: Arena, contest: Contest): Promise<ContestResult> {
  const { generator, contestants } = arena;
  const measured = new Map<ContestantName, Turn[]>(contestants.map(({ name }) => [name, []]));
  const takeTurn = (contestant: Contestant) =>
    turnOf(
      contestant,
      generator,
      contest.connections,
      workloadOf(contest, contestant.api),
      contest.drive,
    );
  // Nodes that run a path for the first time compile it: that turn is discarded.
  for (const contestant of contestants) await takeTurn(contestant);
  for (let round = 0; round < contest.rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const turn = await takeTurn(contestant);
      measured.get(contestant.name)?.push(turn);
      print(progressLine(contest, round, contestant.name, turn));
    }
  }
  return {
    case: contest.benchCase.name,
    valueBytes: contest.valueBytes,
    drive: contest.drive,
    scores: [...measured].map(([name, rounds]) => scoreOf(name, rounds)),
    ratio: ratioOf(...measured.values()),
  };
}

async function turnOf(
  { targets, pids, client }: Contestant,
  generator: Generator,
  connections: number,
  workload: WorkloadPlan,
  drive: Drive,
): Promise<Turn> {
  const before = cpuTimeMs(pids);
  const measurement = await generator.run({
    targets,
    connections,
    workload,
    drive,
    ...(client !== undefined && { client }),
  });
  const spentMs = cpuTimeMs(pids) - before;
  return { ...measurement, cpuUs: (spentMs * 1_000) / measurement.answered };
}

/** Writes the keys that gets will ask for. Rejects unless every one was stored. */
export async function preload(
  { generator, contestants }: Arena,
  { valueBytes, keys, connections }: Pick<Contest, 'valueBytes' | 'keys' | 'connections'>,
): Promise<void> {
  const what = { operation: 'put', level: PRELOAD_LEVEL, valueBytes, keys } as const;
  for (const { api, targets } of contestants) {
    const workload = { ...what, api, keyPrefix: preloadedPrefix(valueBytes) };
    await writeKeys(generator, { targets, connections, workload });
  }
}

/** Each key of the workload once. Rejects unless every one was stored. */
export async function writeKeys(
  generator: Generator,
  job: Omit<GeneratorJob, 'drive'>,
): Promise<void> {
  const { keys } = job.workload;
  const drive = { loop: 'count', requests: keys } as const;
  const { succeeded, errors } = await generator.run({ ...job, drive });
  if (succeeded === keys) return;
  throw new Error(`${succeeded} of ${keys} keys were stored: ${JSON.stringify(errors)}`);
}

const startedAt = Date.now().toString(36);
let putWorkloads = 0;

function workloadOf({ benchCase, valueBytes, keys }: Contest, api: Api): WorkloadPlan {
  const { name: _, ...what } = benchCase;
  const isPreloaded = what.operation === 'get' || what.overwrite === true;
  const keyPrefix = isPreloaded ? preloadedPrefix(valueBytes) : `p-${startedAt}-${putWorkloads++}`;
  return { api, ...what, valueBytes, keyPrefix, keys };
}

function preloadedPrefix(valueBytes: number): string {
  return `g-${startedAt}-${valueBytes}`;
}

function scoreOf(name: ContestantName, rounds: readonly Turn[]): Score {
  const valid = rounds.filter(({ voided }) => voided !== true);
  const spread = (figure: (turn: Turn) => number) => spreadOf(valid.map(figure));
  return {
    name,
    opsPerS: spread(({ opsPerS }) => opsPerS),
    p50Ms: spread(({ p50Ms }) => p50Ms),
    p99Ms: spread(({ p99Ms }) => p99Ms),
    p999Ms: spread(({ p999Ms }) => p999Ms),
    cpuUs: spread(({ cpuUs }) => cpuUs),
    errors: sumOfErrors(rounds),
    voided: rounds.length - valid.length,
    rounds,
  };
}

function sumOfErrors(rounds: readonly Measurement[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { errors } of rounds) {
    for (const [what, count] of Object.entries(errors)) sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

function ratioOf(
  first?: readonly Measurement[],
  second?: readonly Measurement[],
): Spread | undefined {
  if (first === undefined || second === undefined) return undefined;
  return spreadOf(
    first.map(({ opsPerS }, round) => opsPerS / (second[round]?.opsPerS ?? Number.NaN)),
  );
}
