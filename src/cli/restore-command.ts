/** `quorate restore`: what a backup has, into another cluster, or into this one what is gone. */

import type { Command } from 'commander';
import { addJsonOption, type JsonFlag } from './json-option.ts';
import { addNodeOption, type NodeOption } from './node-option.ts';

export interface RestoreFlags extends NodeOption, JsonFlag {
  readonly from: string;
  readonly bucket?: readonly string[];
  readonly verify?: true;
}

export function addRestoreCommand(program: Command): void {
  addJsonOption(addNodeOption(program.command('restore')), 'print the outcome as JSON')
    .description('load a backup into a cluster that has none of its buckets; may be run again')
    .requiredOption('--from <dir>', 'the folder of quorate backup')
    .option('--bucket <name...>', 'only these buckets')
    .option('--verify', 'instead, only check that the backup is whole; asks no node')
    .action(async (flags: RestoreFlags) => {
      // Loaded only here: the other commands do without the parts of a node.
      const { restoreBackup } = await import('./restore-backup.ts');
      await restoreBackup(flags);
    });
}
