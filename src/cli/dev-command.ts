/** `quorate dev`: a cluster on this machine with one word; `npm start` is the same. */

import type { Command } from 'commander';
import type { DevOptions } from '../../cluster/dev.ts';
import { port, wholeNumber } from './option-values.ts';

const NODES_MAX = 16;
const DEFAULT_NODES = 3;
const DEFAULT_PORT = 8_101;
const DEFAULT_DATA = './quorate-data';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('run a cluster on this machine to try things on; stop it with Ctrl-C')
    .option('--nodes <n>', 'how many nodes', wholeNumber('nodes', 1, NODES_MAX), DEFAULT_NODES)
    .option(
      '--port <port>',
      'for clients of the first node; the others follow, and peer ports are 1000 above',
      port,
      DEFAULT_PORT,
    )
    .option(
      '--data <dir>',
      'where the nodes keep their data, also for the next start',
      DEFAULT_DATA,
    )
    .option('--enable-faults', 'let quorate faults spoil links between nodes, disks and clocks')
    .action(dev);
}

async function dev(options: DevOptions): Promise<void> {
  const { runDev } = await import('../../cluster/dev.ts');
  await runDev(options);
}
