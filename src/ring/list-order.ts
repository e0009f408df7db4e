/**
 * The order of the nodes in each partition's list.
 *
 * Which nodes a partition has is decided before. A node that stays keeps its index, as moves
 * under load need it (a swap keeps the place, an add appends, a removal closes the gap).
 * Newcomers take the open places, so that every node stands about equally often at each
 * index: coordinators ask the first node first, and a bucket with n < N uses the first n.
 */

import { NOBODY } from './assignment.ts';

/**
 * `nodes` and `before` by partition; `before` has `NOBODY` in the place of those that left.
 *
 * In a placement from scratch all places are open. Then every node with d places of lists of
 * R stands d/R times at each index, rounded up or down.
 */
export function orderLists(
  nodes: readonly (readonly number[])[],
  before: readonly (readonly number[])[],
  nodeCount: number,
): number[][] {
  const replicaCount = nodes[0]?.length ?? 0;
  const lists = nodes.map((chosen, partition) => stayers(chosen, before[partition] ?? []));
  const standing = new Standing(nodeCount, replicaCount, lists);
  const open = lists.map((list) => [...list.keys()].filter((index) => list[index] === NOBODY));
  for (const [partition, list] of lists.entries()) {
    for (const node of nodes[partition] ?? []) {
      if (!list.includes(node)) standing.seat(list, node);
    }
  }
  evenOut(lists, open, standing, replicaCount, nodeCount);
  return lists;
}

/** Exchanges newcomers within their lists until no two indices gain by it. */
function evenOut(
  lists: readonly number[][],
  open: readonly (readonly number[])[],
  standing: Standing,
  replicaCount: number,
  nodeCount: number,
): void {
  let changed = true;
  while (changed) {
    changed = false;
    for (const [first, second] of indexPairs(replicaCount)) {
      const free = lists.filter(
        (_, partition) => open[partition]?.includes(first) && open[partition]?.includes(second),
      );
      for (let node = 0; node < nodeCount; node++) {
        while (shift(node, first, second, free, standing)) changed = true;
      }
    }
  }
}

/** The nodes that stay, at their indices, and `NOBODY` at the places to be given. */
function stayers(chosen: readonly number[], before: readonly number[]): number[] {
  const list = before.map((node) => (chosen.includes(node) ? node : NOBODY));
  while (list.length > chosen.length) list.splice(list.lastIndexOf(NOBODY), 1);
  while (list.length < chosen.length) list.push(NOBODY);
  return list;
}

/** How often each node stands at each index. */
class Standing {
  readonly #counts: Int32Array;
  readonly #replicaCount: number;

  constructor(nodeCount: number, replicaCount: number, lists: readonly (readonly number[])[]) {
    this.#counts = new Int32Array(nodeCount * replicaCount);
    this.#replicaCount = replicaCount;
    for (const list of lists) {
      for (const [index, node] of list.entries()) if (node !== NOBODY) this.add(node, index, 1);
    }
  }

  of(node: number, index: number): number {
    return this.#counts[node * this.#replicaCount + index] as number;
  }

  move(node: number, from: number, to: number): void {
    this.add(node, from, -1);
    this.add(node, to, 1);
  }

  add(node: number, index: number, change: 1 | -1): void {
    this.#counts[node * this.#replicaCount + index] = this.of(node, index) + change;
  }

  /** Gives the node that open place of the list where it stands least. */
  seat(list: number[], node: number): void {
    let best = list.indexOf(NOBODY);
    for (const [index, other] of list.entries()) {
      if (other === NOBODY && this.of(node, index) < this.of(node, best)) best = index;
    }
    list[best] = node;
    this.add(node, best, 1);
  }
}

function indexPairs(replicaCount: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let second = 1; second < replicaCount; second++) {
    for (let first = 0; first < second; first++) pairs.push([first, second]);
  }
  return pairs;
}

/**
 * Moves the node from the `first` to the `second` index in one of the lists, if it stands too
 * often at the first. The node that it changes places with may do the same elsewhere, and so
 * on, to one that stands at the second index more than it should: reversing a path in the
 * graph that has an arc for each list, as in an Euler orientation. False if there is no gain.
 */
function shift(
  start: number,
  first: number,
  second: number,
  lists: readonly number[][],
  standing: Standing,
): boolean {
  const excess = (node: number) => standing.of(node, first) - standing.of(node, second);
  const listsOf = listsByNode(lists, first);
  const cameBy = new Map<number, number[]>();
  const queue = [start];
  for (const node of queue) {
    // The shift changes the one by -2 and the other by +2.
    if (excess(start) - excess(node) > 2) {
      for (let at = node; at !== start; ) {
        const list = cameBy.get(at) as number[];
        const previous = list[first] as number;
        swap(list, first, second, standing);
        at = previous;
      }
      return true;
    }
    for (const list of listsOf.get(node) ?? []) {
      const next = list[second] as number;
      if (next === start || cameBy.has(next)) continue;
      cameBy.set(next, list);
      queue.push(next);
    }
  }
  return false;
}

function listsByNode(lists: readonly number[][], index: number): Map<number, number[][]> {
  const byNode = new Map<number, number[][]>();
  for (const list of lists) {
    const node = list[index] as number;
    const known = byNode.get(node);
    if (known === undefined) byNode.set(node, [list]);
    else known.push(list);
  }
  return byNode;
}

function swap(list: number[], first: number, second: number, standing: Standing): void {
  const [a, b] = [list[first] as number, list[second] as number];
  list[first] = b;
  list[second] = a;
  standing.move(a, first, second);
  standing.move(b, second, first);
}
