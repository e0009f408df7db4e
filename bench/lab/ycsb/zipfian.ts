/**
 * Which record is asked for, as YCSB draws it (Cooper et al., SoCC 2010; the generator of
 * Gray et al., SIGMOD 1994): a few are asked for very often, most hardly ever.
 */

import type { SeededRandom } from '../../../src/sim/seeded-random.ts';

/** YCSB's constant: the larger, the more is asked of the few. */
const THETA = 0.99;

/** Ranks from 0, the most popular, to one below the number of items, which may grow. */
export class Zipfian {
  readonly #random: SeededRandom;
  #items: number;
  #zeta: number;

  constructor(items: number, random: SeededRandom) {
    this.#random = random;
    this.#items = items;
    this.#zeta = zetaFrom(0, items);
  }

  grow(items: number): void {
    this.#zeta += zetaFrom(this.#items, items);
    this.#items = items;
  }

  next(): number {
    const u = this.#random.float();
    const uz = u * this.#zeta;
    if (uz < 1) return 0;
    if (uz < 1 + 0.5 ** THETA) return 1;
    const eta = (1 - (2 / this.#items) ** (1 - THETA)) / (1 - ZETA_OF_2 / this.#zeta);
    const rank = Math.floor(this.#items * (eta * u - eta + 1) ** (1 / (1 - THETA)));
    return Math.min(rank, this.#items - 1);
  }
}

const ZETA_OF_2 = 1 + 0.5 ** THETA;

/** The sum of 1/i^theta for i from `after + 1` to `to`. */
function zetaFrom(after: number, to: number): number {
  let sum = 0;
  for (let i = after + 1; i <= to; i++) sum += 1 / i ** THETA;
  return sum;
}

/** Popular records lie anywhere among all: a bijection of the 32-bit integers (murmur3's end). */
export function scrambled(rank: number): number {
  let mixed = rank ^ (rank >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
