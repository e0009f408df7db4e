/** Two replicas of a partition and the messages by which they find what differs. */

import { hash64 } from '../../src/kernel/hash.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { differingItems, encodeItems, type ItemDifference } from '../../src/merkle/leaf-items.ts';
import { leafOf, nodesAt } from '../../src/merkle/tree-shape.ts';
import { descend, topPart } from '../../src/merkle/walk.ts';

/** Key hash to version digest. */
export type Versions = ReadonlyMap<bigint, bigint>;

export function treeOf(depth: number, versions: Versions): HashTree {
  const tree = new HashTree(depth);
  for (const [keyHash, digest] of versions) tree.update(keyHash, undefined, digest);
  return tree;
}

/** One number for all hashes of each level below the root: equal for equal trees. */
export function levelsOf(tree: HashTree): bigint[] {
  return Array.from({ length: tree.depth }, (_, level) =>
    hash64(tree.childHashes(level, Array(nodesAt(level)).keys())),
  );
}

export class Side {
  readonly tree: HashTree;
  readonly #versions: Versions;

  constructor(depth: number, versions: Versions) {
    this.tree = treeOf(depth, versions);
    this.#versions = versions;
  }

  /** The keys of some leaves, as a scan of the partition finds them. */
  list(leaves: readonly number[]): Uint8Array {
    const wanted = new Set(leaves);
    const items = [...this.#versions].map(([keyHash, digest]) => ({ keyHash, digest }));
    return encodeItems(items.filter(({ keyHash }) => wanted.has(leafOf(keyHash, this.tree.depth))));
  }
}

export interface Exchange {
  /** As `mine` sees it. */
  readonly difference: ItemDifference;
  readonly leaves: readonly number[];
  readonly messages: number;
  /** Of hashes and of items, without the numbers of nodes. */
  readonly bytes: number;
}

/** The walk, begun by `mine`, and then the comparison of the leaves that it found. */
export function exchange(mine: Side, theirs: Side): Exchange {
  let part = topPart(mine.tree);
  let bytes = part.hashes.length;
  for (let messages = 1; ; messages++) {
    const step = descend((messages % 2 === 1 ? theirs : mine).tree, part);
    if (step.type === 'part') {
      part = step.part;
      bytes += part.hashes.length;
      continue;
    }
    const leaves = step.type === 'leaves' ? step.leaves : [];
    const list = theirs.list(leaves);
    const difference = differingItems(mine.list(leaves), list);
    return { difference, leaves, messages, bytes: bytes + list.length };
  }
}
