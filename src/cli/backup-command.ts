/** `quorate backup`: the whole cluster into a folder, while it goes on serving. */

import { join } from 'node:path';
import type { Command } from 'commander';
import type { BackupClient } from '../client/backup-client.ts';
import type { NodeClient } from '../client/http-client.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { asBackup, demandEmpty } from './backup-folder.ts';
import { type BackupManifest, fileOfCopy } from './backup-manifest.ts';
import { type BackupMember, type OpenCopies, openCopies } from './backup-streams.ts';
import { backupText, copyingText } from './backup-text.ts';
import { type WrittenCopy, writeCopy } from './copy-file.ts';
import { messageOf } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { manifestOfCopies } from './manifest-of-copies.ts';
import { addNodeOption, backupClientOf, type NodeOption, withClient } from './node-option.ts';
import { startProgress } from './progress.ts';

interface BackupFlags extends NodeOption, JsonFlag {
  readonly out: string;
  readonly allowMissing?: true;
}

/** For members to be done with what they remove. */
const PATIENCE_MS = 60_000;

export function addBackupCommand(program: Command, version: string): void {
  addJsonOption(addNodeOption(program.command('backup')), 'print the manifest as JSON')
    .description('copy all that a cluster keeps into a folder, while it goes on serving')
    .requiredOption('--out <dir>', 'a folder that does not exist yet, or is empty')
    .option('--allow-missing', 'even without some of the members, or with damaged records')
    .action((flags: BackupFlags) => backup(flags, version));
}

async function backup(flags: BackupFlags, version: string): Promise<void> {
  const { out } = flags;
  demandEmpty(out);
  await withClient(flags, async (contact) => {
    const clients = new Map<string, BackupClient>();
    try {
      const startedAt = new Date().toISOString();
      const opened = await openCopies({
        members: () => membersOf(flags, contact, clients),
        patienceMs: PATIENCE_MS,
        onAgain: (reason) => process.stderr.write(`${reason}: waiting until that is over\n`),
      });
      demandAll(opened, flags);
      const missing = [...opened.missing.keys()];
      const manifest = await asBackup(out, async () => {
        const written = await writeAll(opened, out);
        const made = manifestOfCopies(written, { version, startedAt, missing });
        demandWhole(made, flags);
        return made;
      });
      printAs(flags, manifest, () => backupText(manifest, out));
    } finally {
      for (const client of clients.values()) await client.close();
    }
  });
}

async function membersOf(
  flags: BackupFlags,
  contact: NodeClient,
  clients: Map<string, BackupClient>,
): Promise<readonly BackupMember[]> {
  const { members } = await contact.status();
  return members.map(({ id, address }) => {
    const client = clients.get(id) ?? backupClientOf(flags, address);
    clients.set(id, client);
    return {
      name: id,
      removalMark: () => client.removalMark(),
      copy: (timeoutMs, signal) => client.copy(timeoutMs, signal),
    };
  });
}

/** Before anything is copied. */
function demandAll({ copies, missing, abort }: OpenCopies, { allowMissing }: BackupFlags): void {
  const [first] = copies;
  if (missing.size > 0 && (allowMissing !== true || first === undefined)) {
    abort();
    const who = [...missing].map(([name, reason]) => `${name} (${reason})`).join(', ');
    throw new Error(
      `the backup would lack what only these have: ${who}; start them, declare them dead, or say --allow-missing`,
    );
  }
  const strangers = copies.filter(({ head }) => head.clusterId !== first?.head.clusterId);
  if (strangers.length === 0) return;
  abort();
  throw new Error(`${strangers[0]?.name} is of another cluster than ${first?.name}`);
}

async function writeAll(
  { copies, abort }: OpenCopies,
  out: string,
): Promise<readonly WrittenCopy[]> {
  const bytes = new Map<string, number>();
  const stop = startProgress(() => copyingText(bytes));
  const writing = copies.map(async ({ name, blocks }) => {
    try {
      return await writeCopy(blocks, join(out, fileOfCopy(name)), (n) => bytes.set(name, n));
    } catch (error) {
      abort();
      const what = error instanceof DecodeError ? `its copy ${error.message}` : messageOf(error);
      throw new Error(`${name} could not be copied: ${what}`);
    }
  });
  // All have to be over before the first failure is told: the others only follow from it.
  const settled = await Promise.allSettled(writing);
  stop();
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function demandWhole({ damaged, metadataCurrent }: BackupManifest, flags: BackupFlags): void {
  if (flags.allowMissing === true) return;
  if (damaged.length > 0) {
    const nodes = [...new Set(damaged.map(({ node }) => node))].join(', ');
    throw new Error(
      `${damaged.length} records of ${nodes} fail their checksums: quorate repair --scrub has them rebuilt; or say --allow-missing`,
    );
  }
  if (!metadataCurrent) {
    throw new Error(
      'no node could tell how far the metadata group is, so buckets and values of raft buckets may be missing: wait until it has a majority, or say --allow-missing',
    );
  }
}
