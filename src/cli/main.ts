#!/usr/bin/env node
/** The `quorate` command. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBackupCommand } from './backup-command.ts';
import { addBenchCommand } from './bench-command.ts';
import { addBucketsCommands } from './buckets-command.ts';
import { addCheckCommand } from './check-command.ts';
import { addClusterCommands } from './cluster-command.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addConfigCommands } from './config-command.ts';
import { addDataCommands } from './data-commands.ts';
import { addDevCommand } from './dev-command.ts';
import { EXIT, exitCodeOf, messagesOf } from './exit.ts';
import { addExportCommand } from './export-command.ts';
import { addFaultsCommands } from './faults-command.ts';
import { addHintsCommand } from './hints-command.ts';
import { addImportCommand } from './import-command.ts';
import { addInspectCommand } from './inspect-command.ts';
import { addLabCommand } from './lab-command.ts';
import { addLeaseCommands } from './lease-command.ts';
import { addMembersCommand } from './members-command.ts';
import { addMetadataCommands } from './metadata-command.ts';
import { addPbsCommand } from './pbs-command.ts';
import { addRaftCommands } from './raft-command.ts';
import { addRepairCommand } from './repair-command.ts';
import { addRestoreCommand } from './restore-command.ts';
import { addSalvageCommand } from './salvage-command.ts';
import { addStartCommand } from './start-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addTokensCommands } from './tokens-command.ts';
import { addTombstonesCommand } from './tombstones-command.ts';
import { addTopCommand } from './top-command.ts';
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
addDevCommand(program);
addConfigCommands(program);
addDataCommands(program);
addBucketsCommands(program);
addLeaseCommands(program);
addWatchCommand(program);
addStatusCommand(program);
addTopCommand(program);
addHintsCommand(program);
addInspectCommand(program);
addRepairCommand(program);
addTombstonesCommand(program);
addTokensCommands(program);
addPbsCommand(program);
addMembersCommand(program);
addClusterCommands(program);
addTransfersCommand(program);
addSalvageCommand(program);
addBackupCommand(program, version);
addRestoreCommand(program);
addExportCommand(program);
addImportCommand(program);
addFaultsCommands(program);
addRaftCommands(program);
addMetadataCommands(program);
addCheckCommand(program);
addBenchCommand(program);
addLabCommand(program, version);
addCompletionCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asked for help, it has given it.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    for (const message of messagesOf(error)) process.stderr.write(`error: ${message}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
