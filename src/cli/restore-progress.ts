/**
 * How far a restore has come, in a file of the backup, one for each cluster: it can be run again
 * when it was cut short.
 *
 * What is about to be sent is written down before: a key that was sent may have arrived, and been
 * deleted since, so it is never sent as one that the cluster has not seen. Two restores at once
 * would each take the keys of the other for new: one at a time may have the file.
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '../adapters/directory-lock.ts';
import { PRIVATE_FILE } from '../adapters/private-files.ts';
import { syncDirectory } from '../adapters/sync-directory.ts';
import type { Place } from './restore-source.ts';

export interface SentBatch {
  /** Of its last key. */
  readonly to: Place;
  /** Of the metadata log, before any of it was sent. */
  readonly asOf: number;
  readonly idempotencyKey: string;
}

export interface RestoreTally {
  keys: number;
  restored: number;
  present: number;
  deleted: number;
  expired: number;
  /** That may have been deleted since they were sent: not written again. */
  readonly doubtful: string[];
}

export interface RestoredBucket {
  readonly name: string;
  /** In this cluster; null: the restore has not made it yet, as far as it knows. */
  readonly number: number | null;
}

export interface RestoreProgress {
  readonly format: number;
  readonly backupId: string;
  readonly clusterId: string;
  /** That are restored; each is made by the restore. */
  readonly buckets: readonly RestoredBucket[];
  /** All keys up to here have arrived. */
  readonly done: Place | null;
  /** Those behind may have been sent. */
  readonly sent: SentBatch | null;
  readonly tally: RestoreTally;
  readonly finishedAt: string | null;
}

const FORMAT = 2;

/** Throws where another process has the file; the lock ends with this one, however that ends. */
export async function withProgressFile(
  directory: string,
  clusterId: string,
  work: (file: ProgressFile) => Promise<void>,
): Promise<void> {
  const lock = lockFile(join(directory, `restore-${clusterId}.lock`));
  if ('heldBy' in lock) {
    const holder = lock.heldBy === undefined ? '' : `, process ${lock.heldBy}`;
    throw new Error(
      `another restore into this cluster is at work here${holder}: wait for its end, or end it and run this again`,
    );
  }
  try {
    await work(new ProgressFile(directory, clusterId));
  } finally {
    lock.release();
  }
}

export class ProgressFile {
  readonly path: string;
  readonly #directory: string;

  constructor(directory: string, clusterId: string) {
    this.#directory = directory;
    this.path = join(directory, `restore-${clusterId}.json`);
  }

  /** Of a restore that did not come to its end; undefined: there is none. */
  read(backupId: string): RestoreProgress | undefined {
    if (!existsSync(this.path)) return undefined;
    const progress = JSON.parse(readFileSync(this.path, 'utf8')) as RestoreProgress;
    if (progress.format !== FORMAT || progress.backupId !== backupId) {
      throw new Error(`${this.path} is not that of a restore of this backup: remove it`);
    }
    return progress.finishedAt === null ? progress : undefined;
  }

  begin(backupId: string, clusterId: string, names: readonly string[]): RestoreProgress {
    const buckets = names.map((name) => ({ name, number: null }));
    const counts = { keys: 0, restored: 0, present: 0, deleted: 0, expired: 0 };
    const tally = { ...counts, doubtful: [] };
    const place = { done: null, sent: null, finishedAt: null };
    const progress = { format: FORMAT, backupId, clusterId, buckets, ...place, tally };
    this.write(progress);
    return progress;
  }

  /** On the disk when it returns. */
  write(progress: RestoreProgress): void {
    writeFileSync(`${this.path}.new`, JSON.stringify(progress), {
      flush: true,
      mode: PRIVATE_FILE,
    });
    renameSync(`${this.path}.new`, this.path);
    syncDirectory(this.#directory);
  }
}
