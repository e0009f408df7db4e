/**
 * The buckets of a restore. It makes each itself and goes by its number from then on: in a bucket
 * that somebody else has made meanwhile under the same name it has nothing to write.
 */

import type { BackupClient } from '../client/backup-client.ts';
import type { NodeClient } from '../client/http-client.ts';
import type { BucketSettings } from '../client/request-options.ts';
import type { CopiedBucket } from '../kernel/backup-copy.ts';
import { asChange } from './exit.ts';
import type { ProgressFile, RestoredBucket, RestoreProgress } from './restore-progress.ts';

export interface BucketMaking {
  readonly client: Pick<NodeClient, 'putBucket'>;
  readonly node: Pick<BackupClient, 'bucketNumbers'>;
  readonly file: Pick<ProgressFile, 'path' | 'read' | 'begin' | 'write'>;
  readonly backupId: string;
  readonly clusterId: string;
}

/**
 * The restore that was cut short, or a new one, with all of its buckets there. Throws where one
 * that is to be made is there already, or one that was made is gone.
 */
export async function makeBuckets(
  making: BucketMaking,
  buckets: readonly CopiedBucket[],
): Promise<RestoreProgress> {
  const { client, node, file } = making;
  const present = await node.bucketNumbers();
  let progress = begun(making, buckets, present);
  for (const bucket of buckets) {
    if (numberIn(progress, bucket.name) !== null) continue;
    const { created } = await asChange(client.putBucket(bucket.name, settingsOf(bucket)));
    if (!created) throw new Error(unknownMakerText(bucket.name));
    const number = (await node.bucketNumbers()).get(bucket.name);
    if (number === undefined) throw new Error(goneText(bucket.name));
    const numbered = (one: RestoredBucket) => (one.name === bucket.name ? { ...one, number } : one);
    progress = { ...progress, buckets: progress.buckets.map(numbered) };
    file.write(progress);
  }
  return progress;
}

/** What a restore says that finds another bucket, or none, in the place of one of its own. */
export function goneText(name: string): string {
  return `bucket ${name} was deleted since this restore made it, and nothing of the backup goes into another one of that name: to begin anew, delete the buckets that this restore made and remove its restore-*.json beside the backup`;
}

function begun(
  { file, backupId, clusterId }: BucketMaking,
  buckets: readonly CopiedBucket[],
  present: ReadonlyMap<string, number>,
): RestoreProgress {
  const names = buckets.map(({ name }) => name);
  const progress = file.read(backupId);
  if (progress === undefined) {
    const taken = names.filter((name) => present.has(name));
    if (taken.length === 0) return file.begin(backupId, clusterId, names);
    throw new Error(
      `the cluster has ${taken.join(', ')} already: restore others with --bucket, or delete what is there first`,
    );
  }
  const before = progress.buckets.map(({ name }) => name);
  if (before.join() !== names.join()) {
    throw new Error(
      `a restore of ${before.join(', ')} was cut short here: finish it with the same --bucket, or remove ${file.path} and what it made`,
    );
  }
  for (const { name, number } of progress.buckets) {
    if (number === null && present.has(name)) throw new Error(unknownMakerText(name));
    if (number !== null && present.get(name) !== number) throw new Error(goneText(name));
  }
  return progress;
}

/** The restore was cut short, or an answer lost, just then. */
function unknownMakerText(name: string): string {
  return `there is a bucket ${name}, and whether this restore made it, or somebody else, is not known; it has put nothing into it yet: delete the bucket, if nobody else needs it, and run this again`;
}

function numberIn({ buckets }: RestoreProgress, name: string): number | null {
  return buckets.find((bucket) => bucket.name === name)?.number ?? null;
}

/** What is not said is the default of a new bucket. */
function settingsOf({ mode, n, r, w, conflict, ttlMs }: CopiedBucket): BucketSettings {
  const ttl = ttlMs === null ? 'none' : `${ttlMs}ms`;
  switch (mode) {
    case 'raft':
      return { mode };
    case 'paxos':
      return { mode, n, ttl };
    case 'dynamo':
      return { mode, n, r, w, conflict, ttl } as BucketSettings;
  }
}
