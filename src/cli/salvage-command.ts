/** `quorate salvage`: offers the cluster what only a dead node held, from its directory. */

import type { Command } from 'commander';
import { UsageError } from './exit.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { nodeName } from './option-values.ts';

export interface SalvageFlags extends NodeOption {
  readonly data?: string;
  readonly dryRun?: true;
  readonly close?: string;
  readonly json?: true;
}

export function addSalvageCommand(program: Command): void {
  addNodeOption(program.command('salvage'))
    .description(
      'offer the cluster what only a dead node held, from the directory of that node, which is only read; until its salvage is closed nothing is reaped',
    )
    .option('--data <dir>', 'of a node that was removed or replaced as dead, and does not run')
    .option('--dry-run', 'only count what the cluster lacks')
    .option('--close <node>', 'give up what this dead node held, so that reaping goes on', nodeName)
    .option('--json', 'print the outcome as JSON')
    .action(salvage);
}

async function salvage(flags: SalvageFlags): Promise<void> {
  const { data, close } = flags;
  if ((data === undefined) === (close === undefined)) {
    throw new UsageError(
      'give --data with the directory of a dead node, or --close with the name of one',
    );
  }
  if (close !== undefined) return closeFor(close, flags);
  // Loaded only here: the other commands do without the parts of a node.
  const { salvageDirectory } = await import('./salvage-directory.ts');
  await salvageDirectory(data as string, flags);
}

async function closeFor(name: string, flags: SalvageFlags): Promise<void> {
  if (flags.dryRun === true)
    throw new UsageError('--close changes something: leave --dry-run away');
  await withClient(flags, async (client) => {
    await client.closeSalvage(name);
    const text =
      flags.json === true
        ? JSON.stringify({ node: name, salvage: 'closed' }, null, 2)
        : `the salvage of ${name} is closed: nothing of it is taken any more, and reaping goes on`;
    process.stdout.write(`${text}\n`);
  });
}
