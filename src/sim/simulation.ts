/**
 * The event heap: virtual time, one event after another, and a hash of everything that
 * happened, so that a seed run twice can be seen to have done the same.
 *
 * Each event runs with all the promise continuations it sets off before the next begins.
 * How to wait for those is the one thing the simulator needs from the real world; it is
 * passed in as `settle`.
 */

import { BinaryHeap } from '../kernel/binary-heap.ts';
import { utf8 } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Timer } from '../ports/clock.ts';
import { SeededRandom } from './seeded-random.ts';

/** In virtual time: what takes longer never ends, however much still happens. */
const COMPLETE_MS_MAX = 3_600_000;
/** So many characters of the trace are hashed together. */
const HASHED_AT_ONCE = 32_768;

interface Event {
  readonly atMs: number;
  /** Events of one time run in the order in which they were planned. */
  readonly sequence: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** Resolves when every promise continuation that is ready has run. */
export type Settle = () => Promise<void>;

export class Simulation {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly #settle: Settle;
  readonly #events = new BinaryHeap<Event>((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
  #nowMs = 0;
  #sequence = 0;
  #hash = 0n;
  /** Of the trace, what the hash has yet to take in. */
  #unhashed = '';
  /** Receives every line of the trace; for looking at one seed closely. */
  onTrace: ((line: string) => void) | undefined;

  constructor(seed: number, settle: Settle) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.#settle = settle;
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Hash over all trace lines so far, as 16 hexadecimal digits. */
  get traceHash(): string {
    return this.#hashed().toString(16).padStart(16, '0');
  }

  schedule(delayMs: number, fire: () => void): Timer {
    return this.scheduleAt(this.#nowMs + Math.max(0, delayMs), fire);
  }

  scheduleAt(atMs: number, fire: () => void): Timer {
    const event = { atMs, sequence: this.#sequence++, fire, cancelled: false };
    this.#events.push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  trace(line: string): void {
    const stamped = `${this.#nowMs.toFixed(6)} ${line}`;
    this.#unhashed += `${stamped}\n`;
    if (this.#unhashed.length >= HASHED_AT_ONCE) {
      this.#hash = this.#hashed();
      this.#unhashed = '';
    }
    this.onTrace?.(stamped);
  }

  #hashed(): bigint {
    return hash64(utf8(`${this.#hash} ${this.#unhashed}`));
  }

  /** Runs until the promise is settled. Throws where nothing is left to settle it, or not soon. */
  async complete<Result>(promise: Promise<Result>): Promise<Result> {
    const untilMs = this.#nowMs + COMPLETE_MS_MAX;
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    await this.#settle();
    while (!settled) {
      if (!(await this.#step())) {
        throw new Error(
          `seed ${this.seed}: stuck at ${this.#nowMs} ms with nothing left to happen`,
        );
      }
      if (this.#nowMs > untilMs) {
        throw new Error(`seed ${this.seed}: not settled after ${COMPLETE_MS_MAX} ms`);
      }
    }
    return promise;
  }

  /** Runs everything that happens in the next `durationMs`. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await this.#settle();
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || next.atMs > untilMs) break;
      await this.#step();
    }
    this.#nowMs = untilMs;
  }

  async #step(): Promise<boolean> {
    const event = this.#events.pop();
    if (event === undefined) return false;
    if (event.cancelled) return true;
    this.#nowMs = event.atMs;
    event.fire();
    await this.#settle();
    return true;
  }
}
