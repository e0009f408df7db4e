/**
 * Removes what deleted buckets left behind. Bucket numbers are never reused, so whatever lies
 * under a number that is no bucket's any more can never be asked for again.
 */

import type { Store, StoreRange, StoreWrite } from '../ports/store.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { Hints } from './hints.ts';
import { versionIn } from './record-codec.ts';
import {
  type Address,
  bucketNumberOf,
  bucketRange,
  hintAt,
  hintsBeyond,
  hintsFor,
  partitionRest,
  registerRange,
  registersRest,
} from './store-keys.ts';
import { readStretch } from './store-stretch.ts';
import type { Trees } from './trees.ts';

/** Hints removed in one batch; between two, other work has its turn. */
const HINTS_AT_ONCE = 500;

/** Partitions, or buckets in them, that are looked at in one turn. */
const GROUPS_A_TURN = 100;

/** Resolves with the number of keys that were removed; looks only once at each bucket that stays. */
export async function sweep(
  store: Store,
  trees: Trees,
  view: ClusterView,
  isClosed: () => boolean,
  nextTurn: () => Promise<void>,
): Promise<number> {
  const forget = (place: Omit<Address, 'key'>, key: Uint8Array, record: Uint8Array) => {
    const digest = versionIn(record)?.digest;
    if (digest === undefined) trees.mended(key, place);
    else trees.wrote(key, place, digest, undefined);
  };
  const objects = { restOf: partitionRest, rangeOf: bucketRange, forget };
  const registers = { restOf: registersRest, rangeOf: registerRange, forget: () => {} };
  const keys = await sweepTable(store, objects, view, isClosed, nextTurn);
  if (!isClosed()) await nextTurn();
  return keys + (await sweepTable(store, registers, view, isClosed, nextTurn));
}

/** One of those that sort by partition, bucket and key. */
interface SweptTable {
  readonly restOf: typeof partitionRest;
  readonly rangeOf: typeof bucketRange;
  /** The record goes; what is kept of it in memory has to go, too. */
  readonly forget: (place: Omit<Address, 'key'>, key: Uint8Array, record: Uint8Array) => void;
}

async function sweepTable(
  store: Store,
  table: SweptTable,
  view: ClusterView,
  isClosed: () => boolean,
  nextTurn: () => Promise<void>,
): Promise<number> {
  let removed = 0;
  let groups = 0;
  const { partitionCount } = view.ring();
  for (let partition = 0; partition < partitionCount; partition++) {
    let bucketNumber = 0;
    for (;;) {
      if (++groups % GROUPS_A_TURN === 0) await nextTurn();
      // A store that was closed may not even be read.
      if (isClosed()) return removed;
      const next = firstBucketFrom(store, table.restOf(partition, bucketNumber));
      if (next === undefined) break;
      if (isDeleted(view, next)) removed += await remove(store, table, partition, next, isClosed);
      bucketNumber = next + 1;
    }
  }
  return removed;
}

function isDeleted(view: ClusterView, number: number): boolean {
  return number < view.nextBucketNumber && view.bucketNumbered(number) === undefined;
}

function firstBucketFrom(store: Store, rest: StoreRange): number | undefined {
  for (const { key } of store.range(rest)) return bucketNumberOf(key);
  return undefined;
}

async function remove(
  store: Store,
  table: SweptTable,
  partition: number,
  bucketNumber: number,
  isClosed: () => boolean,
): Promise<number> {
  const range = table.rangeOf(partition, bucketNumber, new Uint8Array(0), undefined);
  let removed = 0;
  while (!isClosed()) {
    const writes: StoreWrite[] = [];
    readStretch(store, range, (key, value) => {
      table.forget({ partition, bucketNumber }, key, value);
      writes.push({ type: 'delete', key });
    });
    if (writes.length === 0) break;
    await store.write(writes);
    removed += writes.length;
  }
  return removed;
}

/** Likewise hints, whomever they are for. */
export async function sweepHints(
  store: Store,
  hints: Hints,
  view: ClusterView,
  isClosed: () => boolean,
  nextTurn: () => Promise<void>,
): Promise<number> {
  let removed = 0;
  let groups = 0;
  for (const target of hints.targets) {
    let rest = hintsFor(target, undefined);
    while (!isClosed()) {
      const address = firstHintIn(store, rest);
      if (address === undefined) break;
      if (isDeleted(view, address.bucketNumber)) {
        const keys = keysOfFirstGroup(store, rest);
        await hints.remove(keys);
        removed += keys.length;
      } else rest = hintsBeyond(target, address);
      if (++groups % GROUPS_A_TURN === 0) await nextTurn();
    }
  }
  return removed;
}

function firstHintIn(store: Store, range: StoreRange): Address | undefined {
  for (const { key } of store.range(range)) return hintAt(key).address;
  return undefined;
}

/** Keys of the first bucket and partition in the range, not all of them where there are many. */
function keysOfFirstGroup(store: Store, range: StoreRange): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  let first: Address | undefined;
  for (const { key } of store.range(range)) {
    const { address } = hintAt(key);
    first ??= address;
    const isOther =
      address.partition !== first.partition || address.bucketNumber !== first.bucketNumber;
    if (isOther || keys.push(key) === HINTS_AT_ONCE) break;
  }
  return keys;
}
