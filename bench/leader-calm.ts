/**
 * Whether the metadata group keeps its leader while the machine has no processor to spare.
 *
 * Three nodes with the default timeouts. Puts and gets of a dynamo and of a raft bucket, each
 * kind from a process of its own, keep every connection busy: the nodes, the generators and
 * whatever looks on share the cores. An election without a loss would show as another term.
 */

import type { Command } from 'commander';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import {
  type BenchmarkOptions,
  benchmarkCommand,
  type Outcome,
  runBenchmark,
} from './benchmark.ts';
import { count, print } from './command-line.ts';
import { FullLoad, failedRequests, type LoadFigures, loadLines } from './full-load.ts';
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
import { startWithRaftBucket } from './throughput/contestant.ts';
import { positive } from './throughput/options.ts';

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

interface Figures extends LoadFigures {
  readonly reigns: readonly Reign[];
  /** Answers of nodes that knew of no leader. */
  readonly leaderless: number;
  readonly polls: number;
  readonly pollsFailed: number;
  /** Between two answers of one node. */
  readonly longestGapMs: number;
  readonly longestBlockMs: Readonly<Record<string, number>>;
}

export function addLeaderCalmCommand(program: Command): void {
  benchmarkCommand(program, 'leader-calm')
    .description('three nodes on saturated cores: whether the metadata group keeps its leader')
    .option('--minutes <n>', 'of full load', positive, 10)
    .option('--connections <n>', 'for each of four kinds of requests', count, 32)
    .action(runLeaderCalm);
}

function runLeaderCalm(options: LeaderCalmOptions): Promise<void> {
  return runBenchmark('leader-calm', options, async (directory) => {
    const cluster = await startWithRaftBucket(NODES, directory);
    const load = new FullLoad(cluster, WORKLOADS, options.connections);
    try {
      return outcomeOf(await measure(cluster, load, options.minutes));
    } finally {
      load.stop();
      await cluster.close();
    }
  });
}

async function measure(cluster: LocalCluster, load: FullLoad, minutes: number): Promise<Figures> {
  for (const gets of Object.values(GETS)) await load.write(gets, NODES);
  print(`${await agreedLeader(clientsOf(cluster))} leads; full load for ${minutes} min`);
  const watch = new GroupWatch(clientsOf(cluster), POLL_MS);
  const loadFigures = await load.run(minutes).finally(() => watch.end());
  const { samples, failures } = watch;
  return {
    ...loadFigures,
    reigns: reignsIn(samples),
    leaderless: samples.filter(({ status }) => status.leader === null).length,
    polls: samples.length,
    pollsFailed: failures,
    longestGapMs: Math.max(...cluster.nodes.map(({ name }) => longestGapMs(watch.of(name)))),
    longestBlockMs: Object.fromEntries(
      cluster.nodes.map(({ name }) => [name, longestBlockMs(watch.of(name))]),
    ),
  };
}

function longestGapMs(samples: readonly Sample[]): number {
  const gaps = samples.slice(1).map(({ at }, i) => at - (samples[i] as Sample).at);
  return Math.max(0, ...gaps);
}

function outcomeOf(figures: Figures): Outcome {
  const leaderChanges = figures.reigns.length - 1;
  const failed = failedRequests(figures);
  const report = { nodes: NODES, leaderChanges, failed, ...figures };
  return { lines: linesOf(figures, leaderChanges), report };
}

function linesOf(figures: Figures, leaderChanges: number): readonly string[] {
  const { seconds, reigns, leaderless, polls, pollsFailed, longestGapMs: gapMs } = figures;
  const blocks = Object.entries(figures.longestBlockMs);
  return [
    `${NODES} nodes under full load for ${seconds.toFixed(0)} s`,
    '',
    `leader changes: ${leaderChanges} (${reignsText(reigns)})`,
    ...loadLines(figures),
    `polls: ${polls} answered (${leaderless} without a leader), ${pollsFailed} failed, longest gap ${gapMs.toFixed(0)} ms`,
    `longest block of the event loop: ${blocks.map(([node, ms]) => `${node} ${ms.toFixed(0)} ms`).join(', ')}`,
  ];
}
