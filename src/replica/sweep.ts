/**
 * Removes what deleted buckets left behind. Bucket numbers are never reused, so whatever lies
 * under a number that is no bucket's any more can never be asked for again.
 */

import type { Store, StoreWrite } from '../ports/store.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { bucketNumberOf, bucketRange, partitionRest } from './store-keys.ts';

/** Keys removed in one batch; between two, other work has its turn. */
const KEYS_AT_ONCE = 500;

/** Resolves with the number of keys that were removed; looks only once at each bucket that stays. */
export async function sweep(
  store: Store,
  view: ClusterView,
  isClosed: () => boolean,
): Promise<number> {
  let removed = 0;
  const { partitionCount } = view.ring();
  for (let partition = 0; partition < partitionCount; partition++) {
    let bucketNumber = 0;
    for (;;) {
      const next = firstBucketFrom(store, partition, bucketNumber);
      if (next === undefined || isClosed()) break;
      if (isDeleted(view, next)) removed += await remove(store, partition, next, isClosed);
      bucketNumber = next + 1;
    }
  }
  return removed;
}

function isDeleted(view: ClusterView, number: number): boolean {
  return number < view.nextBucketNumber && view.bucketNumbered(number) === undefined;
}

function firstBucketFrom(store: Store, partition: number, number: number): number | undefined {
  for (const { key } of store.range(partitionRest(partition, number))) return bucketNumberOf(key);
  return undefined;
}

async function remove(
  store: Store,
  partition: number,
  bucketNumber: number,
  isClosed: () => boolean,
): Promise<number> {
  const range = bucketRange(partition, bucketNumber, new Uint8Array(0), undefined);
  let removed = 0;
  while (!isClosed()) {
    const writes: StoreWrite[] = [];
    for (const { key } of store.range(range)) {
      if (writes.push({ type: 'delete', key }) === KEYS_AT_ONCE) break;
    }
    if (writes.length === 0) break;
    await store.write(writes);
    removed += writes.length;
  }
  return removed;
}
