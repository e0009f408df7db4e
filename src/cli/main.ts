#!/usr/bin/env node
/** The `quorate` command. */

import { Command, CommanderError } from 'commander';
import { addDataCommands } from './data-commands.ts';
import { EXIT, exitCodeOf, messageOf } from './exit.ts';
import { addStartCommand } from './start-command.ts';
import { addStatusCommand } from './status-command.ts';

const program = new Command('quorate')
  .description('A leaderless, always-writable key-value store')
  .exitOverride();
addStartCommand(program);
addDataCommands(program);
addStatusCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asked for help, it has given it.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
