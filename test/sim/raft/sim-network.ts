/** One-way links that delay, lose, duplicate and reorder what members say to each other. */

import type { MemberNo } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { EventHeap } from './event-heap.ts';

export interface NetworkWeather {
  /** In ticks. */
  readonly delayMin: number;
  readonly delayMax: number;
  /** Probabilities. */
  readonly loss: number;
  readonly duplicate: number;
  /** Of a message that comes when nobody expects it any more. */
  readonly straggler: number;
}

export const FINE: NetworkWeather = {
  delayMin: 0.02,
  delayMax: 0.2,
  loss: 0,
  duplicate: 0,
  straggler: 0,
};

/** In ticks: longer than any election. */
const STRAGGLER_DELAY_MAX = 60;
const LINKS_PER_MEMBER = 32;

export class SimNetwork {
  weather = FINE;
  readonly #events: EventHeap;
  readonly #random: SeededRandom;
  readonly #deliver: (to: MemberNo, from: MemberNo, message: Message) => void;
  readonly #cuts = new Set<number>();

  constructor(
    events: EventHeap,
    random: SeededRandom,
    deliver: (to: MemberNo, from: MemberNo, message: Message) => void,
  ) {
    this.#events = events;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** False where the sender can see that nothing gets through. */
  send(from: MemberNo, to: MemberNo, message: Message): boolean {
    const random = this.#random;
    if (this.isCut(from, to)) return false;
    const { loss, duplicate } = this.weather;
    if (random.chance(loss)) return true;
    this.#carry(from, to, message);
    if (random.chance(duplicate)) this.#carry(from, to, message);
    return true;
  }

  isCut(from: MemberNo, to: MemberNo): boolean {
    return this.#cuts.has(from * LINKS_PER_MEMBER + to);
  }

  cutOneWay(from: readonly MemberNo[], to: readonly MemberNo[]): void {
    for (const a of from) for (const b of to) this.#cuts.add(a * LINKS_PER_MEMBER + b);
  }

  cutBothWays(some: readonly MemberNo[], others: readonly MemberNo[]): void {
    this.cutOneWay(some, others);
    this.cutOneWay(others, some);
  }

  heal(): void {
    this.#cuts.clear();
  }

  delay(): number {
    const { delayMin, delayMax, straggler } = this.weather;
    const random = this.#random;
    if (random.chance(straggler)) return random.float() * STRAGGLER_DELAY_MAX;
    return delayMin + random.float() * (delayMax - delayMin);
  }

  #carry(from: MemberNo, to: MemberNo, message: Message): void {
    const cutLosesIt = this.#random.chance(0.5);
    this.#events.after(this.delay(), () => {
      if (cutLosesIt && this.isCut(from, to)) return;
      this.#deliver(to, from, message);
    });
  }
}
