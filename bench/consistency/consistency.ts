/**
 * What R and W buy, and what a partition does to each kind of bucket, on a real cluster of
 * three nodes whose links are given faults.
 */

import type { Command } from 'commander';
import { startCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, runBenchmark } from '../benchmark.ts';
import { count, print } from '../command-line.ts';
import { positive } from '../throughput/options.ts';
import { runSweep, type SweepOptions } from './sweep.ts';
import { cellLine, sweepLines } from './sweep-text.ts';
import { runTimeline, type TimelineOptions } from './timeline.ts';
import { timelineLines } from './timeline-text.ts';

const NODES = 3;

interface ConsistencyOptions extends BenchmarkOptions, SweepOptions, TimelineOptions {}

export function addConsistencyCommand(program: Command): void {
  program
    .command('consistency')
    .description('three nodes: violations for each R and W, and both sides of a partition')
    .option('--operations <n>', 'for each R and W', count, 10_000)
    .option('--clients <n>', 'that each go from node to node', count, 16)
    .option('--delay <ms>', 'on average, of what one replica sends and is sent', positive, 50)
    .option('--jitter <ms>', 'standard deviation of that', positive, 10)
    .option('--rate <n>', 'requests/s of each kind on each side of the partition', count, 20)
    .option('--before <s>', 'from the first request to the partition', count, 5)
    .option('--partition <s>', 'until it is healed', count, 10)
    .option('--after <s>', 'until the last request', count, 5)
    .option('--data <dir>', 'data of the nodes, removed afterwards; on a real disk', 'bench/out')
    .option('--out <file>', 'the figures as JSON', 'bench/out/consistency.json')
    .action(runConsistency);
}

function runConsistency(options: ConsistencyOptions): Promise<void> {
  return runBenchmark('consistency', options, async (dataDirectory) => {
    const startOptions = ['--enable-faults'];
    const cluster = await startCluster({ nodes: NODES, dataDirectory, startOptions });
    try {
      const cells = await runSweep(cluster, options, (cell) => print(cellLine(cell)));
      const timeline = await runTimeline(cluster, options, print);
      const lines = [...sweepLines(cells), '', '', ...timelineLines(timeline)];
      return { lines, report: { cells, timeline } };
    } finally {
      await cluster.close();
    }
  });
}
