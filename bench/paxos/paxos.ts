/**
 * Keys of a paxos bucket in three nodes: what they cost beside those of a dynamo bucket, how many
 * changes a second one key takes, and what a killed replica does to them.
 */

import { loadavg } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import {
  type BenchmarkOptions,
  benchmarkCommand,
  type Outcome,
  runBenchmark,
} from '../benchmark.ts';
import { count, print } from '../command-line.ts';
import { profileLaunchedProcesses } from '../profiling.ts';
import type { ClosedLoopOptions } from '../throughput/closed-contests.ts';
import { Generator } from '../throughput/generator.ts';
import { positive } from '../throughput/options.ts';
import { type Goal, goalTable } from './goals.ts';
import { type HotKeyOptions, hotKeyGoals, hotKeyLines, measureHotKey } from './hot-key.ts';
import { type KillOptions, killGoals, killLine, measureKills } from './kill.ts';
import { measureUncontended, uncontendedGoals, uncontendedLines } from './uncontended.ts';

const NODES = 3;

const PARTS = ['uncontended', 'hot-key', 'kill'] as const;
type Part = (typeof PARTS)[number];

interface PaxosOptions extends BenchmarkOptions, ClosedLoopOptions, HotKeyOptions, KillOptions {
  readonly parts: readonly Part[];
  readonly profile?: string;
}

export function addPaxosCommand(program: Command): void {
  benchmarkCommand(program, 'paxos')
    .description('keys of a paxos bucket: against dynamo, one hot key, and a killed replica')
    .option('--parts <list>', `of ${PARTS.join(',')}`, partList, PARTS)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--connections <n>', 'over all nodes together', count, 48)
    .option('--seconds <s>', 'uncontended: measured, each time', positive, 1.2)
    .option('--warm-up <s>', 'before each of these, discarded', positive, 0.4)
    .option('--rounds <n>', 'each bucket is measured so often in each case', count, 4)
    .option('--keys <n>', 'written beforehand, to be known and to be read', count, 3_000)
    .option('--clients <n>', 'of the hot key', count, 32)
    .option('--hot-seconds <s>', 'for each way to change the hot key', positive, 6)
    .option('--rate <n>', 'kill: requests a second', count, 300)
    .option('--kill-keys <n>', 'kill: keys that are asked for', count, 300)
    .option('--calm-seconds <s>', 'before each kill', positive, 4)
    .option('--dead-seconds <s>', 'from a kill to the return of the node', positive, 6)
    .option('--profile <dir>', 'write CPU profiles of the nodes; figures suffer a little')
    .action(runPaxos);
}

function runPaxos(options: PaxosOptions): Promise<void> {
  return runBenchmark('paxos', options, async (dataDirectory) => {
    if (options.profile !== undefined) profileLaunchedProcesses(options.profile);
    const loadBefore = loadText();
    const cluster = await startCluster({ nodes: NODES, dataDirectory });
    try {
      const outcomes: PartOutcome[] = [];
      for (const part of options.parts) outcomes.push(await MEASURE[part](cluster, options));
      return outcomeOf(outcomes, { before: loadBefore, after: loadText() });
    } finally {
      await cluster.close();
    }
  });
}

interface PartOutcome extends Outcome {
  readonly goals: readonly Goal[];
}

type Measure = (cluster: LocalCluster, options: PaxosOptions) => Promise<PartOutcome>;

const MEASURE: Readonly<Record<Part, Measure>> = {
  uncontended: async (cluster, options) => {
    const generator = new Generator();
    try {
      const figures = await measureUncontended(cluster, generator, options);
      return {
        lines: uncontendedLines(figures),
        goals: uncontendedGoals(figures),
        report: { uncontended: figures },
      };
    } finally {
      generator.stop();
    }
  },
  'hot-key': async (cluster, options) => {
    print('one hot key');
    const compareAndSet = await measureHotKey(cluster, 'compareAndSet', options);
    const pausing = await measureHotKey(cluster, 'compareAndSetPausing', options);
    const read = await measureHotKey(cluster, 'readCompareAndSet', options);
    const readPausing = await measureHotKey(cluster, 'readCompareAndSetPausing', options);
    const increments = await measureHotKey(cluster, 'increment', options);
    return {
      lines: [
        ...hotKeyLines('Compare-and-set by what a 412 tells', compareAndSet),
        ...hotKeyLines('The same, pauses by chance after two misses or a success', pausing),
        ...hotKeyLines('Compare-and-set with a get before each attempt', read),
        ...hotKeyLines('The same, a pause by chance after each attempt', readPausing),
        ...hotKeyLines('Increments', increments),
      ],
      goals: hotKeyGoals(compareAndSet),
      report: { hotKey: { compareAndSet, pausing, read, readPausing, increments } },
    };
  },
  kill: async (cluster, options) => {
    const kills = await measureKills(cluster, options);
    return { lines: kills.map(killLine), goals: killGoals(kills), report: { kills } };
  },
};

function outcomeOf(
  outcomes: readonly PartOutcome[],
  load: { readonly before: string; readonly after: string },
): Outcome {
  const goals = outcomes.flatMap((outcome) => outcome.goals);
  return {
    lines: [
      ...outcomes.flatMap(({ lines }) => [...lines, '']),
      goalTable(goals),
      '',
      `Load of the machine (1, 5, 15 min): before ${load.before}; after ${load.after}.`,
    ],
    report: { load, goals, ...Object.assign({}, ...outcomes.map(({ report }) => report)) },
  };
}

/** Figures of a machine that was busy with something else before mean little. */
function loadText(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}

function partList(text: string): readonly Part[] {
  return text.split(',').map((name) => {
    const part = PARTS.find((known) => known === name.trim());
    if (part !== undefined) return part;
    throw new InvalidArgumentError(`${name} is none of ${PARTS.join(',')}.`);
  });
}
