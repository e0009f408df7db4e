/** `quorate raft`: the metadata group, and handing over its lead. */

import type { Command } from 'commander';
import type { GroupStatus } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import { asChange, messageOf } from './exit.ts';
import { addJsonOption, type JsonFlag, tellAs } from './json-option.ts';
import { addNodeOption, clientOfMember, type NodeOption, withClient } from './node-option.ts';
import { nodeName } from './option-values.ts';
import { tableText } from './table-text.ts';

export function addRaftCommands(program: Command): void {
  const raft = program.command('raft').description('the metadata group of the cluster');
  addNodeOption(raft.command('status'))
    .description('print who leads it and how far each member is')
    .option('--json', 'print it as JSON')
    .action(status);
  addJsonOption(addNodeOption(raft.command('transfer')))
    .argument('<node>', 'a voter', nodeName)
    .description('hand the lead to another voter')
    .action(transfer);
}

interface StatusFlags extends NodeOption {
  readonly json?: true;
}

async function status(flags: StatusFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const found = await withMembers(client, flags, await client.groupStatus());
    const text = flags.json === true ? JSON.stringify(found, null, 2) : statusText(found);
    process.stdout.write(`${text}\n`);
  });
}

async function transfer(to: string, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    await asChange(client.transferLeadership(to));
    const text = `${to} was asked to take the lead; quorate raft status shows who has it`;
    tellAs(flags, { asked: to }, () => text);
  });
}

/** How far the members are only the leader knows, so it is asked where another node was. */
async function withMembers(
  client: NodeClient,
  flags: NodeOption,
  seen: GroupStatus,
): Promise<GroupStatus> {
  if (seen.leader === null || seen.leader === seen.node) return seen;
  const { members } = await client.status();
  const address = members.find(({ id }) => id === seen.leader)?.address;
  if (address === undefined) return seen;
  const leader = clientOfMember(flags, address);
  try {
    return { ...seen, members: (await leader.groupStatus()).members };
  } catch (error) {
    process.stderr.write(`the leader could not be asked: ${messageOf(error)}\n`);
    return seen;
  } finally {
    await leader.close();
  }
}

function statusText(status: GroupStatus): string {
  const { node, role, term, leader, commitIndex, appliedIndex, firstIndex, lastIndex } = status;
  const { snapshotIndex, outgoing, values } = status;
  const change =
    outgoing.length === 0
      ? []
      : [`voters are changing; leaving or staying: ${outgoing.join(', ')}`];
  return [
    `metadata group, term ${term}, ${leader === null ? 'no leader known' : `led by ${leader}`}`,
    `as seen by ${node} (${role.replace('_', ' ')}): committed ${commitIndex}, applied ${appliedIndex}, log ${firstIndex} to ${lastIndex}, snapshot ${snapshotIndex}`,
    `raft buckets: ${values.count} values, ${values.bytes} bytes`,
    ...change,
    '',
    tableText(['member', 'role', 'log agrees to', 'lag', 'state', 'silent'], rowsOf(status)),
  ].join('\n');
}

function rowsOf({ members, voters, learners, leader }: GroupStatus): string[][] {
  const known = new Map(members.map((member) => [member.id, member]));
  const roles = [
    ...voters.map((id) => [id, id === leader ? 'leader' : 'voter'] as const),
    ...learners.map((id) => [id, 'learner'] as const),
  ];
  return roles.map(([id, role]) => {
    const member = known.get(id);
    if (member === undefined) return [id, role, '-', '-', '-', '-'];
    const { matchIndex, lag, state, silentMs } = member;
    const following = role === 'leader' ? ['-', '-'] : [state, `${silentMs} ms`];
    return [id, role, String(matchIndex), String(lag), ...following];
  });
}
