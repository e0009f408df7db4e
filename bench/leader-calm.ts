/**
 * Whether the metadata group keeps its leader while the machine has no processor to spare.
 *
 * Three nodes with the default timeouts. Puts and gets of a dynamo and of a raft bucket, each
 * kind from a process of its own, keep every connection busy: the nodes, the generators and
 * whatever looks on share the cores. An election without a loss would show as another term.
 */

import type { Command } from 'commander';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { type BenchmarkOptions, type Outcome, runBenchmark } from './benchmark.ts';
import { count, print, whole } from './command-line.ts';
import {
  agreedLeader,
  clientsOf,
  GroupWatch,
  longestBlockMs,
  type Reign,
  reignsIn,
  reignsText,
  type Sample,
} from './group-watch.ts';
import type { WorkloadPlan } from './throughput/cases.ts';
import { writeKeys } from './throughput/contest.ts';
import { startWithRaftBucket, targetOf } from './throughput/contestant.ts';
import { type ProcessorTime, processorTime } from './throughput/cpu-time.ts';
import { Generator, type GeneratorJob } from './throughput/generator.ts';
import { positive } from './throughput/options.ts';
import type { Measurement } from './throughput/recording.ts';

const NODES = 3;
const POLL_MS = 1_000;
const VALUE_BYTES = 100;
/** Written beforehand for gets, and what puts of the raft bucket overwrite: it is bounded. */
const KEYS = 5_000;
const LEVEL = 2;

const common = { level: LEVEL, valueBytes: VALUE_BYTES, keys: KEYS } as const;
const GETS = {
  dynamo: { ...common, api: 'dynamo', operation: 'get', keyPrefix: 'calm' },
  raft: { ...common, api: 'raft', operation: 'get', keyPrefix: 'calm' },
} as const satisfies Record<string, WorkloadPlan>;

/** Puts of the dynamo bucket write new keys: one written again and again gathers siblings. */
const WORKLOADS: Readonly<Record<string, WorkloadPlan>> = {
  'dynamo put': { ...GETS.dynamo, operation: 'put', keyPrefix: 'calm-put' },
  'dynamo get': GETS.dynamo,
  'raft put': { ...GETS.raft, operation: 'put', overwrite: true },
  'raft get': GETS.raft,
};

interface LeaderCalmOptions extends BenchmarkOptions {
  readonly minutes: number;
  readonly connections: number;
}

interface Figures {
  readonly seconds: number;
  /** By the name of the workload. */
  readonly load: Readonly<Record<string, Measurement>>;
  readonly reigns: readonly Reign[];
  /** Answers of nodes that knew of no leader. */
  readonly leaderless: number;
  readonly polls: number;
  readonly pollsFailed: number;
  /** Between two answers of one node. */
  readonly longestGapMs: number;
  readonly longestBlockMs: Readonly<Record<string, number>>;
  /** Shares of the time of all processors. */
  readonly busy: number;
  readonly stolen: number;
}

export function addLeaderCalmCommand(program: Command): void {
  program
    .command('leader-calm')
    .description('three nodes on saturated cores: whether the metadata group keeps its leader')
    .option('--minutes <n>', 'of full load', positive, 10)
    .option('--connections <n>', 'for each of four kinds of requests', count, 32)
    .option('--data <dir>', 'data of the nodes, removed afterwards; on a real disk', 'bench/out')
    .option('--out <file>', 'the figures as JSON', 'bench/out/leader-calm.json')
    .action(runLeaderCalm);
}

function runLeaderCalm(options: LeaderCalmOptions): Promise<void> {
  return runBenchmark('leader-calm', options, async (directory) => {
    const cluster = await startWithRaftBucket(NODES, directory);
    const generators = Object.values(WORKLOADS).map(() => new Generator());
    try {
      return outcomeOf(await measure(cluster, generators, options));
    } finally {
      for (const generator of generators) generator.stop();
      await cluster.close();
    }
  });
}

async function measure(
  cluster: LocalCluster,
  generators: readonly Generator[],
  { minutes, connections }: LeaderCalmOptions,
): Promise<Figures> {
  const targets = cluster.nodes.map(targetOf);
  const jobOf = (workload: WorkloadPlan) => ({ targets, connections, workload });
  const [generator] = generators as [Generator];
  for (const gets of Object.values(GETS)) {
    await writeKeys(generator, jobOf({ ...gets, operation: 'put', level: NODES }));
  }
  print(`${await agreedLeader(clientsOf(cluster))} leads; full load for ${minutes} min`);
  const watch = new GroupWatch(clientsOf(cluster), POLL_MS);
  const before = processorTime();
  const startedAt = performance.now();
  const jobs = Object.values(WORKLOADS).map(jobOf);
  const measured = await runAll(generators, jobs, minutes * 60_000).finally(() => watch.end());
  const after = processorTime();
  const { samples, failures } = watch;
  const names = Object.keys(WORKLOADS);
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    load: Object.fromEntries(measured.map((measurement, i) => [names[i], measurement])),
    reigns: reignsIn(samples),
    leaderless: samples.filter(({ status }) => status.leader === null).length,
    polls: samples.length,
    pollsFailed: failures,
    longestGapMs: Math.max(...cluster.nodes.map(({ name }) => longestGapMs(watch.of(name)))),
    longestBlockMs: Object.fromEntries(
      cluster.nodes.map(({ name }) => [name, longestBlockMs(watch.of(name))]),
    ),
    ...sharesOf(before, after),
  };
}

function runAll(
  generators: readonly Generator[],
  jobs: readonly Omit<GeneratorJob, 'drive'>[],
  measureMs: number,
): Promise<readonly Measurement[]> {
  const drive = { loop: 'closed', warmUpMs: 0, measureMs } as const;
  return Promise.all(
    generators.map((generator, i) =>
      generator.run({ ...(jobs[i] as Omit<GeneratorJob, 'drive'>), drive }),
    ),
  );
}

function longestGapMs(samples: readonly Sample[]): number {
  const gaps = samples.slice(1).map(({ at }, i) => at - (samples[i] as Sample).at);
  return Math.max(0, ...gaps);
}

function sharesOf(before: ProcessorTime, after: ProcessorTime) {
  const total = after.total - before.total;
  const idle = (after.idle - before.idle) / total;
  const stolen = (after.stolen - before.stolen) / total;
  return { busy: 1 - idle - stolen, stolen };
}

function outcomeOf(figures: Figures): Outcome {
  const leaderChanges = figures.reigns.length - 1;
  const failed = Object.values(figures.load).reduce((sum, load) => sum + failuresOf(load), 0);
  const report = { nodes: NODES, leaderChanges, failed, ...figures };
  return { lines: linesOf(figures, leaderChanges, failed), report };
}

function failuresOf({ errors }: Measurement): number {
  return Object.values(errors).reduce((sum, times) => sum + times, 0);
}

function linesOf(figures: Figures, leaderChanges: number, failed: number): readonly string[] {
  const { seconds, load, reigns, leaderless, polls, pollsFailed, longestGapMs: gapMs } = figures;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const blocks = Object.entries(figures.longestBlockMs);
  return [
    `${NODES} nodes under full load for ${seconds.toFixed(0)} s`,
    '',
    `leader changes: ${leaderChanges} (${reignsText(reigns)})`,
    `failed requests: ${whole(failed)}`,
    ...Object.entries(load).map(([name, measurement]) => `  ${loadText(name, measurement)}`),
    `processors: ${percent(figures.busy)} busy, ${percent(figures.stolen)} taken by other machines`,
    `polls: ${polls} answered (${leaderless} without a leader), ${pollsFailed} failed, longest gap ${gapMs.toFixed(0)} ms`,
    `longest block of the event loop: ${blocks.map(([node, ms]) => `${node} ${ms.toFixed(0)} ms`).join(', ')}`,
  ];
}

function loadText(name: string, { opsPerS, p50Ms, p99Ms, maxMs, errors }: Measurement): string {
  const faults = Object.entries(errors).map(([fault, times]) => `; ${times} x ${fault}`);
  const figures = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(0));
  const latency = `p50 ${figures[0]}, p99 ${figures[1]}, slowest ${figures[2]} ms`;
  return `${name.padEnd(10)} ${whole(opsPerS).padStart(7)}/s  ${latency}${faults.join('')}`;
}
