/**
 * Brings an assignment into balance with the fewest moves, by chains of exchanges.
 *
 * "y takes x's place in partition p" is an arc from x to y of a graph over the nodes. It
 * costs 1 if p's data would have to be copied to y, less 1 if it no longer has to be copied
 * to x. A chain of arcs takes one place from its first node and gives one to its last. This
 * is minimum-cost flow by successive shortest paths (Ahuja, Magnanti, Orlin: Network Flows,
 * section 9.7), with the vertices of partitions and zones folded into the arcs:
 *
 * - A start from any subset of the former lists is optimal for what it is, as no arc has a
 *   negative cost. A shortest chain keeps it so. What comes out when every bound is met is
 *   therefore a placement with the fewest moves that there can be under these bounds.
 * - Of the cheapest chains we take one with the fewest arcs. Two arcs of it that would
 *   interfere in one partition could be replaced by a single one, so there are none.
 * - Potentials keep all arc lengths non-negative for Dijkstra's algorithm. `spare` is one
 *   more vertex: it stands between nodes that may have a place more and nodes that may have
 *   one less, and lets the search end at the first of them.
 */

import { invariant } from '../kernel/invariant.ts';
import { type Assignment, NOBODY } from './assignment.ts';
import type { Range } from './balance.ts';

/** A chain's length is its cost first and its number of arcs second. */
const COST = 2 ** 20;

/** Where a search begins. */
const START = -1;

/** Which way a search follows the arcs: to a node that gets a place, or back to one that gives it. */
type Direction = 'giving' | 'getting';

export class Exchange {
  readonly #assignment: Assignment;
  readonly #affinity: (partition: number, node: number) => number;
  readonly #nodeCount: number;
  /** The vertex after the nodes. */
  readonly #spare: number;
  readonly #potential: Int32Array;

  // The search under way, by vertex.
  #direction: Direction = 'giving';
  readonly #distance: Float64Array;
  readonly #tie: Float64Array;
  readonly #done: Uint8Array;
  readonly #from: Int32Array;
  readonly #via: Int32Array;

  /** `affinity` decides where nothing else does. */
  constructor(assignment: Assignment, affinity: (partition: number, node: number) => number) {
    this.#assignment = assignment;
    this.#affinity = affinity;
    this.#nodeCount = assignment.load.length;
    this.#spare = this.#nodeCount;
    const vertices = this.#nodeCount + 1;
    this.#potential = new Int32Array(vertices);
    this.#distance = new Float64Array(vertices);
    this.#tie = new Float64Array(vertices);
    this.#done = new Uint8Array(vertices);
    this.#from = new Int32Array(vertices);
    this.#via = new Int32Array(vertices);
  }

  /** Somebody gets an open place of the partition. */
  fill(partition: number): void {
    this.#begin('giving');
    const costs: [node: number, cost: number][] = [];
    for (let node = 0; node < this.#nodeCount; node++) {
      if (this.#assignment.has(partition, node)) continue;
      if (!this.#assignment.mayEnter(partition, node)) continue;
      costs.push([node, this.#copies(partition, node) - this.#potentialOf(node)]);
    }
    // The open place is a vertex too, of a potential that makes the shortest arc from it zero.
    const lowest = Math.min(...costs.map(([, cost]) => cost));
    for (const [node, cost] of costs) {
      const tie = this.#assignment.standing(partition, NOBODY, node);
      const tieBreak = this.#affinity(partition, node);
      this.#reach(node, (cost - lowest) * COST, START, partition, tie + tieBreak);
    }
    this.#assignment.enter(partition, this.#carryOut(this.#search()));
  }

  /** The node, which has more places than it may, gives one away. */
  relieve(node: number): void {
    this.#begin('giving');
    this.#reach(node, 0, START, START, 0);
    this.#carryOut(this.#search());
  }

  /** The node, which has fewer places than it must, gets one. */
  supply(node: number): void {
    this.#begin('getting');
    this.#reach(node, 0, START, START, 0);
    this.#carryOut(this.#search());
  }

  #begin(direction: Direction): void {
    this.#direction = direction;
    this.#distance.fill(Number.POSITIVE_INFINITY);
    this.#done.fill(0);
  }

  /** Dijkstra's algorithm. Gives the last node of the shortest chain. */
  #search(): number {
    for (;;) {
      const vertex = this.#nearest();
      if (vertex === this.#spare) {
        this.#updatePotentials(vertex);
        return this.#from[vertex] as number;
      }
      if (this.#direction === 'giving' && this.#lacks(vertex)) {
        this.#updatePotentials(vertex);
        return vertex;
      }
      this.#done[vertex] = 1;
      this.#expandToSpare(vertex);
      this.#expand(vertex);
    }
  }

  /** Between equals: the end of the search, then who lacks a place, then the better tie. */
  #nearest(): number {
    let nearest = this.#spare;
    for (let node = 0; node < this.#nodeCount; node++) {
      if (this.#done[node] === 0 && this.#isBefore(node, nearest)) nearest = node;
    }
    invariant(
      this.#distanceOf(nearest) < Number.POSITIVE_INFINITY,
      'no chain of exchanges leads to balance',
    );
    return nearest;
  }

  #isBefore(node: number, other: number): boolean {
    const nearer = this.#distanceOf(node) - this.#distanceOf(other);
    if (nearer !== 0 || other === this.#spare) return nearer < 0;
    const needier = Number(this.#lacks(node)) - Number(this.#lacks(other));
    if (needier !== 0) return needier > 0;
    return (this.#tie[node] as number) < (this.#tie[other] as number);
  }

  /** A node that may have one more, or that may have one less, ends the chain. */
  #expandToSpare(node: number): void {
    const giving = this.#direction === 'giving';
    const { least, most } = this.#range(node);
    const load = this.#loadOf(node);
    if (giving ? load >= most : load <= least) return;
    const difference = this.#potentialOf(node) - this.#potentialOf(this.#spare);
    const cost = giving ? difference : -difference;
    this.#reach(this.#spare, this.#distanceOf(node) + cost * COST, node, START, 0);
  }

  #expand(node: number): void {
    const giving = this.#direction === 'giving';
    for (const [partition, places] of this.#assignment.places.entries()) {
      if (places.includes(node) !== giving) continue;
      if (!giving) {
        for (const other of places) this.#consider(partition, other, node, other, node);
        continue;
      }
      for (let other = 0; other < this.#nodeCount; other++) {
        if (!places.includes(other)) this.#consider(partition, node, other, other, node);
      }
    }
  }

  /** Follows the arc from `leaving` to `entering`, one of which is `vertex`, the other `from`. */
  #consider(
    partition: number,
    leaving: number,
    entering: number,
    vertex: number,
    from: number,
  ): void {
    if (this.#done[vertex] !== 0) return;
    if (!this.#assignment.mayReplace(partition, leaving, entering)) return;
    const cost =
      this.#copies(partition, entering) -
      this.#copies(partition, leaving) +
      this.#potentialOf(leaving) -
      this.#potentialOf(entering);
    const distance = this.#distanceOf(from) + cost * COST + 1;
    if (distance > this.#distanceOf(vertex)) return;
    const gain =
      this.#assignment.standing(partition, leaving, leaving) -
      this.#assignment.standing(partition, leaving, entering);
    this.#reach(vertex, distance, from, partition, this.#affinity(partition, entering) - gain);
  }

  #reach(vertex: number, distance: number, from: number, via: number, tie: number): void {
    const longer = distance - this.#distanceOf(vertex);
    if (longer > 0 || (longer === 0 && tie >= (this.#tie[vertex] as number))) return;
    this.#distance[vertex] = distance;
    this.#tie[vertex] = tie;
    this.#from[vertex] = from;
    this.#via[vertex] = via;
  }

  #updatePotentials(end: number): void {
    const sign = this.#direction === 'giving' ? 1 : -1;
    const reached = this.#distanceOf(end);
    for (let vertex = 0; vertex <= this.#spare; vertex++) {
      const distance = Math.min(this.#distanceOf(vertex), reached);
      this.#potential[vertex] = this.#potentialOf(vertex) + sign * Math.floor(distance / COST);
    }
  }

  /** Makes the exchanges of the chain that ends at `last`; gives its first node. */
  #carryOut(last: number): number {
    let node = last;
    for (;;) {
      const from = this.#from[node] as number;
      if (from === START) return node;
      const [leaving, entering] = this.#direction === 'giving' ? [from, node] : [node, from];
      this.#assignment.replace(this.#via[node] as number, leaving, entering);
      node = from;
    }
  }

  /** 1 if the node would have to copy the partition's data, else 0. */
  #copies(partition: number, node: number): number {
    return this.#assignment.isNew(partition, node) ? 1 : 0;
  }

  #lacks(node: number): boolean {
    return this.#loadOf(node) < this.#range(node).least;
  }

  #range(node: number): Range {
    return this.#assignment.problem.balance.placesOfNode[node] as Range;
  }

  #loadOf(node: number): number {
    return this.#assignment.load[node] as number;
  }

  #distanceOf(vertex: number): number {
    return this.#distance[vertex] as number;
  }

  #potentialOf(vertex: number): number {
    return this.#potential[vertex] as number;
  }
}
