/** `quorate status`: the cluster as one node sees it. */

import type { Command } from 'commander';
import type { ClusterStatus } from '../client/answers.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface StatusFlags extends NodeOption {
  readonly json?: true;
}

export function addStatusCommand(program: Command): void {
  addNodeOption(program.command('status'))
    .description('print the cluster and its members as one node sees them')
    .option('--json', 'print it as JSON')
    .action(status);
}

async function status(flags: StatusFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const found = await client.status();
    const text = flags.json === true ? JSON.stringify(found, null, 2) : statusText(found);
    process.stdout.write(`${text}\n`);
  });
}

function statusText(status: ClusterStatus): string {
  const { clusterId, node, epoch, partitionCount, replicationFactor, members } = status;
  const rows = members.map(({ id, zone, reachable, partitions }) => [
    id,
    zone ?? '-',
    reachable ? 'yes' : 'no',
    String(partitions),
  ]);
  return [
    `cluster ${clusterId}, epoch ${epoch}: ${partitionCount} partitions, replication factor ${replicationFactor}`,
    `as seen by ${node}:`,
    '',
    tableText(['member', 'zone', 'reachable', 'partitions'], rows),
  ].join('\n');
}
