/**
 * The throughput benchmark: starts the contestants, lets them take turns at every case, prints
 * the table and leaves all figures in a file.
 */

import { join } from 'node:path';
import { runBenchmark } from '../benchmark.ts';
import { profileLaunchedProcesses } from '../profiling.ts';
import { startBaseline } from './baseline-cluster.ts';
import { type Arena, type ContestResult, preload, runContest } from './contest.ts';
import { type Contestant, runningQuorate, startQuorate } from './contestant.ts';
import { type Drive, Generator } from './generator.ts';
import type { Rate, ThroughputOptions } from './options.ts';
import { resultTable } from './report.ts';

const NODES = 3;

export function runThroughput(options: ThroughputOptions): Promise<void> {
  const parameters = { ...options, nodes: NODES, cases: options.cases.map(({ name }) => name) };
  return runBenchmark('throughput', parameters, async (directory) => {
    const generator = new Generator();
    if (options.profile !== undefined) profileLaunchedProcesses(options.profile);
    const contestants: Contestant[] = [];
    const results: ContestResult[] = [];
    try {
      await startContestants(options, directory, contestants);
      for (const valueBytes of options.values) {
        results.push(...(await runAllCases(options, { generator, contestants }, valueBytes)));
      }
    } finally {
      generator.stop();
      await Promise.all(contestants.map((contestant) => contestant.stop()));
    }
    return { lines: [resultTable(results)], report: { results } };
  });
}

/** One after the other into `contestants`, so that those that run can be stopped if one fails. */
async function startContestants(
  { only, targets }: ThroughputOptions,
  directory: string,
  contestants: Contestant[],
): Promise<void> {
  if (only !== 'baseline') {
    contestants.push(
      targets === undefined
        ? await startQuorate(NODES, join(directory, 'quorate'))
        : runningQuorate(targets),
    );
  }
  if (only !== 'quorate') {
    contestants.push(await startBaseline(NODES, join(directory, 'baseline')));
  }
}

async function runAllCases(
  options: ThroughputOptions,
  arena: Arena,
  valueBytes: number,
): Promise<ContestResult[]> {
  const { connections, rounds, keys } = options;
  await preload(arena, { valueBytes, keys, connections });
  const results: ContestResult[] = [];
  for (const benchCase of options.cases) {
    const run = async (drive: Drive) => {
      const contest = { benchCase, valueBytes, drive, connections, rounds, keys };
      const result = await runContest(arena, contest);
      results.push(result);
      return result;
    };
    const period = { warmUpMs: options.warmUp * 1_000, measureMs: options.seconds * 1_000 };
    const saturated = await run({ loop: 'closed', ...period });
    for (const rate of options.rate) {
      await run({ loop: 'open', ...period, rate: requestsPerS(rate, saturated) });
    }
  }
  return results;
}

/** A share is one of what the slower contestant managed: both are asked for the same. */
function requestsPerS(rate: Rate, { scores }: ContestResult): number {
  if ('perS' in rate) return rate.perS;
  return rate.share * Math.min(...scores.map(({ opsPerS }) => opsPerS.median));
}
