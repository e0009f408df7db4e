/** A map sorted by bytes, which is copied in a moment: a copy shares what does not change. */

import { EmptyBTree } from 'sorted-btree';

/** One character a byte: sorts like the bytes. `mapKeyOf` makes it. */
export type TreeKey = string;

export type SortedTree<Value> = import('sorted-btree').default<TreeKey, Value>;

export function newSortedTree<Value>(): SortedTree<Value> {
  // The class itself stands elsewhere under Node than under a bundler (the package is
  // CommonJS with a default export); a clone of its empty tree is an empty tree in both.
  const tree: typeof EmptyBTree = EmptyBTree.clone();
  return tree as SortedTree<Value>;
}

export function bytesOfMapKey(at: TreeKey): Uint8Array {
  return Buffer.from(at, 'latin1');
}
