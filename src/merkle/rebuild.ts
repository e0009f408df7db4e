/**
 * A new tree from a scan of the store while writes go on.
 *
 * Invariant: the new tree is that of the keys up to the cursor, the last key scanned, as the
 * store has them now. A write at or before the cursor is applied to it; one behind the cursor
 * is not, since the scan has yet to read what it left there.
 *
 * So the scan reads in the order of stored keys, and tells of an entry in the turn in which it
 * read it; the next turn goes on behind `cursor` with a new read. Every write is told in the
 * turn in which the store takes it.
 */

import { compareBytes } from '../kernel/bytes.ts';
import { invariant } from '../kernel/invariant.ts';
import { HashTree } from './hash-tree.ts';

export class Rebuild {
  readonly #tree: HashTree;
  #cursor: Uint8Array | undefined;
  #finished = false;

  constructor(depth: number) {
    this.#tree = new HashTree(depth);
  }

  /** The last stored key scanned; the scan goes on behind it. */
  get cursor(): Uint8Array | undefined {
    return this.#cursor;
  }

  /**
   * The scan found this stored key. `digest` is undefined where the key is not among the live
   * ones (a damaged record, say): it is told nevertheless, for a write may bring it to life.
   * The key is kept and must not change.
   */
  scanned(key: Uint8Array, keyHash: bigint, digest: bigint | undefined): void {
    invariant(!this.#finished, 'a scan went on after its end');
    invariant(!this.#hasPassed(key), 'a scan came to a key twice or out of order');
    this.#cursor = key;
    this.#tree.update(keyHash, undefined, digest);
  }

  /** A write at this stored key; digests as for `HashTree.update`. */
  update(
    key: Uint8Array,
    keyHash: bigint,
    before: bigint | undefined,
    after: bigint | undefined,
  ): void {
    invariant(!this.#finished, 'a tree that is in use was updated as if it were being rebuilt');
    if (this.#hasPassed(key)) this.#tree.update(keyHash, before, after);
  }

  /** In the turn in which the scan found no more keys: the tree of what the store has now. */
  finish(): HashTree {
    this.#finished = true;
    return this.#tree;
  }

  #hasPassed(key: Uint8Array): boolean {
    return this.#cursor !== undefined && compareBytes(key, this.#cursor) <= 0;
  }
}
