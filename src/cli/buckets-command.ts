/** `quorate buckets` and `quorate bucket`: which there are, and making, changing, deleting one. */

import { type Command, Option } from 'commander';
import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import type { BucketSettings } from '../client/request-options.ts';
import { QuorateError } from '../kernel/errors.ts';
import { asChange, UsageError } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs, tellAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { level, lifetime, wholeNumber } from './option-values.ts';
import { tableText } from './table-text.ts';
import { visible } from './terminal-text.ts';

const N_MAX = 9;

export function addBucketsCommands(program: Command): void {
  addJsonOption(addNodeOption(program.command('buckets')), 'print them as JSON')
    .description('print all buckets and what they are set to')
    .action(list);
  const bucket = program.command('bucket').description('make, change or delete a bucket');
  withChangeable(addJsonOption(addNodeOption(bucket.command('create <bucket>'))))
    .description('make a bucket; mode and n stay as they are for good')
    .addOption(modeOption())
    .addOption(nOption())
    .action(create);
  withChangeable(addJsonOption(addNodeOption(bucket.command('set <bucket>'))))
    .description('change what requests to a bucket have by default, and what is shown of conflicts')
    // Whoever tries them is to hear from the node why they do not change.
    .addOption(modeOption().hideHelp())
    .addOption(nOption().hideHelp())
    .action(set);
  addJsonOption(addNodeOption(bucket.command('delete <bucket>')))
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

async function list(flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => printAs(flags, await client.buckets(), bucketsText));
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

type SettingsFlags = NodeOption & JsonFlag & BucketSettings;

async function create(name: string, flags: SettingsFlags): Promise<void> {
  await withClient(flags, async (client) => {
    if ((await found(client, name)) !== undefined) {
      throw new Error(`there is a bucket ${name} already; change it with quorate bucket set`);
    }
    const { mode, n, r, w, conflict, ttl } = flags;
    const settings = { mode, n, r, w, conflict, ttl };
    const { bucket } = await asChange(client.putBucket(name, settings));
    tellAs(flags, bucket, () => `created: ${settingsText(bucket)}`);
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
    const { bucket } = await asChange(client.putBucket(name, settings));
    tellAs(flags, bucket, () => `changed: ${settingsText(bucket)}`);
  });
}

async function remove(name: string, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    await asChange(client.deleteBucket(name));
    tellAs(flags, { deleted: name }, () => `deleted ${name}`);
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
