/** A cluster and a generator of load for one measurement, ended whatever happens. */

import { type LocalCluster, startCluster } from '../cluster/local-cluster.ts';
import { type BenchmarkOptions, runBenchmark } from './benchmark.ts';
import { Generator } from './throughput/generator.ts';

export interface ForegroundBenchmark<Options extends BenchmarkOptions, Figures extends object> {
  readonly name: string;
  /** In the cluster at first. */
  readonly nodes: number;
  readonly measure: (
    cluster: LocalCluster,
    generator: Generator,
    options: Options,
  ) => Promise<Figures>;
  /** The figures, for people. */
  readonly lines: (figures: Figures) => readonly string[];
}

export function runWithForeground<Options extends BenchmarkOptions, Figures extends object>(
  { name, nodes, measure, lines }: ForegroundBenchmark<Options, Figures>,
  options: Options,
): Promise<void> {
  return runBenchmark(name, options, async (dataDirectory) => {
    const cluster = await startCluster({ nodes, dataDirectory });
    const generator = new Generator();
    try {
      const figures = await measure(cluster, generator, options);
      return { lines: lines(figures), report: { nodes, ...figures } };
    } finally {
      generator.stop();
      await cluster.close();
    }
  });
}
