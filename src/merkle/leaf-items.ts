/**
 * What differing leaves hold, key by key: the last comparison before objects travel.
 *
 * Keys go by their 64-bit hash, since keys may be long. Two keys of one hash are possible, if
 * hardly ever by chance; then whoever is asked for the hash gives the objects of both.
 *
 * A list is 16 bytes for each key, key hash u64 and version digest u64, rising.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';

export interface LeafItem {
  readonly keyHash: bigint;
  readonly digest: bigint;
}

/** Hashes of the keys in which two lists differ, rising. */
export interface ItemDifference {
  /** Only the other side has it. */
  readonly pull: readonly bigint[];
  /** Only this side has it. */
  readonly push: readonly bigint[];
  /** Both have it, in different versions: both objects travel and are merged. */
  readonly merge: readonly bigint[];
}

/** Takes the items in any order. */
export function encodeItems(items: readonly LeafItem[]): Uint8Array {
  const sorted = items.toSorted(compareItems);
  const writer = new ByteWriter(16 * sorted.length);
  for (const { keyHash, digest } of sorted) {
    writer.u64(keyHash);
    writer.u64(digest);
  }
  return writer.view();
}

/** Compares two encoded lists of the same leaves. Throws `DecodeError` where one is none. */
export function differingItems(mine: Uint8Array, theirs: Uint8Array): ItemDifference {
  return compareLists(decodeItems(mine), decodeItems(theirs));
}

function compareLists(mine: readonly LeafItem[], theirs: readonly LeafItem[]): ItemDifference {
  const difference = { pull: [] as bigint[], push: [] as bigint[], merge: [] as bigint[] };
  let m = 0;
  let t = 0;
  while (m < mine.length || t < theirs.length) {
    const keyHash = lesser(mine[m]?.keyHash, theirs[t]?.keyHash);
    const mEnd = endOfKey(mine, m, keyHash);
    const tEnd = endOfKey(theirs, t, keyHash);
    if (mEnd === m) difference.pull.push(keyHash);
    else if (tEnd === t) difference.push.push(keyHash);
    else if (!sameItems(mine.slice(m, mEnd), theirs.slice(t, tEnd))) difference.merge.push(keyHash);
    m = mEnd;
    t = tEnd;
  }
  return difference;
}

/** Throws `DecodeError` where the bytes are no such list. */
export function decodeItems(bytes: Uint8Array): readonly LeafItem[] {
  const reader = new ByteReader(bytes);
  const items: LeafItem[] = [];
  while (reader.remaining > 0) {
    const item = { keyHash: reader.u64(), digest: reader.u64() };
    const last = items.at(-1);
    if (last !== undefined && compareItems(last, item) > 0) throw new DecodeError('is not sorted');
    items.push(item);
  }
  return items;
}

/** The index behind the items of the key, from `start` on. */
function endOfKey(items: readonly LeafItem[], start: number, keyHash: bigint): number {
  let end = start;
  while (items[end]?.keyHash === keyHash) end++;
  return end;
}

function sameItems(a: readonly LeafItem[], b: readonly LeafItem[]): boolean {
  return a.length === b.length && a.every((item, i) => item.digest === b[i]?.digest);
}

function compareItems(a: LeafItem, b: LeafItem): number {
  return compare(a.keyHash, b.keyHash) || compare(a.digest, b.digest);
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** At least one of them is defined. */
function lesser(a: bigint | undefined, b: bigint | undefined): bigint {
  if (a === undefined) return b as bigint;
  return b === undefined || a < b ? a : b;
}
