/** What of a backup is sent together: keys of one bucket, in their order. */

import { hasRoom } from '../kernel/offer.ts';
import type { RestoreProgress, SentBatch } from './restore-progress.ts';
import { comparePlaces, type RestorableKey } from './restore-source.ts';

export interface KeyBatch {
  readonly keys: RestorableKey[];
  bytes: number;
  /** Keys before its last one that have nothing to be sent. */
  deleted: number;
}

/** Of what has not arrived yet. No batch is of what was sent and of what was not. */
export function* batchesOf(
  keys: Iterable<RestorableKey>,
  { done, sent, tally }: RestoreProgress,
): Generator<KeyBatch> {
  let batch: KeyBatch = { keys: [], bytes: 0, deleted: 0 };
  let deleted = 0;
  for (const key of keys) {
    if (done !== null && comparePlaces(key.place, done) <= 0) continue;
    if (key.content === undefined) {
      deleted++;
      continue;
    }
    const size = key.key.length + key.content.length;
    if (isFull(batch, key, size, sent)) {
      yield batch;
      batch = { keys: [], bytes: 0, deleted: 0 };
    }
    batch.keys.push(key);
    batch.bytes += size;
    batch.deleted += deleted;
    deleted = 0;
  }
  if (batch.keys.length > 0) yield batch;
  tally.deleted += deleted;
}

function isFull(
  { keys, bytes }: KeyBatch,
  next: RestorableKey,
  size: number,
  sent: SentBatch | null,
): boolean {
  const last = keys.at(-1);
  if (last === undefined) return false;
  if (!hasRoom(keys.length, bytes, size)) return true;
  if (last.bucket !== next.bucket) return true;
  const wasSent = (key: RestorableKey) => sent !== null && comparePlaces(key.place, sent.to) <= 0;
  return wasSent(last) && !wasSent(next);
}
