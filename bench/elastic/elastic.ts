/**
 * A node joins three that hold many keys, while clients go on writing: how long until it has its
 * share, what is sent for it, and what other clients notice.
 *
 * The foreground is an open loop of puts at W=2 at a share of what the three can do. What must
 * be moved at least is the keys that the newcomer has in the end.
 */

import type { Command } from 'commander';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, benchmarkCommand } from '../benchmark.ts';
import { count, print, whole } from '../command-line.ts';
import { putAll } from '../filling.ts';
import { Foreground } from '../foreground.ts';
import { targetOf } from '../throughput/contestant.ts';
import type { Generator } from '../throughput/generator.ts';
import { positive } from '../throughput/options.ts';
import { runWithForeground } from '../with-foreground.ts';
import { type Figures, figureLines } from './elastic-text.ts';
import { movedBetween, transferTotals } from './transfer-totals.ts';

const NODES = 3;
/** Of what the cluster can do. */
const FOREGROUND_SHARE = 0.25;
const JOINING_MS_MAX = 900_000;
/** Each look asks every node what it moves: seldom enough for clients not to notice. */
const LOOK_EVERY_MS = 250;

interface ElasticOptions extends BenchmarkOptions {
  readonly keys: number;
  readonly valueBytes: number;
  readonly connections: number;
  readonly seconds: number;
}

export function addElasticCommand(program: Command): void {
  benchmarkCommand(program, 'elastic')
    .description('a node joins three that hold many keys, while clients go on writing')
    .option('--keys <n>', 'in all, each on three nodes', count, 1_000_000)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--connections <n>', 'of the foreground', count, 48)
    .option('--seconds <s>', 'of each phase of the foreground', positive, 10)
    .action(runElastic);
}

function runElastic(options: ElasticOptions): Promise<void> {
  const benchmark = { name: 'elastic', nodes: NODES, measure, lines: figureLines };
  return runWithForeground(benchmark, options);
}

async function measure(
  cluster: LocalCluster,
  generator: Generator,
  { keys, valueBytes, connections, seconds }: ElasticOptions,
): Promise<Figures> {
  await putAll(cluster.urls, keys, 'v'.repeat(valueBytes), print);
  const targets = cluster.nodes.map(targetOf);
  const foreground = new Foreground({ generator, targets, connections, valueBytes });
  const saturation = await foreground.saturation(seconds * 1_000);
  const rate = saturation * FOREGROUND_SHARE;
  print(
    `the cluster can do ${whole(saturation)} puts/s at W=2; the foreground is ${whole(rate)}/s`,
  );
  const undisturbed = await foreground.forSeconds(rate, seconds);

  let settled = false;
  const startedAt = performance.now();
  const joining = join(cluster).finally(() => {
    settled = true;
  });
  const disturbed = foreground.until(rate, () => settled);
  const { readyAt, settledAt, totals } = await joining;
  const duringJoin = await disturbed;
  print('every partition is where it belongs');
  const afterwards = await foreground.forSeconds(rate, seconds);
  return {
    keys,
    saturation,
    rate,
    readyS: (readyAt - startedAt) / 1_000,
    settledS: (settledAt - readyAt) / 1_000,
    moved: totals,
    phases: { undisturbed, duringJoin, afterwards },
  };
}

/** A fourth node comes and gets its share. */
async function join(cluster: LocalCluster) {
  await cluster.client('n1').setTransferRate(null);
  const before = await transferTotals(cluster.urls);
  const newcomer = await cluster.join();
  const readyAt = performance.now();
  await cluster.waitUntilSettled(JOINING_MS_MAX, LOOK_EVERY_MS);
  const settledAt = performance.now();
  const totals = await movedBetween(before, cluster.urls, cluster.client(newcomer.name));
  return { readyAt, settledAt, totals };
}
