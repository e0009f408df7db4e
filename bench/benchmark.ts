/** What is around a measurement: the machine is named, data comes and goes, a file is left. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { print } from './command-line.ts';
import { machineFacts, machineLine } from './machine.ts';

export interface BenchmarkOptions {
  /** A directory of its own is made in here, and removed afterwards. */
  readonly data: string;
  /** Receives the figures as JSON. */
  readonly out: string;
}

export interface Outcome {
  /** For people. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** A command with the options that benchmarks have in common. */
export function benchmarkCommand(program: Command, name: string): Command {
  return program
    .command(name)
    .option('--data <dir>', 'data of the nodes, removed afterwards; on a real disk', 'bench/out')
    .option('--out <file>', 'the figures as JSON', `bench/out/${name}.json`);
}

/** `measure` stops what it has started, whatever happens. */
export async function runBenchmark(
  name: string,
  options: BenchmarkOptions,
  measure: (directory: string) => Promise<Outcome>,
): Promise<void> {
  const machine = machineFacts();
  print(`${machineLine(machine)}\n`);
  await mkdir(resolve(options.data), { recursive: true });
  const directory = await mkdtemp(join(resolve(options.data), `${name}-`));
  try {
    const { lines, report } = await measure(directory);
    print(`\n${lines.join('\n')}\n`);
    const { data: _, out, ...parameters } = options;
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, `${JSON.stringify({ machine, parameters, ...report }, null, 1)}\n`);
    print(`All figures: ${out}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
