/** `quorate status`: the cluster as one node sees it. */

import type { Command } from 'commander';
import type { ClusterStatus } from '../client/cluster-documents.ts';
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
  const { node, ready, leader, members } = status;
  const rows = members.map(({ id, zone, reachable, partitions }) => [
    id === leader ? `${id} (leader)` : id,
    zone ?? '-',
    reachable ? 'yes' : 'no',
    String(partitions),
  ]);
  return [
    headText(status),
    `as seen by ${node}${ready ? '' : ', which does not take requests yet'}; ${leader === null ? 'no leader of the metadata group is known' : `${leader} leads the metadata group`}:`,
    '',
    tableText(['member', 'zone', 'reachable', 'partitions'], rows),
    ...faultsText(status),
    ...emptyText(status),
  ].join('\n');
}

function headText(status: ClusterStatus): string {
  const { clusterId, epoch, expectedNodes, partitionCount, replicationFactor, members } = status;
  if (epoch === null) {
    const expected = expectedNodes === null ? '' : ` of ${expectedNodes} expected`;
    return `cluster ${clusterId}: the ring is not drawn yet, ${members.length}${expected} nodes have joined`;
  }
  return `cluster ${clusterId}, epoch ${epoch}: ${partitionCount} partitions, replication factor ${replicationFactor}`;
}

function faultsText({ node, faultyLinks, faultyParts }: ClusterStatus): string[] {
  const peers = (faultyLinks ?? []).join(', ');
  const parts = (faultyParts ?? []).join(' and ');
  const told = [
    ...(peers === '' ? [] : [`${node} holds up, loses or cuts off what it sends to ${peers}`]),
    ...(parts === '' ? [] : [`${node} has faults of its ${parts}`]),
  ];
  return told.length === 0 ? [] : ['', ...told.map((line) => `${line}: see quorate faults`)];
}

/** Of a drawn ring: nodes that came too late for it. */
function emptyText({ epoch, members }: ClusterStatus): string[] {
  const names = members.filter(({ partitions }) => partitions === 0).map(({ id }) => id);
  if (epoch === null || names.length === 0) return [];
  return [
    '',
    `${names.join(', ')} joined after the ring was drawn and ${names.length === 1 ? 'keeps' : 'keep'} no data; requests through ${names.length === 1 ? 'it' : 'them'} are passed on`,
  ];
}
