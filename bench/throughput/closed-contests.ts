/**
 * Clusters that are started for it, against each other in the closed loop, in one case after the
 * other: who is measured, what is asked and for how long differ, this does not.
 */

import type { BenchCase } from './cases.ts';
import { type Arena, type ContestResult, preload, runContest } from './contest.ts';
import type { Contestant } from './contestant.ts';
import { Generator } from './generator.ts';

export interface ClosedLoopOptions {
  readonly valueBytes: number;
  /** Over all nodes of a contestant together. */
  readonly connections: number;
  /** Measured, each time; before it so many are discarded. */
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  /** Written beforehand, for gets to ask for. */
  readonly keys: number;
}

/** The ratio of the results is that of the first two contestants. */
export async function runClosedContests(
  launches: readonly (() => Promise<Contestant>)[],
  cases: readonly BenchCase[],
  options: ClosedLoopOptions,
): Promise<readonly ContestResult[]> {
  const generator = new Generator();
  const contestants: Contestant[] = [];
  const arena = { generator, contestants };
  try {
    for (const launch of launches) contestants.push(await launch());
    await preload(arena, options);
    const results: ContestResult[] = [];
    for (const benchCase of cases) results.push(await runClosedContest(arena, benchCase, options));
    return results;
  } finally {
    generator.stop();
    await Promise.all(contestants.map((contestant) => contestant.stop()));
  }
}

/** One case, where the keys are written. */
export function runClosedContest(
  arena: Arena,
  benchCase: BenchCase,
  { valueBytes, connections, seconds, warmUp, rounds, keys }: ClosedLoopOptions,
): Promise<ContestResult> {
  const drive = { loop: 'closed', warmUpMs: warmUp * 1_000, measureMs: seconds * 1_000 } as const;
  return runContest(arena, { benchCase, valueBytes, drive, connections, rounds, keys });
}
