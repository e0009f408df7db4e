/**
 * Runs the experiments that are asked for, one after the other, each into a folder of its own.
 *
 * What is complete there is not run again, so what was interrupted goes on with the experiment
 * that was interrupted. One that cannot be carried out does not keep the others from running.
 */

import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EXIT, messageOf, UsageError } from '../../src/cli/exit.ts';
import { tableText } from '../../src/cli/table-text.ts';
import type { Experiment } from './experiment.ts';
import { ALL, type LabOptions } from './lab-command.ts';
import { type AskedLevels, LEVEL_NAMES, type Levels, levelsFrom } from './levels.ts';
import { type ProgressOutput, progressOn } from './progress.ts';
import { indexPage } from './report/index-page.ts';
import { runVerdict } from './report/run-verdict.ts';
import { verdictText } from './report/verdict-text.ts';
import { runExperiment } from './run-experiment.ts';
import { REPORT_FILE, type Results, RunFolder, readRuns } from './run-folder.ts';

export interface Laboratory {
  readonly version: string;
  /** All that there are, in the order in which all are run. */
  readonly experiments: readonly Experiment[];
  /** Standard output, if it is no other. */
  readonly output?: ProgressOutput;
}

const INDEX_FILE = 'index.html';
/** Of a program that SIGINT ended, as shells have it. */
const EXIT_INTERRUPTED = 130;

/** One run, as the list at the end tells it. */
interface Outcome {
  readonly id: string;
  readonly isWell: boolean;
  readonly text: string;
}

/**
 * Sets the exit code of the process. Throws `UsageError` where there is no such experiment, or
 * none of them with such levels or on so few nodes.
 */
export async function runLab(
  ids: readonly string[],
  options: LabOptions,
  { version, experiments, output = process.stdout }: Laboratory,
): Promise<void> {
  const asked = chosen(ids, experiments);
  checkLevels(asked, options, experiments);
  const out = resolve(options.out);
  const ending = endingBySignal(output);
  const outcomes: Outcome[] = [];
  try {
    for (const [i, experiment] of asked.entries()) {
      if (ending.signal.aborted) break;
      const turn = asked.length === 1 ? '' : ` (${i + 1} of ${asked.length})`;
      const title = `${experiment.id}${turn}`;
      const work = { title, out, version, output, signal: ending.signal };
      outcomes.push(await outcomeOf(experiment, options, work));
      await writeIndex(out);
    }
  } finally {
    ending.stopWaiting();
  }
  output.write(`${endText(outcomes, out)}\n`);
  if (ending.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  else if (!outcomes.every(({ isWell }) => isWell)) process.exitCode = EXIT.failed;
}

/** @param command how it was called, for the line that says what to do next */
export function listing(experiments: readonly Experiment[], command: string): string {
  const rows = experiments.map(({ id, question }) => [id, question]);
  const next = `Run some of them, or ${ALL}: ${command} ${experiments[0]?.id ?? ALL}`;
  return `${tableText(['experiment', 'what it asks'], rows)}\n\n${next}`;
}

function chosen(ids: readonly string[], experiments: readonly Experiment[]): readonly Experiment[] {
  const asked = ids.flatMap((id) => {
    if (id.toLowerCase() === ALL) return experiments;
    const found = experiments.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (found !== undefined) return [found];
    const known = [...experiments.map((one) => one.id), ALL].join(', ');
    throw new UsageError(`there is no experiment "${id}": there are ${known}`);
  });
  return [...new Set(asked)];
}

/** Throws `UsageError`. */
function checkLevels(
  asked: readonly Experiment[],
  options: LabOptions,
  experiments: readonly Experiment[],
): void {
  for (const name of LEVEL_NAMES.filter((level) => options[level] !== undefined)) {
    const strange = asked.filter((one) => !takes(one, name)).map(({ id }) => id);
    if (strange.length === 0) continue;
    const known = experiments.filter((one) => takes(one, name)).map(({ id }) => id);
    throw new UsageError(
      `--${name} is not for ${strange.join(', ')}; those that take it: ${known.join(', ') || 'none'}`,
    );
  }
  const { n, r, w } = levelsFrom(options);
  for (const [name, level] of Object.entries({ r, w })) {
    if (level > n) throw new UsageError(`--${name} ${level} is above the ${n} replicas of a key`);
  }
  if (options.n !== undefined && n > (options.nodes ?? n)) {
    throw new UsageError(`--n ${n} takes ${n} nodes: --nodes ${options.nodes} are too few`);
  }
}

function takes(experiment: Experiment, level: keyof Levels): boolean {
  return experiment.takes?.includes(level) === true;
}

/** All that it can be given where any was asked for. */
function levelsOf({ takes = [] }: Experiment, options: AskedLevels): AskedLevels {
  if (LEVEL_NAMES.every((name) => options[name] === undefined)) return {};
  const levels = levelsFrom(options);
  return Object.fromEntries(takes.map((name) => [name, levels[name]]));
}

interface Work {
  readonly title: string;
  readonly out: string;
  readonly version: string;
  readonly output: ProgressOutput;
  readonly signal: AbortSignal;
}

async function outcomeOf(
  experiment: Experiment,
  options: LabOptions,
  work: Work,
): Promise<Outcome> {
  const { id } = experiment;
  try {
    const { isWell, headline } = runVerdict(await resultsOf(experiment, options, work));
    return { id, isWell, text: headline };
  } catch (error) {
    const isInterrupted = work.signal.aborted;
    const text = isInterrupted ? 'interrupted' : `could not be carried out: ${messageOf(error)}`;
    progressOn(work.output, id, () => 0).note(`${id}: ${text}`);
    return { id, isWell: false, text };
  }
}

/** Of what is there, or of a run. */
async function resultsOf(
  experiment: Experiment,
  options: LabOptions,
  { title, out, version, output, signal }: Work,
): Promise<Results> {
  const { seed, scale, duration, again } = options;
  const identity = {
    nodes: nodesOf(experiment, options),
    seed,
    scale,
    ...levelsOf(experiment, options),
    ...(duration !== undefined && { durationMs: duration }),
  };
  const progress = progressOn(output, title, () => performance.now());
  const folder = new RunFolder(out, { experiment: experiment.id, ...identity });
  const kept = again === true ? undefined : await folder.kept();
  if (kept !== undefined) {
    progress.note(`${title}: there already (--again repeats it): ${folder.directory}`);
    return kept;
  }
  progress.note(`${title}: ${experiment.title}`);
  const run = await runExperiment(experiment, { out, version, progress, signal, ...identity });
  progress.note(`\n${verdictText(run.results)}\n`);
  progress.note(`Report: ${join(run.folder.directory, REPORT_FILE)}\n`);
  return run.results;
}

/** What runs in the simulator alone has none; others at least one for each replica. */
function nodesOf(experiment: Experiment, { nodes, n = 0 }: LabOptions): number {
  return experiment.nodes === 0 ? 0 : (nodes ?? Math.max(experiment.nodes, n));
}

async function writeIndex(out: string): Promise<void> {
  await writeFile(join(out, INDEX_FILE), indexPage(await readRuns(out)));
}

function endText(outcomes: readonly Outcome[], out: string): string {
  const rows = outcomes.map(({ id, isWell, text }) => [id, isWell ? 'yes' : 'NO', text]);
  const list = tableText(['experiment', 'as theory says', 'what was found'], rows);
  const index = `All runs: ${join(out, INDEX_FILE)}`;
  return outcomes.length === 1 ? index : `${list}\n\n${index}`;
}

/** By Ctrl-C or a request to end; the second ends the process at once, and its nodes with it. */
function endingBySignal(output: ProgressOutput) {
  const ending = new AbortController();
  const endAtOnce = () => process.exit(EXIT_INTERRUPTED);
  const end = () => {
    output.write('\nEnding: what was started is being stopped. Ctrl-C again ends at once.\n');
    process.off('SIGINT', end).off('SIGTERM', end).once('SIGINT', endAtOnce);
    ending.abort(new Error('interrupted'));
  };
  const stopWaiting = () => {
    process.off('SIGINT', end).off('SIGTERM', end).off('SIGINT', endAtOnce);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  return { signal: ending.signal, stopWaiting };
}
