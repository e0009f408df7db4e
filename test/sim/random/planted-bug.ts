/**
 * A copy of the compiled simulator with one rule of the program broken. A text that is not there
 * exactly once is an error, so that a planted bug does not rot unnoticed.
 */

import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT } from './program.ts';

export interface PlantedBug {
  /** Below src, as a source. */
  readonly file: string;
  /** As it stands in the compiled file. */
  readonly text: string;
  readonly becomes: string;
}

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A new directory, which whoever asks for it removes. Precondition: the simulator was built. */
export function plantBug({ file, text, becomes }: PlantedBug): string {
  const copy = mkdtempSync(join(tmpdir(), 'quorate-planted-'));
  cpSync(BUILT, copy, { recursive: true });
  symlinkSync(MODULES, join(copy, 'node_modules'));
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  const path = join(copy, 'src', file.replace(/\.ts$/, '.js'));
  const pieces = readFileSync(path, 'utf8').split(text);
  if (pieces.length !== 2) {
    throw new Error(`"${text}" is ${pieces.length - 1} times in ${file}, not once`);
  }
  writeFileSync(path, pieces.join(becomes));
  return copy;
}
