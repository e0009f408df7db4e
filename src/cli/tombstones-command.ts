/** `quorate tombstones`: what was deleted and waits to be reaped, and why it waits. */

import type { Command } from 'commander';
import type { MemberStatus, TombstonesDocument } from '../client/cluster-documents.ts';
import { messageOf } from './exit.ts';
import { addNodeOption, clientOfMember, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface TombstonesFlags extends NodeOption {
  readonly json?: true;
}

const REASONS: Readonly<Record<string, string>> = {
  member_down: 'a member is down',
  salvage_open: 'to be salvaged or closed',
  no_answer: 'no answer',
  hints_held: 'held for other nodes',
  replicas_differ: 'replicas differ',
  too_young: 'too young',
  no_metadata_leader: 'no leader of the metadata group',
};

export function addTombstonesCommand(program: Command): void {
  addNodeOption(program.command('tombstones'))
    .description('print how many deleted and expired keys wait to be reaped, and why')
    .option('--json', 'print it as JSON')
    .action(tombstones);
}

async function tombstones(flags: TombstonesFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const { members } = await client.status();
    const asked = await Promise.all(members.map((member) => tombstonesOf(member, flags)));
    const found = asked.filter((document) => document !== undefined);
    if (found.length === 0) throw new Error('no node could be asked for its tombstones');
    const text = flags.json === true ? JSON.stringify(found, null, 2) : tombstonesText(found);
    process.stdout.write(`${text}\n`);
  });
}

/** Nodes that are down say nothing; the others are shown all the same. */
async function tombstonesOf(
  { id, address }: MemberStatus,
  flags: NodeOption,
): Promise<TombstonesDocument | undefined> {
  const client = clientOfMember(flags, address);
  try {
    return await client.tombstones();
  } catch (error) {
    process.stderr.write(`${id} could not be asked: ${messageOf(error)}\n`);
    return undefined;
  } finally {
    await client.close();
  }
}

function tombstonesText(found: readonly TombstonesDocument[]): string {
  const rows = found.map(({ node, waiting, hindrances, lastRound }) => [
    node,
    String(waiting),
    hindrances.map(hindranceText).join('; ') || '-',
    lastRound === null ? '-' : `${lastRound.keys} keys ${secondsText(lastRound.agoMs)} ago`,
  ]);
  return tableText(['reaped by', 'waiting', 'why', 'last round'], rows);
}

function hindranceText({
  obstacle,
  nodes,
  partitions,
}: TombstonesDocument['hindrances'][number]): string {
  const who = nodes.length === 0 ? '' : `: ${nodes.join(', ')}`;
  return `${REASONS[obstacle] ?? obstacle}${who} (${partitions.length} partitions)`;
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}
