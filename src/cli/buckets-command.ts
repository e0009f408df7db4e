/** `quorate buckets` and `quorate bucket`: which there are, and making, changing, deleting one. */

import { type Command, Option } from 'commander';
import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import type { BucketSettings } from '../client/request-options.ts';
import { QuorateError } from '../kernel/errors.ts';
import { UsageError } from './exit.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { level, lifetime, wholeNumber } from './option-values.ts';
import { tableText } from './table-text.ts';
import { visible } from './terminal-text.ts';

const N_MAX = 9;

export function addBucketsCommands(program: Command): void {
  addNodeOption(program.command('buckets'))
    .description('print all buckets and what they are set to')
    .option('--json', 'print them as JSON')
    .action(list);
  const bucket = program.command('bucket').description('make, change or delete a bucket');
  withChangeable(addNodeOption(bucket.command('create <bucket>')))
    .description('make a bucket; mode and n stay as they are for good')
    .addOption(modeOption())
    .addOption(nOption())
    .action(create);
  withChangeable(addNodeOption(bucket.command('set <bucket>')))
    .description('change what requests to a bucket have by default, and what is shown of conflicts')
    // Whoever tries them is to hear from the node why they do not change.
    .addOption(modeOption().hideHelp())
    .addOption(nOption().hideHelp())
    .action(set);
  addNodeOption(bucket.command('delete <bucket>'))
    .description('delete a bucket with all that is in it')
    .action(remove);
}

const MODES = ['dynamo', 'paxos', 'raft'];
const CONFLICT_POLICIES = ['siblings', 'lww'];

function modeOption(): Option {
  return new Option(
    '--mode <mode>',
    'dynamo: always writable; paxos: linearizable by key; raft: small and linearizable',
  ).choices(MODES);
}

function nOption(): Option {
  return new Option('--n <n>', 'replicas of each key').argParser(wholeNumber('replicas', 1, N_MAX));
}

function withChangeable(command: Command): Command {
  const option = (flag: string, description: string) =>
    new Option(`${flag} <level>`, `${description}: 1.., one, quorum, all`).argParser(level(1));
  return command
    .addOption(option('--r', 'answers that a read needs'))
    .addOption(option('--w', 'acknowledgements that a write needs'))
    .addOption(
      new Option(
        '--conflict <policy>',
        'concurrent values: keep all, or the last write wins',
      ).choices(CONFLICT_POLICIES),
    )
    .option('--ttl <ttl>', 'how long values live: 30s, 5m, 7d, none', lifetime);
}

interface ListFlags extends NodeOption {
  readonly json?: true;
}

async function list(flags: ListFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const buckets = await client.buckets();
    const text = flags.json === true ? JSON.stringify(buckets, null, 2) : bucketsText(buckets);
    process.stdout.write(`${text}\n`);
  });
}

function bucketsText(buckets: readonly BucketDocument[]): string {
  if (buckets.length === 0) return 'there are no buckets yet; the first write into one makes it';
  const rows = buckets.map(({ name, mode, n, r, w, conflict, ttl }) => [
    visible(name),
    mode,
    String(n ?? '-'),
    String(r ?? '-'),
    String(w ?? '-'),
    conflict ?? '-',
    ttl ?? '-',
  ]);
  return tableText(['bucket', 'mode', 'n', 'r', 'w', 'conflict', 'ttl'], rows);
}

type SettingsFlags = NodeOption & BucketSettings;

async function create(name: string, flags: SettingsFlags): Promise<void> {
  await withClient(flags, async (client) => {
    if ((await found(client, name)) !== undefined) {
      throw new Error(`there is a bucket ${name} already; change it with quorate bucket set`);
    }
    const { mode, n, r, w, conflict, ttl } = flags;
    const { bucket } = await client.putBucket(name, { mode, n, r, w, conflict, ttl });
    process.stderr.write(`created: ${settingsText(bucket)}\n`);
  });
}

async function set(name: string, flags: SettingsFlags): Promise<void> {
  const { mode, n, r, w, conflict, ttl } = flags;
  const settings = { mode, n, r, w, conflict, ttl };
  if (Object.values(settings).every((setting) => setting === undefined)) {
    throw new UsageError('give --r, --w, --conflict or --ttl');
  }
  await withClient(flags, async (client) => {
    await client.bucket(name);
    const { bucket } = await client.putBucket(name, settings);
    process.stderr.write(`changed: ${settingsText(bucket)}\n`);
  });
}

async function remove(name: string, flags: NodeOption): Promise<void> {
  await withClient(flags, async (client) => {
    await client.deleteBucket(name);
    process.stderr.write(`deleted ${name}\n`);
  });
}

async function found(client: NodeClient, name: string): Promise<BucketDocument | undefined> {
  try {
    return await client.bucket(name);
  } catch (error) {
    if (error instanceof QuorateError && error.code === 'no_such_bucket') return undefined;
    throw error;
  }
}

function settingsText({ name, mode, n, r, w, conflict, ttl }: BucketDocument): string {
  if (mode === 'raft') return `${name}, mode raft`;
  if (mode === 'paxos') return `${name}, mode paxos, n=${n}, ttl ${ttl}`;
  return `${name}, mode ${mode}, n=${n} r=${r} w=${w}, conflict ${conflict}, ttl ${ttl}`;
}
