/** `quorate hints`: what each node keeps for others until they have it. */

import type { Command } from 'commander';
import type { HintsDocument, MemberStatus } from '../client/cluster-documents.ts';
import { messageOf } from './exit.ts';
import { addNodeOption, clientOfMember, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface HintsFlags extends NodeOption {
  readonly json?: true;
}

export function addHintsCommand(program: Command): void {
  addNodeOption(program.command('hints'))
    .description('print what the nodes keep for others that did not take their writes')
    .option('--json', 'print it as JSON')
    .action(hints);
}

async function hints(flags: HintsFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const { members } = await client.status();
    const asked = await Promise.all(members.map((member) => hintsOf(member, flags)));
    const found = asked.filter((document) => document !== undefined);
    if (found.length === 0) throw new Error('no node could be asked for its hints');
    const isWhole = found.length === members.length;
    const text = flags.json === true ? JSON.stringify(found, null, 2) : hintsText(found, isWhole);
    process.stdout.write(`${text}\n`);
  });
}

/** Nodes that are down say nothing; the others are shown all the same. */
async function hintsOf(
  { id, address }: MemberStatus,
  flags: NodeOption,
): Promise<HintsDocument | undefined> {
  const client = clientOfMember(flags, address);
  try {
    return await client.hints();
  } catch (error) {
    process.stderr.write(`${id} could not be asked: ${messageOf(error)}\n`);
    return undefined;
  } finally {
    await client.close();
  }
}

function hintsText(found: readonly HintsDocument[], isWhole: boolean): string {
  const rows = found.flatMap(({ node, targets }) =>
    targets.map(({ target, count, bytes, oldestAgeMs, retryInMs }) => [
      node,
      target,
      String(count),
      String(bytes),
      secondsText(oldestAgeMs),
      retryInMs === null ? 'being delivered' : `tries again in ${secondsText(retryInMs)}`,
    ]),
  );
  if (rows.length === 0 && !isWhole) {
    const names = found.map(({ node }) => node).join(', ');
    return `no hints on ${names}; what the others keep is not known`;
  }
  if (rows.length === 0) return 'no hints: every node has delivered all it kept';
  return tableText(['kept by', 'for', 'keys', 'bytes', 'oldest', 'delivery'], rows);
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
