/**
 * The hash tree of one partition, for one n: what a replica holds, as a few thousand numbers
 * that two replicas can compare.
 *
 * Invariant: a leaf is the XOR of the item hashes of the live keys in it, an inner node the XOR
 * of its children. XOR forgets order, so equal sets of (key hash, version digest) have equal
 * trees whatever the writes that led to them; and it undoes itself, so that a write changes one
 * hash of each level and needs no other key.
 *
 * It is a defence against what got lost, not against an adversary who makes up digests.
 */

import { hash64 } from '../kernel/hash.ts';
import { invariant } from '../kernel/invariant.ts';
import { checkDepth, FAN_OUT, FAN_OUT_BITS, leafOf, nodesAbove, nodesAt } from './tree-shape.ts';

export const HASH_BYTES = 8;

const item = Buffer.alloc(2 * HASH_BYTES);
const itemView = new DataView(item.buffer, item.byteOffset, item.length);

/**
 * Hash of one key in one version. It takes both together: the XOR of a hash of each would stay
 * the same when two keys exchange their versions.
 */
export function itemHash(keyHash: bigint, digest: bigint): bigint {
  itemView.setBigUint64(0, keyHash);
  itemView.setBigUint64(HASH_BYTES, digest);
  return hash64(item);
}

export class HashTree {
  readonly depth: number;
  /**
   * The 64-bit hash of each node as two words, leading word first. Nodes have their places
   * breadth first, so the children of the node at place p are at 8p+1 to 8p+8.
   */
  readonly #words: Uint32Array;
  /** The place of leaf 0. */
  readonly #firstLeaf: number;
  #count = 0;

  /** An empty tree. */
  constructor(depth: number) {
    checkDepth(depth);
    this.depth = depth;
    this.#firstLeaf = nodesAbove(depth);
    this.#words = new Uint32Array(2 * nodesAbove(depth + 1));
  }

  /** The tree of `count` keys whose leaves were given out by `childHashes`. */
  static fromLeaves(depth: number, count: number, hashes: Uint8Array): HashTree {
    const tree = new HashTree(depth);
    tree.#count = count;
    tree.#fill(viewOf(hashes));
    return tree;
  }

  /** Keys in the tree. */
  get count(): number {
    return this.#count;
  }

  /** Equal for equal sets of keys and versions; 0 for none. */
  get root(): bigint {
    return (BigInt(this.#words[0] as number) << 32n) | BigInt(this.#words[1] as number);
  }

  /**
   * The key went from one version to another; undefined where it is not among the live keys.
   * Both are digests of the store's state before and after one write, so that whatever was
   * added is what is taken away again.
   */
  update(keyHash: bigint, before: bigint | undefined, after: bigint | undefined): void {
    this.#recount(before, after);
    const taken = before === undefined ? 0n : itemHash(keyHash, before);
    const added = after === undefined ? 0n : itemHash(keyHash, after);
    this.#xor(leafOf(keyHash, this.depth), taken ^ added);
  }

  /**
   * Hashes of the children of `nodes` of a level above the leaves, in that order: 8 bytes each,
   * big-endian, 64 bytes for each of the nodes.
   */
  childHashes(level: number, nodes: Iterable<number>): Uint8Array {
    const children = this.#childrenOf(level, nodes);
    const hashes = Buffer.allocUnsafe(children.length * HASH_BYTES);
    const view = viewOf(hashes);
    children.forEach((child, i) => {
      const at = this.#wordAt(level + 1, child);
      view.setUint32(i * HASH_BYTES, this.#words[at] as number);
      view.setUint32(i * HASH_BYTES + 4, this.#words[at + 1] as number);
    });
    return hashes;
  }

  /** Which children of `nodes` differ from the other side's `childHashes` of the same nodes. */
  differingChildren(level: number, nodes: Iterable<number>, theirs: Uint8Array): number[] {
    const view = viewOf(theirs);
    return this.#childrenOf(level, nodes).filter((child, i) => {
      const at = this.#wordAt(level + 1, child);
      return (
        this.#words[at] !== view.getUint32(i * HASH_BYTES) ||
        this.#words[at + 1] !== view.getUint32(i * HASH_BYTES + 4)
      );
    });
  }

  #recount(before: bigint | undefined, after: bigint | undefined): void {
    if (before === undefined && after !== undefined) this.#count++;
    if (before !== undefined && after === undefined) this.#count--;
    invariant(this.#count >= 0, 'more keys left a hash tree than were ever in it');
  }

  /** Changes the leaf and all nodes above it. */
  #xor(leaf: number, change: bigint): void {
    itemView.setBigUint64(0, change);
    const leading = itemView.getUint32(0);
    const trailing = itemView.getUint32(4);
    const words = this.#words;
    let place = this.#firstLeaf + leaf;
    for (;;) {
      words[2 * place] = (words[2 * place] as number) ^ leading;
      words[2 * place + 1] = (words[2 * place + 1] as number) ^ trailing;
      if (place === 0) break;
      place = (place - 1) >> FAN_OUT_BITS;
    }
  }

  #fill(leaves: DataView): void {
    for (let leaf = 0; leaf < nodesAt(this.depth); leaf++) {
      this.#xor(leaf, leaves.getBigUint64(leaf * HASH_BYTES));
    }
  }

  #childrenOf(level: number, nodes: Iterable<number>): number[] {
    invariant(level >= 0 && level < this.depth, `level ${level} has no children`);
    const children: number[] = [];
    for (const node of nodes) {
      for (let i = 0; i < FAN_OUT; i++) children.push(node * FAN_OUT + i);
    }
    return children;
  }

  #wordAt(level: number, node: number): number {
    return 2 * (nodesAbove(level) + node);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
