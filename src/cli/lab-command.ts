/** `quorate lab`: the consistency laboratory, as `npm run lab` has it. */

import type { Command } from 'commander';
import { describeLab } from '../../bench/lab/lab-command.ts';

export function addLabCommand(program: Command, version: string): void {
  describeLab(program.command('lab'), version);
}
