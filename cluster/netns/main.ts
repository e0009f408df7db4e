/**
 * What network namespaces need and leave behind:
 *
 *   node dist/cluster/netns/main.js check   says what is missing on this machine
 *   node dist/cluster/netns/main.js clean   removes those of processes that were killed
 */

import { Command } from 'commander';
import { EXIT } from '../../src/cli/exit.ts';
import { removeLeftNamespaces, whyNoNamespaces } from './network-namespaces.ts';

const program = new Command('netns');

program
  .command('check')
  .description('whether processes can be given networks of their own here')
  .action(() => {
    const why = whyNoNamespaces();
    process.stdout.write(`${why ?? 'network namespaces can be made here'}\n`);
    if (why !== undefined) process.exitCode = EXIT.failed;
  });

program
  .command('clean')
  .description('remove the namespaces and links that processes left behind which were killed')
  .action(() => {
    const removed = removeLeftNamespaces();
    const text = removed.length === 0 ? 'nothing was left behind' : `removed ${removed.join(', ')}`;
    process.stdout.write(`${text}\n`);
  });

program.parse();
