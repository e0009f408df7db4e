/**
 * Keys of a paxos bucket against keys of a dynamo bucket with quorums (W = R = 2), in the same
 * three nodes, turn by turn, by one generator over the same number of connections.
 *
 * A put of a new key is two rounds in a paxos bucket, a prepare and an accept; where the node
 * that proposes for the key has changed it before, mostly one. Both are measured. The dynamo
 * bucket keeps the last of several writes, else overwritten keys would gather siblings.
 */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { type BenchCase, BUCKET, PAXOS_BUCKET } from '../throughput/cases.ts';
import type { ClosedLoopOptions } from '../throughput/closed-contests.ts';
import {
  type Arena,
  type ContestResult,
  preload,
  runContest,
  type Turn,
} from '../throughput/contest.ts';
import { type Contestant, targetOf } from '../throughput/contestant.ts';
import type { Drive, Generator } from '../throughput/generator.ts';
import { resultTable } from '../throughput/report.ts';
import { type Spread, spreadOf } from '../throughput/spread.ts';
import { figureText, type Goal } from './goals.ts';

const NEW_KEYS = 'put of a new key';
const KNOWN_KEYS = 'put of a known key';
const READS = 'get';
/** Of a majority of three, in the dynamo bucket. */
const LEVEL = 2;

/** New keys come last: nodes would forget for them what they know of the others. */
const CASES: readonly BenchCase[] = [
  { name: KNOWN_KEYS, operation: 'put', level: LEVEL, overwrite: true },
  { name: READS, operation: 'get', level: LEVEL },
  { name: NEW_KEYS, operation: 'put', level: LEVEL },
];

/** Of what the slower one can do: what both are asked for in the open loop. */
const OPEN_SHARE = 0.5;

const PUTS_PER_S_MIN = 0.6;
const PUT_P50_MAX = 1.5;
const GET_P50_MAX = 1.3;

/** Paxos through dynamo, round by round. */
interface Ratios {
  readonly case: string;
  readonly opsPerS: Spread;
  readonly p50Ms: Spread;
  /** Processor time for one request, in the closed and in the open loop. */
  readonly cpuUs: { readonly closed: Spread; readonly open: Spread };
}

export interface UncontendedFigures {
  readonly ratios: readonly Ratios[];
  readonly results: readonly ContestResult[];
}

export async function measureUncontended(
  cluster: LocalCluster,
  generator: Generator,
  options: ClosedLoopOptions,
): Promise<UncontendedFigures> {
  const { valueBytes, connections, seconds, warmUp, rounds, keys } = options;
  const arena: Arena = { generator, contestants: await contestantsOf(cluster) };
  await preload(arena, options);
  const period = { warmUpMs: warmUp * 1_000, measureMs: seconds * 1_000 };
  const ratios: Ratios[] = [];
  const results: ContestResult[] = [];
  for (const benchCase of CASES) {
    const run = (drive: Drive) =>
      runContest(arena, { benchCase, valueBytes, drive, connections, rounds, keys });
    const closed = await run({ loop: 'closed', ...period });
    const slower = Math.min(...closed.scores.map(({ opsPerS }) => opsPerS.median));
    const open = await run({ loop: 'open', ...period, rate: OPEN_SHARE * slower });
    results.push(closed, open);
    ratios.push(ratiosOf(benchCase.name, closed, open));
  }
  return { ratios, results };
}

async function contestantsOf(cluster: LocalCluster): Promise<readonly Contestant[]> {
  const client = cluster.client('n1');
  await client.putBucket(BUCKET, { conflict: 'lww' });
  await client.putBucket(PAXOS_BUCKET, { mode: 'paxos' });
  const nodes = {
    targets: cluster.nodes.map(targetOf),
    pids: cluster.nodes.map(({ pid }) => pid),
    // They are the cluster's.
    stop: async () => {},
  };
  return [
    { name: 'paxos', api: 'paxos', ...nodes },
    { name: 'dynamo', api: 'dynamo', ...nodes },
  ];
}

function ratiosOf(name: string, closed: ContestResult, open: ContestResult): Ratios {
  const cpuUs = (result: ContestResult) => ratioOf(result, (turn) => turn.cpuUs);
  return {
    case: name,
    opsPerS: ratioOf(closed, ({ opsPerS }) => opsPerS),
    p50Ms: ratioOf(open, ({ p50Ms }) => p50Ms),
    cpuUs: { closed: cpuUs(closed), open: cpuUs(open) },
  };
}

/** Of all rounds: where the generator was late it was for both, and it is told beside. */
function ratioOf({ scores }: ContestResult, figure: (turn: Turn) => number): Spread {
  const [paxos = [], dynamo = []] = scores.map(({ rounds }) => rounds);
  return spreadOf(paxos.map((turn, i) => figure(turn) / figure(dynamo[i] as Turn)));
}

export function uncontendedGoals({ ratios }: UncontendedFigures): readonly Goal[] {
  return ratios.flatMap(({ case: name, opsPerS, p50Ms }) => {
    const p50Max = name === READS ? GET_P50_MAX : PUT_P50_MAX;
    const p50 = goalOf(`${name}, p50 of dynamo's`, p50Ms, 'at most', p50Max);
    if (name === READS) return [p50];
    return [goalOf(`${name}, a second, of dynamo's`, opsPerS, 'at least', PUTS_PER_S_MIN), p50];
  });
}

function goalOf(name: string, spread: Spread, bound: Goal['bound'], goal: number): Goal {
  const range = `${figureText(spread.min)}-${figureText(spread.max)}`;
  return { name, measured: spread.median, spread: range, bound, goal };
}

export function uncontendedLines({ ratios, results }: UncontendedFigures): readonly string[] {
  return [
    resultTable(results),
    '',
    'Processor time of the three nodes for one request, paxos through dynamo:',
    ...ratios.map(({ case: name, cpuUs: { closed, open } }) => {
      return `  ${name.padEnd(KNOWN_KEYS.length)}  closed loop ${figureText(closed.median)}, open loop ${figureText(open.median)}`;
    }),
  ];
}
