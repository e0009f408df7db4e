/**
 * A wall clock that is wrong by as much as it is told, for experiments. Durations and timers
 * are those of the clock below: a node whose watch is wrong does not live faster.
 */

import type { Clock, Timer } from '../ports/clock.ts';

export class FaultyClock implements Clock {
  readonly #inner: Clock;
  /** Added to what the clock below reads, in milliseconds. */
  offsetMs = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): number {
    return this.#inner.now();
  }

  wallTime(): number {
    return this.#inner.wallTime() + this.offsetMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.#inner.setTimer(delayMs, fire);
  }
}
