/** What `quorate backup` and `quorate restore` ask of one node; errors are those of `NodeClient`. */

import type { RemovalMark } from '../kernel/backup-copy.ts';
import {
  encodeRestoreBatch,
  type RestoreBatch,
  type RestoreOutcome,
} from '../kernel/restore-batch.ts';
import { documentOf, succeeded } from './answers.ts';
import { type Call, Connection, type ConnectionOptions } from './connection.ts';

const BACKUP = '/cluster/backup';
const RESTORE = '/cluster/restore';

/** A node that is busy reads its copy between other work. */
const COPY_SILENT_MS_MAX = 60_000;

interface BucketNumbers {
  readonly buckets: readonly { readonly name: string; readonly number: number }[];
}

export class BackupClient {
  readonly #connection: Connection;

  constructor(address: string, options: ConnectionOptions = {}) {
    this.#connection = new Connection(address, options);
  }

  /** By which a backup can tell whether the node removed anything meanwhile. */
  async removalMark(): Promise<RemovalMark> {
    const answer = await this.#connection.call({ method: 'GET', path: BACKUP });
    return documentOf<{ mark: RemovalMark }>(succeeded(answer)).mark;
  }

  /** What the node keeps as of now, in pieces: see kernel/backup-copy.ts. */
  copy(timeout: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const call = { method: 'POST', path: BACKUP, query: { timeout } } as const;
    return this.#connection.stream(call, { signal, silentMsMax: COPY_SILENT_MS_MAX });
  }

  /** Of all buckets, by their names; no number is given twice. */
  async bucketNumbers(): Promise<ReadonlyMap<string, number>> {
    const answer = succeeded(await this.#connection.call({ method: 'GET', path: RESTORE }));
    const { buckets } = documentOf<BucketNumbers>(answer);
    return new Map(buckets.map(({ name, number }) => [name, number]));
  }

  /** Offers keys of a backup; what became of each, in their order. */
  async restore(batch: RestoreBatch, timeout: number): Promise<readonly RestoreOutcome[]> {
    const body = encodeRestoreBatch(batch);
    const call: Call = { method: 'POST', path: RESTORE, query: { timeout }, body };
    const answer = succeeded(await this.#connection.call(call));
    return documentOf<{ results: readonly RestoreOutcome[] }>(answer).results;
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}
