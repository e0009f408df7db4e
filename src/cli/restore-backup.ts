/** The work of `quorate restore`: the folder is looked at, then buckets are made, then filled. */

import type { NodeClient } from '../client/http-client.ts';
import type { CopiedBucket } from '../kernel/backup-copy.ts';
import { checkedManifest } from './backup-check.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { lackingTexts } from './backup-text.ts';
import { UsageError } from './exit.ts';
import { printAs } from './json-option.ts';
import { backupClientOf, withClient } from './node-option.ts';
import { startProgress } from './progress.ts';
import { makeBuckets } from './restore-buckets.ts';
import type { RestoreFlags } from './restore-command.ts';
import {
  cutShortText,
  endingDocument,
  endingOf,
  endingText,
  exitCodeOfEnding,
  isOver,
} from './restore-ending.ts';
import { type RestoreProgress, withProgressFile } from './restore-progress.ts';
import { type RestoreRun, restoreKeys } from './restore-run.ts';
import { type RestorableKey, restorableKeys } from './restore-source.ts';

/** For nodes that are out of reach for a moment, as in a restart. */
const PATIENCE_MS = 30_000;

export async function restoreBackup(flags: RestoreFlags): Promise<void> {
  const manifest = await checkedManifest(flags.from);
  for (const line of lackingTexts(manifest)) process.stderr.write(`${line}\n`);
  const buckets = chosenBuckets(manifest, flags);
  if (flags.verify === true) {
    const text = `${flags.from} is whole: ${buckets.length} buckets of cluster ${manifest.clusterId}, as of ${manifest.startedAt}`;
    const { complete, nodes } = manifest;
    const document = { whole: true, complete, nodes: nodes.map(({ node }) => node) };
    printAs(flags, document, () => text);
    return;
  }
  await withClient(flags, (client) => restoreInto(client, manifest, buckets, flags));
}

function chosenBuckets(
  { buckets }: BackupManifest,
  { bucket: names }: RestoreFlags,
): readonly CopiedBucket[] {
  if (names === undefined) return buckets;
  const unknown = names.find((name) => !buckets.some((bucket) => bucket.name === name));
  if (unknown !== undefined) throw new UsageError(`the backup has no bucket ${unknown}`);
  return buckets.filter(({ name }) => names.includes(name));
}

async function restoreInto(
  client: NodeClient,
  manifest: BackupManifest,
  buckets: readonly CopiedBucket[],
  flags: RestoreFlags,
): Promise<void> {
  const { clusterId, replicationFactor } = await client.status();
  demandRoom(buckets, replicationFactor ?? 0);
  const node = backupClientOf(flags);
  try {
    await withProgressFile(flags.from, clusterId, async (file) => {
      const { backupId } = manifest;
      const progress = await makeBuckets({ client, node, file, backupId, clusterId }, buckets);
      const names = new Set(buckets.map(({ name }) => name));
      const keys = restorableKeys(flags.from, manifest, names);
      const run = { client, node, file, patienceMs: PATIENCE_MS };
      const done = await fillBuckets(run, keys, progress);
      const ending = endingOf(done, manifest, await client.ringPlan());
      if (isOver(ending)) file.write({ ...done, finishedAt: new Date().toISOString() });
      printAs(flags, endingDocument(ending), () => endingText(ending));
      process.exitCode = exitCodeOfEnding(ending);
    });
  } finally {
    await node.close();
  }
}

async function fillBuckets(
  run: RestoreRun,
  keys: Iterable<RestorableKey>,
  progress: RestoreProgress,
): Promise<RestoreProgress> {
  const stop = startProgress(() => `${progress.tally.keys} keys restored`);
  try {
    return await restoreKeys(run, keys, progress);
  } catch (error) {
    process.stderr.write(`${cutShortText(progress.tally)}\n`);
    throw error;
  } finally {
    stop();
  }
}

/** Before any of them is made. */
function demandRoom(buckets: readonly CopiedBucket[], replicationFactor: number): void {
  const wide = buckets.find(({ mode, n }) => mode !== 'raft' && n > replicationFactor);
  if (wide === undefined) return;
  throw new Error(
    `bucket ${wide.name} has n=${wide.n}, and the cluster keeps ${replicationFactor} copies: found it with --replication-factor ${wide.n}`,
  );
}
