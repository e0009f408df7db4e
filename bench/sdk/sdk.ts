/**
 * The SDK against the plain client, which knows nothing of the ring and costs next to nothing:
 * in five nodes, where the plain client's requests are handed on and the SDK's are not; and in
 * three, where all nodes keep all keys and only what the SDK itself costs is left.
 *
 * In three nodes batches are held against single requests of the SDK, too.
 */

import type { Command } from 'commander';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from '../benchmark.ts';
import { count } from '../command-line.ts';
import { sumOfMetric } from '../node-metrics.ts';
import { type Goal, goalTable } from '../paxos/goals.ts';
import { type BenchCase, BUCKET } from '../throughput/cases.ts';
import { type ClosedLoopOptions, runClosedContest } from '../throughput/closed-contests.ts';
import { type ContestResult, preload } from '../throughput/contest.ts';
import { type Contestant, type SdkClient, targetOf } from '../throughput/contestant.ts';
import { Generator } from '../throughput/generator.ts';
import { positive } from '../throughput/options.ts';
import { resultTable } from '../throughput/report.ts';
import { spreadOf } from '../throughput/spread.ts';

const FORWARDS = 'quorate_forwards_total';
const LEVEL = 2;

const CASES: readonly BenchCase[] = [
  { name: 'get-r2', operation: 'get', level: LEVEL },
  { name: 'put-w2', operation: 'put', level: LEVEL, overwrite: true },
];

const THROUGHPUT_MIN = 0.85;
const BATCH_MIN = 3;

interface SdkOptions extends BenchmarkOptions, ClosedLoopOptions {
  readonly nodes: readonly number[];
}

export function addSdkCommand(program: Command): void {
  benchmarkCommand(program, 'sdk')
    .description('the SDK against a plain HTTP client, single requests and batches')
    .option('--nodes <list>', 'clusters of so many nodes', sizes, [5, 3])
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--connections <n>', 'of the plain client; as many workers of the SDK', count, 16)
    .option('--seconds <s>', 'measured, each time', positive, 2)
    .option('--warm-up <s>', 'before each of these, discarded', positive, 0.7)
    .option('--rounds <n>', 'each client is measured so often in each case', count, 4)
    .option('--keys <n>', 'written beforehand, to be read and overwritten', count, 4_000)
    .action(runSdk);
}

function runSdk(options: SdkOptions): Promise<void> {
  return runBenchmark('sdk', options, async (dataDirectory) => {
    const goals: Goal[] = [];
    const results: ContestResult[] = [];
    for (const nodes of options.nodes) {
      const directory = `${dataDirectory}/${nodes}`;
      const cluster = await startCluster({ nodes, dataDirectory: directory });
      const generator = new Generator();
      try {
        await cluster.client('n1').putBucket(BUCKET, { conflict: 'lww' });
        const measured = await measureCluster(cluster, generator, options);
        goals.push(...measured.goals);
        results.push(...measured.results);
      } finally {
        generator.stop();
        await cluster.close();
      }
    }
    return { lines: [resultTable(results), '', goalTable(goals)], report: { goals, results } };
  });
}

async function measureCluster(cluster: LocalCluster, generator: Generator, options: SdkOptions) {
  const [plain, sdk, batch] = [undefined, 'sdk', 'batch'].map((client) =>
    contestantOf(cluster, client as SdkClient | undefined),
  ) as [Contestant, Contestant, Contestant];
  await preload({ generator, contestants: [plain] }, options);
  const size = cluster.nodes.length;
  const goals: Goal[] = [];
  const results: ContestResult[] = [];
  for (const benchCase of CASES) {
    const named = { ...benchCase, name: `${size} nodes ${benchCase.name}` };
    const contest = (contestants: readonly Contestant[]) =>
      runClosedContest({ generator, contestants }, named, options);
    if (size > LEVEL + 1) {
      const forwards = await forwardsOf(cluster, () => contest([sdk]));
      goals.push(goal(size, benchCase, 'requests of the SDK that were handed on', forwards, 0));
    }
    const single = await contest([sdk, plain]);
    results.push(single);
    goals.push(...singleGoals(size, benchCase, single));
    if (size > LEVEL + 1) continue;
    const many = await contest([batch, sdk]);
    results.push(many);
    goals.push(ratioGoal(size, benchCase, 'operations/s, batches through single', many, BATCH_MIN));
  }
  return { goals, results };
}

async function forwardsOf(cluster: LocalCluster, work: () => Promise<unknown>): Promise<number> {
  const before = await sumOfMetric(cluster.urls, FORWARDS);
  await work();
  return (await sumOfMetric(cluster.urls, FORWARDS)) - before;
}

/** Where the plain client's requests are handed on, latency is what counts; else throughput. */
function singleGoals(nodes: number, benchCase: BenchCase, result: ContestResult): readonly Goal[] {
  if (nodes <= LEVEL + 1) {
    return [ratioGoal(nodes, benchCase, 'requests/s, SDK through plain', result, THROUGHPUT_MIN)];
  }
  const [sdk, plain] = result.scores.map(({ rounds }) => rounds.map(({ p50Ms }) => p50Ms));
  const ratios = spreadOf((sdk ?? []).map((ms, round) => ms / (plain?.[round] ?? Number.NaN)));
  return [goal(nodes, benchCase, 'p50, SDK through plain', ratios.median, 1)];
}

function goal(
  nodes: number,
  { name }: BenchCase,
  what: string,
  measured: number,
  most: number,
): Goal {
  return { name: `${nodes} nodes, ${name}: ${what}`, measured, bound: 'at most', goal: most };
}

function ratioGoal(
  nodes: number,
  { name }: BenchCase,
  what: string,
  { ratio }: ContestResult,
  least: number,
): Goal {
  const { median = Number.NaN, min = Number.NaN, max = Number.NaN } = ratio ?? {};
  return {
    name: `${nodes} nodes, ${name}: ${what}`,
    measured: median,
    spread: `${min.toFixed(2)}-${max.toFixed(2)}`,
    bound: 'at least',
    goal: least,
  };
}

function contestantOf(cluster: LocalCluster, client: SdkClient | undefined): Contestant {
  return {
    name: client ?? 'plain',
    api: 'dynamo',
    targets: cluster.nodes.map(targetOf),
    ...(client !== undefined && { client }),
    pids: cluster.nodes.map(({ pid }) => pid),
    // They are the cluster's.
    stop: async () => {},
  };
}

function sizes(text: string): readonly number[] {
  return text.split(',').map(count);
}
