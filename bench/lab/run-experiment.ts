/** Runs one experiment into its folder. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineFacts } from '../machine.ts';
import type { Experiment, Findings, Lab } from './experiment.ts';
import { keepJudged } from './judged-histories.ts';
import { chartSvg } from './report/chart-svg.ts';
import { reportPage } from './report/report-page.ts';
import { REPORT_FILE, type Results, RunFolder, type RunIdentity } from './run-folder.ts';

export interface RunOptions
  extends Omit<RunIdentity, 'experiment'>,
    Pick<Lab, 'progress' | 'signal'> {
  /** Where the folders of all runs are. */
  readonly out: string;
  readonly version: string;
}

/** Whatever was in the folder of this run is replaced. Rejects where it could not be carried out. */
export async function runExperiment(
  experiment: Experiment,
  { out, version, progress, signal, ...identity }: RunOptions,
): Promise<{ readonly results: Results; readonly folder: RunFolder }> {
  const folder = new RunFolder(out, { experiment: experiment.id, ...identity });
  await folder.begin();
  const startedAt = new Date();
  const dataDirectory = await mkdtemp(join(tmpdir(), `quorate-lab-${experiment.id}-`));
  try {
    const { durationMs, ...rest } = identity;
    const findings = await experiment.run({ ...rest, durationMs, dataDirectory, progress, signal });
    const results = {
      experiment: experiment.id,
      ...identity,
      about: aboutOf(experiment),
      machine: machineFacts(),
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 1_000),
      version,
      ...findings,
      histories: await historiesOf(findings, folder),
    };
    for (const chart of results.charts) await folder.write(`${chart.name}.svg`, chartSvg(chart));
    await folder.write(REPORT_FILE, reportPage(results, await firstTimeline(results, folder)));
    await folder.complete(results);
    return { results, folder };
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function historiesOf({ histories }: Findings, folder: RunFolder) {
  const judged = [];
  for (const recorded of histories) judged.push(await keepJudged(recorded, folder));
  return judged;
}

async function firstTimeline({ histories }: Results, folder: RunFolder) {
  const first = histories.find(({ timeline }) => timeline !== undefined);
  return first?.timeline === undefined ? undefined : folder.read(first.timeline);
}

function aboutOf({ title, question, hypothesis }: Experiment) {
  return { title, question, hypothesis };
}
