#!/usr/bin/env node
/** The `quorate` command. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBucketsCommands } from './buckets-command.ts';
import { addCheckCommand } from './check-command.ts';
import { addClusterCommands } from './cluster-command.ts';
import { addDataCommands } from './data-commands.ts';
import { EXIT, exitCodeOf, messageOf } from './exit.ts';
import { addFaultsCommands } from './faults-command.ts';
import { addHintsCommand } from './hints-command.ts';
import { addLabCommand } from './lab-command.ts';
import { addLeaseCommands } from './lease-command.ts';
import { addMembersCommand } from './members-command.ts';
import { addMetadataCommands } from './metadata-command.ts';
import { addPbsCommand } from './pbs-command.ts';
import { addRaftCommands } from './raft-command.ts';
import { addRepairCommand } from './repair-command.ts';
import { addSalvageCommand } from './salvage-command.ts';
import { addStartCommand } from './start-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addTombstonesCommand } from './tombstones-command.ts';
import { addTransfersCommand } from './transfers-command.ts';
import { addWatchCommand } from './watch-command.ts';

/** Seen from dist/src/cli/main.js. */
const PACKAGE = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };

const program = new Command('quorate')
  .description('A leaderless key-value store with quorums per request and siblings you can see')
  .version(version, '--version', 'print the version')
  .exitOverride();
addStartCommand(program);
addDataCommands(program);
addBucketsCommands(program);
addLeaseCommands(program);
addWatchCommand(program);
addStatusCommand(program);
addHintsCommand(program);
addRepairCommand(program);
addTombstonesCommand(program);
addPbsCommand(program);
addMembersCommand(program);
addClusterCommands(program);
addTransfersCommand(program);
addSalvageCommand(program);
addFaultsCommands(program);
addRaftCommands(program);
addMetadataCommands(program);
addCheckCommand(program);
addLabCommand(program, version);

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
