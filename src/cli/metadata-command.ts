/**
 * `quorate metadata recover`: for a metadata group that has lost its majority for good. Works on
 * the directory of a node that does not run.
 */

import type { Command } from 'commander';
import { hostAndPort, type PeerAddressOption } from './option-values.ts';

export interface RecoverOptions {
  readonly data: string;
  readonly follow?: PeerAddressOption;
  readonly secretFile?: string;
  readonly yes?: true;
  readonly json?: true;
}

export function addMetadataCommands(program: Command): void {
  program
    .command('metadata')
    .description('the directories of a cluster whose metadata group is lost')
    .command('recover')
    .description(
      'begin the cluster anew from the directory of one survivor, when the majority of the voters is lost for good; other survivors come over with --follow',
    )
    .requiredOption('--data <dir>', 'of a node that is not running')
    .option(
      '--follow <host:peerport>',
      'bring this directory over to the recovered cluster, of which a member listens there',
      hostAndPort,
    )
    .option('--secret-file <file>', 'what the nodes of this cluster prove to each other')
    .option('--yes', 'do it without asking')
    .option('--json', 'print what became of it as JSON')
    .action(recover);
}

/** Loaded only here: the other commands do without the parts of a node. */
async function recover(options: RecoverOptions): Promise<void> {
  const { recoverMetadata } = await import('./recover-metadata.ts');
  await recoverMetadata(options);
}
