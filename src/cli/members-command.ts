/** `quorate members`: how the members stand, by the gossip that one node has heard. */

import type { Command } from 'commander';
import type { MemberStatus } from '../client/cluster-documents.ts';
import { addressText } from './listening.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface MembersFlags extends NodeOption {
  readonly json?: true;
}

export function addMembersCommand(program: Command): void {
  addNodeOption(program.command('members'))
    .description('print how the members stand, as one node has heard')
    .option('--json', 'print it as JSON')
    .action(members);
}

async function members(flags: MembersFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const { members } = await client.status();
    const text = flags.json === true ? JSON.stringify(members, null, 2) : membersText(members);
    process.stdout.write(`${text}\n`);
  });
}

function membersText(found: readonly MemberStatus[]): string {
  const rows = found.map((member) => [
    member.id,
    member.state === 'self' ? 'asked' : member.state,
    addressText(member.address.host, member.address.clientPort),
    addressText(member.address.host, member.address.peerPort),
    String(member.incarnation),
    String(member.metadataIndex),
    clockText(member),
  ]);
  const titles = ['member', 'state', 'clients', 'peers', 'incarnation', 'metadata', 'clock'];
  return tableText(titles, rows);
}

function clockText({ clock }: MemberStatus): string {
  if (clock === null) return '-';
  const sign = clock.offsetMs < 0 ? '-' : '+';
  return `${sign}${Math.abs(Math.round(clock.offsetMs))} ms`;
}
