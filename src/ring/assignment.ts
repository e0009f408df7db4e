/**
 * Which nodes are on which partition, while a placement is being worked out.
 *
 * Nodes and zones are small integers here. Invariant: no partition ever has more of a zone
 * than it may, and it always has room left for the zones that it must still get.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Balance, Range } from './balance.ts';

/** A place that nobody has. */
export const NOBODY = -1;

export interface Problem {
  readonly partitionCount: number;
  /** R: places in every partition. */
  readonly replicaCount: number;
  readonly zoneOf: readonly number[];
  readonly balance: Balance;
  /** By partition: the former list; `NOBODY` for nodes that have left. May be empty. */
  readonly before: readonly (readonly number[])[];
}

export class Assignment {
  readonly problem: Problem;
  /** By partition, R entries: a node or `NOBODY`. */
  readonly places: number[][];
  /** By node: how many places it has. */
  readonly load: Int32Array;
  readonly #nodesOfZone: Uint8Array;
  /** By partition: nodes that it must still get for the sake of a zone. */
  readonly #owed: Uint8Array;
  readonly #open: Uint8Array;
  /** By node and index in the list: how often the node stands there. */
  readonly #standing: Int32Array;

  /** Starts from the former lists, as far as the rules allow; earlier entries go first. */
  constructor(problem: Problem) {
    const { partitionCount, replicaCount, zoneOf, balance } = problem;
    const { nodesOfZone } = balance;
    this.problem = problem;
    this.load = new Int32Array(zoneOf.length);
    this.#nodesOfZone = new Uint8Array(partitionCount * nodesOfZone.length);
    this.#owed = new Uint8Array(partitionCount).fill(
      nodesOfZone.reduce((sum, range) => sum + range.least, 0),
    );
    this.#open = new Uint8Array(partitionCount).fill(replicaCount);
    this.#standing = new Int32Array(zoneOf.length * replicaCount);
    this.places = Array.from({ length: partitionCount }, () =>
      new Array<number>(replicaCount).fill(NOBODY),
    );
    for (let partition = 0; partition < partitionCount; partition++) this.#keep(partition);
  }

  openPlaces(partition: number): number {
    return this.#open[partition] as number;
  }

  has(partition: number, node: number): boolean {
    return (this.places[partition] as number[]).includes(node);
  }

  /** Whether the node would have to copy the partition's data. */
  isNew(partition: number, node: number): boolean {
    return !this.problem.before[partition]?.includes(node);
  }

  /** Whether a node that is not on the partition may take an open place of it. */
  mayEnter(partition: number, node: number): boolean {
    const zone = this.problem.zoneOf[node] as number;
    const range = this.#zoneRange(zone);
    const count = this.#countOf(partition, zone);
    if (count < range.least) return true;
    return count < range.most && this.#at(this.#owed, partition) < this.openPlaces(partition);
  }

  /** Whether `entering` may take the place that `leaving` has, leaving other open places as they are. */
  mayReplace(partition: number, leaving: number, entering: number): boolean {
    const from = this.problem.zoneOf[leaving] as number;
    const to = this.problem.zoneOf[entering] as number;
    if (from === to) return true;
    if (this.#countOf(partition, from) <= this.#zoneRange(from).least) return false;
    // Where exactly one node of a zone must be, it has a place of its own, open or taken.
    const { least, most } = this.#zoneRange(to);
    return least < most && this.#countOf(partition, to) < most;
  }

  enter(partition: number, node: number): void {
    this.#seat(partition, this.#place(partition, NOBODY), node);
  }

  replace(partition: number, leaving: number, entering: number): void {
    const index = this.#place(partition, leaving);
    this.#vacate(partition, index, leaving);
    this.#seat(partition, index, entering);
  }

  /** How often the node has that place in its lists that `holder` has in this one. */
  standing(partition: number, holder: number, node: number): number {
    const index = this.#place(partition, holder);
    return this.#at(this.#standing, node * this.problem.replicaCount + index);
  }

  #keep(partition: number): void {
    const { before, replicaCount } = this.problem;
    const later: number[] = [];
    for (const [index, node] of (before[partition] ?? []).entries()) {
      if (node === NOBODY) continue;
      if (index >= replicaCount) later.push(node);
      else if (this.mayEnter(partition, node)) this.#seat(partition, index, node);
    }
    for (const node of later) {
      if (this.mayEnter(partition, node)) this.enter(partition, node);
    }
  }

  #place(partition: number, node: number): number {
    const index = (this.places[partition] as number[]).indexOf(node);
    invariant(index >= 0, `node ${node} has no place in partition ${partition}`);
    return index;
  }

  #seat(partition: number, index: number, node: number): void {
    (this.places[partition] as number[])[index] = node;
    this.#count(partition, index, node, 1);
  }

  #vacate(partition: number, index: number, node: number): void {
    (this.places[partition] as number[])[index] = NOBODY;
    this.#count(partition, index, node, -1);
  }

  #count(partition: number, index: number, node: number, change: 1 | -1): void {
    const zone = this.problem.zoneOf[node] as number;
    const { least } = this.#zoneRange(zone);
    const before = this.#countOf(partition, zone);
    const after = before + change;
    this.#nodesOfZone[this.#zoneSlot(partition, zone)] = after;
    this.#owed[partition] =
      this.#at(this.#owed, partition) + Math.max(0, least - after) - Math.max(0, least - before);
    this.#open[partition] = this.openPlaces(partition) - change;
    this.load[node] = this.#at(this.load, node) + change;
    const standing = node * this.problem.replicaCount + index;
    this.#standing[standing] = this.#at(this.#standing, standing) + change;
  }

  #zoneRange(zone: number): Range {
    return this.problem.balance.nodesOfZone[zone] as Range;
  }

  #zoneSlot(partition: number, zone: number): number {
    return partition * this.problem.balance.nodesOfZone.length + zone;
  }

  #countOf(partition: number, zone: number): number {
    return this.#at(this.#nodesOfZone, this.#zoneSlot(partition, zone));
  }

  #at(table: Int32Array | Uint8Array, index: number): number {
    return table[index] as number;
  }
}
