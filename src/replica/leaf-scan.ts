/**
 * Reading keys of some leaves of a tree, or objects of some key hashes, out of a partition: the
 * store is in the order of keys, so a scan reads them all and leaves out the others.
 *
 * A page ends when it is full, or has taken so long that its caller may be waiting; it says up
 * to which key it has looked.
 */

import { hash64 } from '../kernel/hash.ts';
import type { LeafItem } from '../merkle/leaf-items.ts';
import { leafOf } from '../merkle/tree-shape.ts';
import type { Store, StoreRange } from '../ports/store.ts';
import { versionIn } from './record-codec.ts';
import { type Address, addressAt, bucketNumberOf, rangeBehind } from './store-keys.ts';
import { readStretch } from './store-stretch.ts';

export interface ScanPorts {
  readonly store: Store;
  /** Damaged records are passed over; whoever scans tells. */
  readonly onDamaged: (address: Address) => void;
  /**
   * Awaited after each stretch, with the bytes that were read: the next one may be read. False:
   * the page is to end here. Throws when the node stops.
   */
  readonly pause: (bytes: number) => Promise<boolean>;
}

/** A key in one version, under its stored key. */
export interface KeptItem extends LeafItem {
  readonly storedKey: Uint8Array;
}

export interface KeptObject {
  readonly address: Address;
  /** In its binary form. */
  readonly encoded: Uint8Array;
  /** Of the object and its key, in bytes. */
  readonly size: number;
}

export interface Page<Found> {
  readonly found: readonly Found[];
  /** The last key that was looked at; undefined: all of the range was. */
  readonly reached: Uint8Array | undefined;
}

export const PAGE_ITEMS_MAX = 8_192;

export interface LeafFilter {
  /** Keys of the bucket belong to the tree. */
  readonly isOfTree: (bucketNumber: number) => boolean;
  /** The key counts in no tree: see trees.ts. */
  readonly isLeftOut: (storedKey: Uint8Array) => boolean;
  readonly depth: number;
  readonly leaves: ReadonlySet<number>;
}

/** So many keys of those that are meant, in the order of stored keys. */
export function scanItems(
  ports: ScanPorts,
  range: StoreRange,
  itemsMax: number,
  isMeant: (storedKey: Uint8Array) => boolean,
): Promise<Page<KeptItem>> {
  return scanPage(ports, range, itemsMax, (storedKey, record) =>
    isMeant(storedKey) ? itemOf(ports, storedKey, hash64(storedKey), record) : undefined,
  );
}

/** The keys of these leaves, in the order of stored keys. */
export function scanLeaves(
  ports: ScanPorts,
  range: StoreRange,
  { isOfTree, isLeftOut, depth, leaves }: LeafFilter,
): Promise<Page<KeptItem>> {
  return scanPage(ports, range, PAGE_ITEMS_MAX, (storedKey, record) => {
    if (!isOfTree(bucketNumberOf(storedKey)) || isLeftOut(storedKey)) return undefined;
    const keyHash = hash64(storedKey);
    if (!leaves.has(leafOf(keyHash, depth))) return undefined;
    return itemOf(ports, storedKey, keyHash, record);
  });
}

function itemOf(ports: ScanPorts, storedKey: Uint8Array, keyHash: bigint, record: Uint8Array) {
  const digest = versionIn(record)?.digest;
  if (digest !== undefined) return { storedKey, keyHash, digest, size: 1 };
  ports.onDamaged(addressAt(storedKey));
  return undefined;
}

/** The objects of these key hashes, in the order of stored keys; a page is full by their bytes. */
export function scanObjects(
  ports: ScanPorts,
  range: StoreRange,
  keyHashes: ReadonlySet<bigint>,
  bytesMax: number,
): Promise<Page<KeptObject>> {
  return scanPage(ports, range, bytesMax, (storedKey, record) => {
    if (!keyHashes.has(hash64(storedKey))) return undefined;
    const address = addressAt(storedKey);
    const version = versionIn(record);
    if (version === undefined) {
      ports.onDamaged(address);
      return undefined;
    }
    const { encoded } = version;
    return { address, encoded, size: encoded.length + storedKey.length };
  });
}

async function scanPage<Found>(
  { store, pause }: ScanPorts,
  range: StoreRange,
  sizeMax: number,
  look: (key: Uint8Array, record: Uint8Array) => (Found & { readonly size: number }) | undefined,
): Promise<Page<Found>> {
  const found: Found[] = [];
  let size = 0;
  let reached: Uint8Array | undefined;
  for (;;) {
    let fullAt: Uint8Array | undefined;
    const stretch = readStretch(store, rangeBehind(range, reached), (key, record) => {
      if (fullAt !== undefined) return;
      const one = look(key, record);
      if (one === undefined) return;
      found.push(one);
      size += one.size;
      if (size >= sizeMax) fullAt = key;
    });
    if (fullAt !== undefined) return { found, reached: fullAt };
    if (stretch.complete) return { found, reached: undefined };
    reached = stretch.last;
    if (!(await pause(stretch.bytes))) return { found, reached };
  }
}
