/**
 * The trees of one partition anew, from what the store holds, while writes go on: one scan for
 * the trees of all n. It reads every record of the partition, and so finds the damaged ones.
 *
 * Invariant: between two turns the trees of all n have one cursor, the last key that the scan
 * came to, whichever n it was of: see merkle/rebuild.ts.
 */

import { compareBytes, mapKeyOf } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { HashTree } from '../merkle/hash-tree.ts';
import { Rebuild } from '../merkle/rebuild.ts';
import type { Store } from '../ports/store.ts';
import { versionIn } from './record-codec.ts';
import {
  type Address,
  addressAt,
  bucketNumberOf,
  partitionRest,
  rangeBehind,
} from './store-keys.ts';
import { readStretch, type Stretch } from './store-stretch.ts';

/**
 * The n of the tree that keys of the bucket belong to here; `none`, as where the bucket was
 * deleted; or `unheard`, where this node has yet to hear of the bucket.
 */
export type TreeOf = (bucketNumber: number) => number | 'none' | 'unheard';

export interface TreeBuildPorts {
  readonly store: Store;
  readonly partition: number;
  readonly depth: number;
  readonly treeOf: TreeOf;
  readonly isLeftOut: (storedKey: Uint8Array) => boolean;
  /** The scan met a damaged record. */
  readonly onDamaged: (address: Address) => void;
}

export class TreeBuild {
  readonly #ports: TreeBuildPorts;
  readonly #rebuilds = new Map<number, Rebuild>();
  #cursor: Uint8Array | undefined;
  /** Stored keys of records that the scan found damaged. */
  readonly #metDamaged = new Set<string>();
  #metUnheardBucket = false;

  constructor(ports: TreeBuildPorts) {
    this.#ports = ports;
  }

  /** It cannot be told to which tree some of the keys belong: what was built is of no use. */
  get metUnheardBucket(): boolean {
    return this.#metUnheardBucket;
  }

  /** Reads the next stretch. Where it is the last, `finish` is called in the same turn. */
  step(): Stretch {
    const { store, partition } = this.#ports;
    const range = rangeBehind(partitionRest(partition, 0), this.#cursor);
    const stretch = readStretch(store, range, (key, record) => this.#scan(key, record));
    this.#cursor = stretch.last ?? this.#cursor;
    for (const rebuild of this.#rebuilds.values()) this.#align(rebuild);
    return stretch;
  }

  /** A write of a key that belongs to the tree of this n. */
  update(
    n: number,
    storedKey: Uint8Array,
    keyHash: bigint,
    before: bigint | undefined,
    after: bigint | undefined,
  ): void {
    this.#rebuildOf(n).update(storedKey, keyHash, before, after);
  }

  /**
   * A damaged record of such a key was put right, or removed. False where the scan had read it
   * before it was damaged: nobody knows in which version it was counted.
   */
  mended(n: number, storedKey: Uint8Array, keyHash: bigint, after: bigint | undefined): boolean {
    const hasPassed = this.#cursor !== undefined && compareBytes(storedKey, this.#cursor) <= 0;
    if (hasPassed && !this.#metDamaged.delete(mapKeyOf(storedKey))) return false;
    this.update(n, storedKey, keyHash, undefined, after);
    return true;
  }

  /** By n. */
  finish(): Map<number, HashTree> {
    return new Map([...this.#rebuilds].map(([n, rebuild]) => [n, rebuild.finish()]));
  }

  #scan(key: Uint8Array, record: Uint8Array): void {
    const { treeOf, isLeftOut, onDamaged } = this.#ports;
    const n = treeOf(bucketNumberOf(key));
    if (n === 'unheard') this.#metUnheardBucket = true;
    if (typeof n !== 'number') return;
    const digest = versionIn(record)?.digest;
    if (digest === undefined) {
      this.#metDamaged.add(mapKeyOf(key));
      onDamaged(addressAt(key));
    }
    this.#rebuildOf(n).scanned(key, hash64(key), isLeftOut(key) ? undefined : digest);
  }

  #rebuildOf(n: number): Rebuild {
    const known = this.#rebuilds.get(n);
    if (known !== undefined) return known;
    const rebuild = new Rebuild(this.#ports.depth);
    this.#align(rebuild);
    this.#rebuilds.set(n, rebuild);
    return rebuild;
  }

  #align(rebuild: Rebuild): void {
    if (this.#cursor === undefined || rebuild.cursor === this.#cursor) return;
    rebuild.scanned(this.#cursor, 0n, undefined);
  }
}
