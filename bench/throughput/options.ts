/** The command line of the throughput benchmark. */

import { type Command, InvalidArgumentError } from 'commander';
import { type BenchmarkOptions, benchmarkCommand } from '../benchmark.ts';
import { BENCH_CASES, type BenchCase } from './cases.ts';
import type { ContestantName, Target } from './contestant.ts';

/** Requests per second, or a share of what the slower contestant managed in the closed loop. */
export type Rate = { readonly perS: number } | { readonly share: number };

export interface ThroughputOptions extends BenchmarkOptions {
  readonly cases: readonly BenchCase[];
  readonly values: readonly number[];
  readonly connections: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly keys: number;
  readonly rate: readonly Rate[];
  readonly only?: ContestantName;
  readonly targets?: readonly Target[];
  readonly profile?: string;
}

/** Everything once, in about a minute: shows that it works, proves nothing. */
const QUICK = { seconds: 0.8, warmUp: 0.2, rounds: 1, keys: 4_000 };

export function addThroughputCommand(
  program: Command,
  run: (options: ThroughputOptions) => Promise<void>,
): void {
  benchmarkCommand(program, 'throughput')
    .description('three nodes of Quorate against three nodes of a bare baseline')
    .option('--cases <list>', `of ${caseNames(BENCH_CASES)}`, caseList, BENCH_CASES)
    .option('--values <list>', 'bytes of a value', list(positive), [100, 4_096])
    .option('--connections <n>', 'over all nodes together', positive, 48)
    .option('--seconds <s>', 'measured, each time', positive, 3)
    .option('--warm-up <s>', 'before each measurement, discarded', positive, 1)
    .option('--rounds <n>', 'each contestant is measured so often in each case', positive, 5)
    .option('--keys <n>', 'written beforehand, for gets to ask for', positive, 20_000)
    .option(
      '--rate <list>',
      'then also an open loop at so many requests/s, or at 50% of what the slower one can do',
      list(rate),
      [],
    )
    .option('--only <name>', 'quorate or baseline', contestantName)
    .option('--targets <list>', 'HOST:PORT,... of a running Quorate to measure', list(target))
    .option('--quick', 'a smoke test of about a minute')
    .option('--profile <dir>', 'write CPU profiles of the nodes; figures suffer a little')
    .action((given, command: Command) => {
      const explicit = (name: string) => command.getOptionValueSource(name) === 'cli';
      const quick = Object.entries(given.quick ? QUICK : {}).filter(([name]) => !explicit(name));
      const { quick: _, ...options } = given;
      return run({ ...options, ...Object.fromEntries(quick) });
    });
}

function list<Item>(parse: (text: string) => Item): (text: string) => readonly Item[] {
  return (text) => text.split(',').map((item) => parse(item.trim()));
}

export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('must be a number greater than 0.');
}

function rate(text: string): Rate {
  return text.endsWith('%')
    ? { share: positive(text.slice(0, -1)) / 100 }
    : { perS: positive(text) };
}

function caseList(text: string): readonly BenchCase[] {
  return list((name) => {
    const found = BENCH_CASES.find((benchCase) => benchCase.name === name);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`${name} is none of ${caseNames(BENCH_CASES)}.`);
  })(text);
}

function caseNames(cases: readonly BenchCase[]): string {
  return cases.map(({ name }) => name).join(',');
}

function contestantName(text: string): ContestantName {
  if (text === 'quorate' || text === 'baseline') return text;
  throw new InvalidArgumentError('must be quorate or baseline.');
}

function target(text: string): Target {
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at > 0 && Number.isInteger(port) && port > 0) return { host: text.slice(0, at), port };
  throw new InvalidArgumentError('must be HOST:PORT,HOST:PORT,...');
}
