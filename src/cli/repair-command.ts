/** `quorate repair`: has nodes compare their replicas now, or read all their records, and watches. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type {
  AcceptedLossDocument,
  RepairDocument,
  RepairRunDocument,
} from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import { UsageError } from './exit.ts';
import { addNodeOption, clientOfMember, type NodeOption, withClient } from './node-option.ts';
import { nodeName } from './option-values.ts';
import { tableText } from './table-text.ts';

interface RepairFlags extends NodeOption {
  readonly bucket?: string;
  readonly only?: string;
  readonly scrub?: true;
  readonly status?: true;
  readonly acceptLoss?: string;
  readonly json?: true;
}

const LOOK_EVERY_MS = 500;

export function addRepairCommand(program: Command): void {
  addNodeOption(program.command('repair'))
    .description('compare all replicas now and bring them up to date, without waiting for reads')
    .option('--bucket <name>', 'exchange keys of this bucket only')
    .option('--only <node>', 'what this node drives, instead of all nodes', nodeName)
    .option('--scrub', 'instead, read every record and check its checksum')
    .option(
      '--accept-loss <key>',
      'instead, give up damaged records of this key of --bucket that nobody can read, so that the key can be written and moved again; the key is spelled as in a URL',
    )
    .option('--status', 'start nothing: print when replicas were last compared')
    .option('--json', 'print it as JSON')
    .action(repair);
}

async function repair(flags: RepairFlags): Promise<void> {
  await withClient(flags, async (contact) => {
    const clients = await clientsOf(contact, flags);
    try {
      if (flags.acceptLoss !== undefined) await acceptLoss(clients, flags, flags.acceptLoss);
      else if (flags.status === true) await printStatus(clients, flags);
      else await runAndWatch(clients, flags);
    } finally {
      for (const client of clients.values()) await client.close();
    }
  });
}

/** By name: of every member, or of the one that was named. */
async function clientsOf(
  contact: NodeClient,
  flags: RepairFlags,
): Promise<ReadonlyMap<string, NodeClient>> {
  const { only } = flags;
  const { members } = await contact.status();
  const asked = members.filter(({ id }) => only === undefined || id === only);
  if (asked.length === 0) throw new Error(`the cluster has no node ${only}`);
  return new Map(asked.map(({ id, address }) => [id, clientOfMember(flags, address)]));
}

async function acceptLoss(
  clients: ReadonlyMap<string, NodeClient>,
  { bucket, json }: RepairFlags,
  key: string,
): Promise<void> {
  if (bucket === undefined) throw new UsageError('--accept-loss needs --bucket');
  const found: AcceptedLossDocument[] = [];
  for (const client of clients.values()) found.push(await client.acceptLoss(bucket, key));
  const rows = found.map(({ node, record }) => [node, record]);
  const text =
    json === true ? JSON.stringify(found, null, 2) : tableText(['node', 'its record'], rows);
  process.stdout.write(`${text}\n`);
}

async function printStatus(
  clients: ReadonlyMap<string, NodeClient>,
  flags: RepairFlags,
): Promise<void> {
  const found = await Promise.all([...clients.values()].map((client) => client.repairStatus()));
  const text = flags.json === true ? JSON.stringify(found, null, 2) : statusText(found);
  process.stdout.write(`${text}\n`);
}

async function runAndWatch(
  clients: ReadonlyMap<string, NodeClient>,
  flags: RepairFlags,
): Promise<void> {
  const { bucket, scrub = false } = flags;
  const request = { scrub, ...(bucket !== undefined && { bucket }) };
  for (const client of clients.values()) await client.runRepair(request);
  let runs = await runsOf(clients);
  while ([...runs.values()].some(({ state }) => state === 'running')) {
    if (process.stderr.isTTY) process.stderr.write(`\r${progressText([...runs.values()])}  `);
    await sleep(LOOK_EVERY_MS);
    runs = await runsOf(clients);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const text =
    flags.json === true ? JSON.stringify(Object.fromEntries(runs), null, 2) : summaryText(runs);
  process.stdout.write(`${text}\n`);
  if ([...runs.values()].some(isIncomplete)) throw new Error('not everything could be compared');
}

async function runsOf(
  clients: ReadonlyMap<string, NodeClient>,
): Promise<ReadonlyMap<string, RepairRunDocument>> {
  const runs = new Map<string, RepairRunDocument>();
  for (const [name, client] of clients) {
    const { run } = await client.repairStatus();
    if (run === null) throw new Error(`${name} was started anew and has forgotten its run`);
    runs.set(name, run);
  }
  return runs;
}

function isIncomplete({ done, total }: RepairRunDocument): boolean {
  return done < total;
}

function progressText(runs: readonly RepairRunDocument[]): string {
  const sum = (of: (run: RepairRunDocument) => number) =>
    runs.reduce((all, run) => all + of(run), 0);
  const done = `${sum(({ done }) => done)} of ${sum(({ total }) => total)} done`;
  const moved = sum(({ keysPulled, keysPushed }) => keysPulled + keysPushed);
  return `${done}, ${sum(({ keys }) => keys)} keys, ${moved} exchanged, ${sum(({ bytes }) => bytes)} bytes`;
}

function summaryText(runs: ReadonlyMap<string, RepairRunDocument>): string {
  const rows = [...runs].map(([name, run]) => [
    name,
    `${run.done} of ${run.total}`,
    String(run.keys),
    String(run.keysPulled),
    String(run.keysPushed),
    String(run.bytes),
    `${(run.elapsedMs / 1_000).toFixed(1)} s`,
    run.peersFailed.join(', ') || '-',
  ]);
  const [first] = runs.values();
  const what = first?.kind === 'scrub' ? 'partitions' : 'comparisons';
  const head = ['node', what, 'keys', 'pulled', 'pushed', 'bytes', 'took', 'not with'];
  return tableText(head, rows);
}

function statusText(found: readonly RepairDocument[]): string {
  const rows = found.flatMap(({ node, partitions }) =>
    partitions.map(({ partition, peers }) => [
      node,
      String(partition),
      peers.map(({ peer, agoMs }) => `${peer} ${agoText(agoMs)}`).join(', ') || '-',
    ]),
  );
  const notes = found.flatMap(({ node, damagedRecords, partitionsWithoutTrees }) => [
    ...(damagedRecords > 0
      ? [`${node}: ${damagedRecords} damaged records wait to be rebuilt`]
      : []),
    ...(partitionsWithoutTrees.length > 0
      ? [`${node}: the trees of ${partitionsWithoutTrees.length} partitions are being built`]
      : []),
  ]);
  return [tableText(['node', 'partition', 'last equal to'], rows), ...notes].join('\n');
}

function agoText(agoMs: number | null): string {
  return agoMs === null ? 'not yet' : `${(agoMs / 1_000).toFixed(0)} s ago`;
}
