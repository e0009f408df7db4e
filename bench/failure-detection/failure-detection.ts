/**
 * Failure detection on five nodes: how fast a death is found out, and whether anybody is
 * wrongly suspected or given up while the machine has no processor to spare.
 */

import type { Command } from 'commander';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { tableText } from '../../src/cli/table-text.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from '../benchmark.ts';
import { count, print } from '../command-line.ts';
import { FullLoad, type LoadFigures, loadLines } from '../full-load.ts';
import { sumOfMetric } from '../node-metrics.ts';
import type { WorkloadPlan } from '../throughput/cases.ts';
import { positive } from '../throughput/options.ts';
import { spreadOf } from '../throughput/spread.ts';
import {
  FINDINGS,
  type Finding,
  type Findings,
  type Kill,
  killOne,
  waitUntilCalm,
} from './detection.ts';

const NODES = 5;
const LEVEL = 2;
/** Written beforehand for gets. */
const KEYS = 5_000;

const GETS: WorkloadPlan = {
  ...({ api: 'dynamo', operation: 'get', level: LEVEL, valueBytes: 100 } as const),
  ...{ keyPrefix: 'read', keys: KEYS },
};
const WORKLOADS: Readonly<Record<string, WorkloadPlan>> = {
  put: { ...GETS, operation: 'put', keyPrefix: 'written' },
  get: GETS,
};

/** By what all nodes together count. */
const COUNTED = { suspected: 'suspected', revived: 'refuted', died: 'given up for dead' } as const;
type Counted = Readonly<Record<keyof typeof COUNTED, number>>;

const GOAL_TEXT: Readonly<Record<Finding, string>> = {
  unreachable: '3 s',
  suspect: '3 s',
  dead: '15 s',
};

interface FailureDetectionOptions extends BenchmarkOptions {
  readonly kills: number;
  readonly calm: number;
  readonly connections: number;
}

export function addFailureDetectionCommand(program: Command): void {
  benchmarkCommand(program, 'failure-detection')
    .description('five nodes: time until a death is known, and false alarms under full load')
    .option('--kills <n>', 'one after the other, each time the node comes back', count, 10)
    .option('--calm <minutes>', 'of full load in which nobody dies', positive, 10)
    .option('--connections <n>', 'of puts, and as many of gets', count, 32)
    .action(runFailureDetection);
}

function runFailureDetection(options: FailureDetectionOptions): Promise<void> {
  return runBenchmark('failure-detection', options, async (dataDirectory) => {
    const cluster = await startCluster({ nodes: NODES, dataDirectory });
    try {
      const kills: Kill[] = [];
      for (let i = 0; i < options.kills; i++) {
        const kill = await killOne(cluster);
        kills.push(kill);
        print(`kill ${i + 1}: ${kill.killed}; by all others ${findingsText(kill.all)}`);
      }
      await waitUntilCalm(cluster);
      print(`now full load for ${options.calm} min`);
      const calm = await loadCluster(cluster, options);
      return { lines: linesOf(kills, calm), report: { nodes: NODES, kills, calm } };
    } finally {
      await cluster.close();
    }
  });
}

interface CalmFigures extends LoadFigures {
  readonly counted: Counted;
}

async function loadCluster(
  cluster: LocalCluster,
  { calm, connections }: FailureDetectionOptions,
): Promise<CalmFigures> {
  const load = new FullLoad(cluster, WORKLOADS, connections);
  try {
    await load.write(GETS, LEVEL);
    const before = await countedBy(cluster);
    const figures = await load.run(calm);
    const after = await countedBy(cluster);
    const since = (kind: keyof Counted) => after[kind] - before[kind];
    const counted = {
      suspected: since('suspected'),
      revived: since('revived'),
      died: since('died'),
    };
    return { ...figures, counted };
  } finally {
    load.stop();
  }
}

async function countedBy({ urls }: LocalCluster): Promise<Counted> {
  const sum = (kind: keyof Counted) => sumOfMetric(urls, `quorate_gossip_${kind}_total`);
  const [suspected, revived, died] = [
    await sum('suspected'),
    await sum('revived'),
    await sum('died'),
  ];
  return { suspected, revived, died };
}

function findingsText(findings: Findings): string {
  const names = Object.keys(FINDINGS) as Finding[];
  return names.map((name) => `${name} after ${seconds(findings[name])}`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function linesOf(kills: readonly Kill[], calm: CalmFigures): readonly string[] {
  const names = Object.keys(FINDINGS) as Finding[];
  const rows = names.map((name) => {
    const { median, min, max } = spreadOf(kills.map(({ all }) => all[name]));
    return [name, ...[median, min, max].map(seconds), GOAL_TEXT[name]];
  });
  const counted = Object.entries(COUNTED) as [keyof Counted, string][];
  return [
    `${kills.length} times kill -9 of one of ${NODES} nodes: from then until all others found it`,
    '',
    tableText(['', 'median', 'least', 'most', 'goal'], rows),
    '',
    `${NODES} nodes under full load for ${calm.seconds.toFixed(0)} s; nobody died`,
    '',
    ...counted.map(
      ([kind, text]) => `${text}: ${calm.counted[kind]}${kind === 'died' ? ' (goal: 0)' : ''}`,
    ),
    ...loadLines(calm),
  ];
}
