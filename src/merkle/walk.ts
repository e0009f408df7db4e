/**
 * How two replicas find the leaves in which they differ. One sends the hashes below its root;
 * whoever receives a part compares it with its own tree and sends back what is below the nodes
 * that differ, until those are leaves:
 *
 *   A: level 0 → B: level 1 → A: level 2 → B: level 3 → A: the leaves that differ
 *
 * Nothing is remembered between two messages, so a walk may be dropped anywhere. Writes go on
 * meanwhile: a leaf may be named that has become equal, which costs a comparison, and one that
 * has become different is found by the next walk.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { HASH_BYTES, type HashTree } from './hash-tree.ts';
import { FAN_OUT, nodesAt } from './tree-shape.ts';

/** What one side has below some nodes of a level; at most 32 KB of hashes. */
export interface TreePart {
  readonly level: number;
  /** Rising. */
  readonly nodes: readonly number[];
  /** Of the children of each of the nodes: 64 bytes a node. */
  readonly hashes: Uint8Array;
}

export type Step =
  | { readonly type: 'equal' }
  | { readonly type: 'part'; readonly part: TreePart }
  /** Rising. */
  | { readonly type: 'leaves'; readonly leaves: readonly number[] };

/** The first message of a walk. */
export function topPart(tree: HashTree): TreePart {
  return partOf(tree, 0, [0]);
}

/**
 * Answers the other side's part. Throws `DecodeError` where it is not a part of a tree of this
 * shape.
 */
export function descend(tree: HashTree, theirs: TreePart): Step {
  checkPart(theirs, tree.depth);
  const differing = tree.differingChildren(theirs.level, theirs.nodes, theirs.hashes);
  if (differing.length === 0) return { type: 'equal' };
  const level = theirs.level + 1;
  if (level === tree.depth) return { type: 'leaves', leaves: differing };
  return { type: 'part', part: partOf(tree, level, differing) };
}

function partOf(tree: HashTree, level: number, nodes: readonly number[]): TreePart {
  return { level, nodes, hashes: tree.childHashes(level, nodes) };
}

function checkPart({ level, nodes, hashes }: TreePart, depth: number): void {
  if (!isBelow(level, depth)) throw new DecodeError('names a level that there is not');
  const rising = nodes.every((node, i) => i === 0 || node > (nodes[i - 1] as number));
  if (!rising || !nodes.every((node) => isBelow(node, nodesAt(level)))) {
    throw new DecodeError('names nodes that there are not');
  }
  if (hashes.length !== nodes.length * FAN_OUT * HASH_BYTES) {
    throw new DecodeError('has more or fewer hashes than nodes');
  }
}

function isBelow(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}
