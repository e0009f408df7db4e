/**
 * What a run leaves behind: one folder with its histories, its figures and its report.
 *
 *   E3-small-5-nodes-seed-7/
 *     results.json                 everything that the report shows, and how to repeat it
 *     report.html                  self-contained
 *     sloppy.history.jsonl.gz      each history (quorate check reads it unpacked)
 *     sloppy.timeline.html         of a history in which something was found
 *     availability.svg             each chart
 *
 * `results.json` is written last and in one step: a folder that has one is complete.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeHistory } from '../../src/checkers/history-codec.ts';
import type { MachineFacts } from '../machine.ts';
import type { Experiment, Findings, Recorded } from './experiment.ts';
import type { JudgedHistory } from './judged-histories.ts';
import { type AskedLevels, givenLevels } from './levels.ts';
import type { Scale } from './scale.ts';

export const RESULTS_FILE = 'results.json';
export const REPORT_FILE = 'report.html';

/** How to do the same again; N, R and W only where a user asked for any of them. */
export interface RunIdentity extends AskedLevels {
  readonly experiment: string;
  readonly scale: Scale;
  readonly seed: number;
  readonly nodes: number;
  readonly durationMs?: number;
}

/** `results.json`. */
export interface Results extends RunIdentity, Omit<Findings, 'histories'> {
  readonly about: Pick<Experiment, 'title' | 'question' | 'hypothesis'>;
  readonly machine: MachineFacts;
  readonly startedAt: string;
  readonly seconds: number;
  /** Of the program that ran it. */
  readonly version: string;
  readonly histories: readonly JudgedHistory[];
}

const compressed = promisify(gzip);

export class RunFolder {
  readonly directory: string;

  /** @param parent where all runs are */
  constructor(parent: string, identity: RunIdentity) {
    this.directory = join(parent, folderName(identity));
  }

  /** Undefined where the run has not come to its end. */
  async kept(): Promise<Results | undefined> {
    const file = join(this.directory, RESULTS_FILE);
    return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Results) : undefined;
  }

  /** Empty, whatever was there. */
  async begin(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    await mkdir(this.directory, { recursive: true });
  }

  async writeHistory({ name, history }: Recorded): Promise<string> {
    const file = `${name}.history.jsonl.gz`;
    await writeFile(join(this.directory, file), await compressed(encodeHistory(history)));
    return file;
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.directory, file), text);
  }

  /** As `write` wrote it. */
  read(file: string): Promise<string> {
    return readFile(join(this.directory, file), 'utf8');
  }

  async complete(results: Results): Promise<void> {
    const draft = join(this.directory, `${RESULTS_FILE}.draft`);
    await writeFile(draft, `${JSON.stringify(results, null, 1)}\n`);
    await rename(draft, join(this.directory, RESULTS_FILE));
  }
}

/** A user who gave a duration, other nodes or levels has a folder of its own. */
function folderName(identity: RunIdentity): string {
  const { experiment, scale, seed, nodes, durationMs } = identity;
  const levels = givenLevels(identity)
    .map(([name, level]) => `-${name}-${level}`)
    .join('');
  const duration = durationMs === undefined ? '' : `-${durationMs / 1_000}s`;
  return `${experiment}-${scale}-${nodes}-nodes${levels}${duration}-seed-${seed}`;
}

/** Of all complete runs below the directory, by folder name. */
export async function readRuns(
  parent: string,
): Promise<readonly { readonly folder: string; readonly results: Results }[]> {
  if (!existsSync(parent)) return [];
  const folders = (await readdir(parent)).sort();
  const complete = folders.filter((folder) => existsSync(join(parent, folder, RESULTS_FILE)));
  return Promise.all(
    complete.map(async (folder) => {
      const text = await readFile(join(parent, folder, RESULTS_FILE), 'utf8');
      return { folder, results: JSON.parse(text) as Results };
    }),
  );
}
