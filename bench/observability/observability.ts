/**
 * What it costs that nodes tell of their requests: four clusters of three nodes, turn by turn.
 *
 * `silent` writes no log, and watches no request to see whether it is slow; the others do what
 * their names say and are held against it. Numbers are always counted, so of these the scrapes
 * are measured, by themselves.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { request } from 'undici';
import { compiledModule } from '../../cluster/compiled-module.ts';
import { startCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from '../benchmark.ts';
import type { BenchCase } from '../throughput/cases.ts';
import { type ClosedLoopOptions, runClosedContests } from '../throughput/closed-contests.ts';
import type { ContestResult } from '../throughput/contest.ts';
import { type Contestant, contestantOf } from '../throughput/contestant.ts';
import { costOf, costText, cpuCostOf } from '../throughput/cost.ts';
import { cpuTimeMs } from '../throughput/cpu-time.ts';
import { positive } from '../throughput/options.ts';
import { resultTable } from '../throughput/report.ts';

const NODES = 3;

const CASES: readonly BenchCase[] = [
  { name: 'put-w2', operation: 'put', level: 2 },
  { name: 'get-r1', operation: 'get', level: 1 },
  { name: 'get-r2', operation: 'get', level: 2 },
];

/** What makes a node tell more or less. */
const TOLD = {
  usual: { means: 'as a node is without options', startOptions: [] },
  silent: {
    means: 'no log, no request watched',
    startOptions: ['--log-level', 'silent', '--slow-request-ms', 'never'],
  },
  logged: {
    means: 'every request is a slow one: ten a second are logged',
    startOptions: ['--slow-request-ms', '0'],
  },
  collected: {
    means: 'every request becomes spans for OpenTelemetry',
    startOptions: [],
    preload: 'bench/observability/collect-spans',
  },
} as const;
type Name = keyof typeof TOLD;

const DEARER = ['usual', 'logged', 'collected'] as const satisfies readonly Name[];

/** As cluster/prometheus.yml has it. */
const SCRAPE_EVERY_MS = 5_000;
const SCRAPES = 300;

interface ObservabilityOptions extends BenchmarkOptions, ClosedLoopOptions {}

export function addObservabilityCommand(program: Command): void {
  benchmarkCommand(program, 'observability')
    .description('what logs, traces and metrics of requests cost')
    .option('--value-bytes <n>', 'of a value', positive, 100)
    .option('--connections <n>', 'over all nodes together', positive, 48)
    .option('--seconds <s>', 'measured, each time', positive, 1.5)
    .option('--warm-up <s>', 'before each measurement, discarded', positive, 1)
    .option('--rounds <n>', 'each contestant is measured so often in each case', positive, 5)
    .option('--keys <n>', 'written beforehand, for gets to ask for', positive, 2_000)
    .action((options: ObservabilityOptions) =>
      runBenchmark('observability', options, async (directory) => {
        const names = Object.keys(TOLD) as Name[];
        const launches = names.map((name) => () => launch(name, join(directory, name)));
        const results = await runClosedContests(launches, CASES, options);
        const scrapeMs = await scrapeCostMs(join(directory, 'scraped'));
        return {
          lines: [resultTable(results), '', ...costLines(results), '', scrapeLine(scrapeMs)],
          report: { results, scrapeMs },
        };
      }),
    );
}

async function launch(name: Name, dataDirectory: string): Promise<Contestant> {
  const told = TOLD[name];
  const inherited = process.env.NODE_OPTIONS;
  if ('preload' in told) {
    process.env.NODE_OPTIONS = `--import ${pathToFileURL(compiledModule(told.preload)).href}`;
  }
  try {
    const { startOptions } = told;
    const cluster = await startCluster({ nodes: NODES, dataDirectory, startOptions });
    return contestantOf(cluster, 'dynamo', name);
  } finally {
    if (inherited === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = inherited;
  }
}

/** Processor time of a node for each time that its numbers are asked for. */
async function scrapeCostMs(dataDirectory: string): Promise<number> {
  const cluster = await startCluster({ nodes: NODES, dataDirectory });
  try {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('there is no node');
    const scrape = async () => (await request(`${node.url}/metrics`)).body.dump();
    for (let i = 0; i < SCRAPES; i++) await scrape();
    const before = cpuTimeMs([node.pid]);
    for (let i = 0; i < SCRAPES; i++) await scrape();
    return (cpuTimeMs([node.pid]) - before) / SCRAPES;
  } finally {
    await cluster.close();
  }
}

function costLines(results: readonly ContestResult[]): readonly string[] {
  const costs = (name: Name) =>
    results.map((result) => {
      const throughput = costText(costOf(result, name, 'silent'));
      return `    ${result.case}  throughput ${throughput}, processor time ${costText(cpuCostOf(result, name, 'silent'))}`;
    });
  return [
    'What it costs, round by round against silent:',
    ...DEARER.flatMap((name) => [`  ${name}: ${TOLD[name].means}`, ...costs(name)]),
  ];
}

function scrapeLine(scrapeMs: number): string {
  const share = (scrapeMs / SCRAPE_EVERY_MS) * 100;
  return `A scrape of /metrics takes ${scrapeMs.toFixed(1)} ms of a processor: ${share.toFixed(2)} % of one, every ${SCRAPE_EVERY_MS / 1_000} s`;
}
