/**
 * A copy of the compiled simulators with one rule of the program broken. A text that is not there
 * exactly once is an error, so that a planted bug does not rot unnoticed.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT, type Ended, runSimulator } from '../random/program.ts';
import type { SimulatorName } from './simulators.ts';

export interface PlantedBug {
  /** Below src, as a source. */
  readonly file: string;
  /** As it stands in the compiled file. */
  readonly text: string;
  readonly becomes: string;
}

export interface Search {
  /** The first that shows something wrong; undefined: none did. */
  readonly seed: number | undefined;
  /** What the program wrote: what was wrong. */
  readonly output: string;
}

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const SEARCH_MS_MAX = 1_800_000;

/** A new directory, which whoever asks for it removes. Precondition: the simulators were built. */
export function plantBug(bug: PlantedBug): string {
  const copy = mkdtempSync(join(tmpdir(), 'quorate-planted-'));
  cpSync(BUILT, copy, { recursive: true });
  symlinkSync(MODULES, join(copy, 'node_modules'));
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  const { path, broken } = plantedIn(copy, bug);
  writeFileSync(path, broken);
  return copy;
}

/**
 * Runs the simulator with the bug from seed 1 on. Throws where the seed that it ends with shows
 * something without the bug too. Precondition: the simulators were built.
 */
export async function searchFor(
  bug: PlantedBug & { readonly by: SimulatorName },
  seeds: number,
): Promise<Search> {
  const built = plantBug(bug);
  try {
    const { output } = await runSeeds(built, bug.by, 1, seeds);
    const [, found] = /^seed (\d+): /m.exec(output) ?? [];
    if (found === undefined) return { seed: undefined, output };
    const seed = Number(found);
    const without = await runSeeds(BUILT, bug.by, seed, seed);
    if (without.code !== 0) throw new Error(`without the bug: ${without.output}`);
    return { seed, output };
  } finally {
    rmSync(built, { recursive: true });
  }
}

function runSeeds(built: string, by: SimulatorName, first: number, last: number): Promise<Ended> {
  const program = 'planted/search.js';
  return runSimulator([by, first, last], { built, program, msMax: SEARCH_MS_MAX });
}

/** Throws where the text is not there exactly once. Precondition: the simulators were built. */
export function checkPlace(bug: PlantedBug): void {
  plantedIn(BUILT, bug);
}

function plantedIn(built: string, { file, text, becomes }: PlantedBug) {
  const path = join(built, 'src', file.replace(/\.ts$/, '.js'));
  const pieces = readFileSync(path, 'utf8').split(text);
  if (pieces.length !== 2) {
    throw new Error(`"${text}" is ${pieces.length - 1} times in ${file}, not once`);
  }
  return { path, broken: pieces.join(becomes) };
}
