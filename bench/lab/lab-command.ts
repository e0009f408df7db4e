/** The command line of the laboratory: of `npm run lab --` and of `quorate lab`. */

import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { tableText } from '../../src/cli/table-text.ts';
import { count } from '../command-line.ts';
import { EXPERIMENTS, experimentNamed } from './catalog.ts';
import type { Experiment } from './experiment.ts';
import { progressOn } from './progress.ts';
import { indexPage } from './report/index-page.ts';
import { verdictText } from './report/verdict-text.ts';
import { runExperiment } from './run-experiment.ts';
import { REPORT_FILE, RunFolder, readRuns } from './run-folder.ts';
import { SCALES, type Scale } from './scale.ts';

interface LabOptions {
  readonly nodes?: number;
  readonly seed: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly scale: Scale;
  readonly out: string;
  readonly again?: true;
}

const ALL = 'all';
const DEFAULT_SEED = 1;
const NODES_MAX = 9;
const DURATION_UNITS = { s: 1_000, m: 60_000 } as const;

/** Takes `[experiments...]` as its arguments; without any it lists what there is. */
export function describeLab(command: Command, version: string): Command {
  return command
    .description('run experiments on what consistency costs and promises; without any, list them')
    .argument('[experiments...]', `such as E3, or ${ALL}`)
    .option('--nodes <n>', 'of the cluster; each experiment has its own number', nodesOf)
    .option('--seed <n>', 'of all that is left to chance', seedOf, DEFAULT_SEED)
    .option('--duration <time>', 'of the part that is repeated: 30s, 2m', durationOf)
    .addOption(
      new Option('--scale <scale>', 'how much is repeated').choices(SCALES).default('small'),
    )
    .option('--out <dir>', 'where each run has a folder', 'lab-runs')
    .option('--again', 'also what is there already, complete')
    .action((ids: readonly string[], options: LabOptions) => runLab(ids, options, version));
}

async function runLab(ids: readonly string[], options: LabOptions, version: string): Promise<void> {
  if (ids.length === 0) return print(listing());
  const experiments = chosen(ids);
  const out = resolve(options.out);
  const ending = new AbortController();
  const onInterrupt = () => ending.abort(new Error('interrupted'));
  process.once('SIGINT', onInterrupt);
  let isWell = true;
  try {
    for (const experiment of experiments) {
      isWell = (await runOne(experiment, { ...options, out }, version, ending.signal)) && isWell;
      await writeFile(join(out, 'index.html'), indexPage(await readRuns(out)));
    }
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  print(`All runs: ${join(out, 'index.html')}`);
  if (!isWell) process.exitCode = 1;
}

/** Whether all was as theory says. */
async function runOne(
  experiment: Experiment,
  { out, again, nodes = experiment.nodes, seed, scale, duration }: LabOptions,
  version: string,
  signal: AbortSignal,
): Promise<boolean> {
  const identity = {
    nodes,
    seed,
    scale,
    ...(duration !== undefined && { durationMs: duration }),
  };
  const there = new RunFolder(out, { experiment: experiment.id, ...identity });
  if (there.isComplete && again !== true) {
    print(`${experiment.id}: there already (--again repeats it): ${there.directory}`);
    return true;
  }
  const progress = progressOn(process.stdout, experiment.id, () => performance.now());
  progress.note(`${experiment.id}: ${experiment.title}`);
  const run = await runExperiment(experiment, { out, version, progress, signal, ...identity });
  progress.note(`\n${verdictText(run.results)}\n`);
  print(`Report: ${join(run.folder.directory, REPORT_FILE)}\n`);
  return run.results.claims.every(({ holds }) => holds);
}

function chosen(ids: readonly string[]): readonly Experiment[] {
  if (ids.length === 1 && ids[0] === ALL) return EXPERIMENTS;
  return ids.map((id) => {
    const found = experimentNamed(id);
    if (found !== undefined) return found;
    const known = EXPERIMENTS.map((experiment) => experiment.id).join(', ');
    throw new InvalidArgumentError(`there is no experiment "${id}": use ${known} or ${ALL}`);
  });
}

function listing(): string {
  return tableText(
    ['experiment', 'what it asks'],
    EXPERIMENTS.map(({ id, question }) => [id, question]),
  );
}

function nodesOf(text: string): number {
  const nodes = count(text);
  if (nodes <= NODES_MAX) return nodes;
  throw new InvalidArgumentError(`must be from 1 to ${NODES_MAX}.`);
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError('must be a whole number from 0 on.');
}

/** In milliseconds. */
function durationOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m)$/.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) {
    throw new InvalidArgumentError('must be a time such as 30s or 2m.');
  }
  return Number(number) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
