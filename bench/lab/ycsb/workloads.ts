/**
 * The core workloads of YCSB, as its repository defines them (workloads/workload[a-f]): ten
 * fields of 100 bytes a record, hashed insert order.
 *
 * E, short scans in key order, is left out: keys are spread over the ring by their hash, so
 * that a scan would ask every node for what any ordered store has beside each other.
 */

import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { scrambled, Zipfian } from './zipfian.ts';

export const WORKLOAD_NAMES = ['A', 'B', 'C', 'D', 'F'] as const;

export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export type OperationKind = 'read' | 'update' | 'insert' | 'read-modify-write';

export interface YcsbWorkload {
  readonly name: WorkloadName;
  /** As YCSB's own file says. */
  readonly title: string;
  /** They add up to 1. */
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
  readonly distribution: 'zipfian' | 'latest';
}

export const YCSB: Readonly<Record<WorkloadName, YcsbWorkload>> = {
  A: {
    name: 'A',
    title: 'update heavy: 50 % reads, 50 % updates',
    mix: { read: 0.5, update: 0.5 },
    distribution: 'zipfian',
  },
  B: {
    name: 'B',
    title: 'read mostly: 95 % reads, 5 % updates',
    mix: { read: 0.95, update: 0.05 },
    distribution: 'zipfian',
  },
  C: { name: 'C', title: 'read only', mix: { read: 1 }, distribution: 'zipfian' },
  D: {
    name: 'D',
    title: 'read latest: 95 % reads, 5 % inserts',
    mix: { read: 0.95, insert: 0.05 },
    distribution: 'latest',
  },
  F: {
    name: 'F',
    title: 'read-modify-write: 50 % reads, 50 % read-modify-writes',
    mix: { read: 0.5, 'read-modify-write': 0.5 },
    distribution: 'zipfian',
  },
};

export const RECORD_BYTES = 1_000;

export interface YcsbOperation {
  readonly kind: OperationKind;
  readonly key: string;
}

/** The operations of one generator, one after the other. */
export class OperationStream {
  readonly #workload: YcsbWorkload;
  readonly #random: SeededRandom;
  readonly #zipfian: Zipfian;
  #records: number;

  /** @param records that were loaded beforehand */
  constructor(workload: YcsbWorkload, records: number, random: SeededRandom) {
    this.#workload = workload;
    this.#records = records;
    this.#random = random;
    this.#zipfian = new Zipfian(records, random);
  }

  next(): YcsbOperation {
    const kind = this.#kind();
    if (kind !== 'insert') return { kind, key: recordKey(this.#chosen()) };
    const key = recordKey(this.#records++);
    this.#zipfian.grow(this.#records);
    return { kind, key };
  }

  #chosen(): number {
    const rank = this.#zipfian.next();
    if (this.#workload.distribution === 'latest') return this.#records - 1 - rank;
    return scrambled(rank) % this.#records;
  }

  #kind(): OperationKind {
    let left = this.#random.float();
    const kinds = Object.entries(this.#workload.mix) as [OperationKind, number][];
    for (const [kind, share] of kinds) {
      left -= share;
      if (left < 0) return kind;
    }
    return 'read';
  }
}

/** Of record number n: numbers that follow each other lie far apart. */
export function recordKey(n: number): string {
  return `user${scrambled(n).toString(36)}`;
}
