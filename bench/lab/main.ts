/** `npm run lab -- EXPERIMENT`: see lab-command.ts. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, exitCodeOf, messageOf } from '../../src/cli/exit.ts';
import { describeLab } from './lab-command.ts';

/** Seen from dist/bench/lab/main.js. */
const PACKAGE = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };

try {
  await describeLab(new Command('npm run lab --'), version).exitOverride().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
