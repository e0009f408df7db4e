/** A node's clock in virtual time, which may stand wrong and run fast or slow. */

import type { Clock, Timer } from '../ports/clock.ts';
import type { Simulation } from './simulation.ts';

export interface ClockSkew {
  /** Added to the wall time. */
  readonly offsetMs: number;
  /** Own milliseconds per true millisecond; 1 is right. */
  readonly rate: number;
}

export const TRUE_TIME: ClockSkew = { offsetMs: 0, rate: 1 };

/** Wall time at which every simulation begins: 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

export class SimClock implements Clock {
  readonly #simulation: Simulation;
  readonly #skew: ClockSkew;
  #halted = false;

  constructor(simulation: Simulation, skew: ClockSkew = TRUE_TIME) {
    this.#simulation = simulation;
    this.#skew = skew;
  }

  now(): number {
    return this.#simulation.nowMs * this.#skew.rate;
  }

  wallTime(): number {
    return EPOCH_MS + this.#skew.offsetMs + Math.floor(this.now());
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.#simulation.schedule(delayMs / this.#skew.rate, () => {
      if (!this.#halted) fire();
    });
  }

  /** The process is gone: its timers never fire. */
  halt(): void {
    this.#halted = true;
  }
}
