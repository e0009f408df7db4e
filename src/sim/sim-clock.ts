/** A node's clock in virtual time, which may stand wrong and run fast or slow. */

import type { Clock, Timer } from '../ports/clock.ts';
import { SimGate } from './sim-gate.ts';
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
  readonly #gate: SimGate;
  #halted = false;

  constructor(
    simulation: Simulation,
    skew: ClockSkew = TRUE_TIME,
    gate: SimGate = new SimGate(simulation),
  ) {
    this.#simulation = simulation;
    this.#skew = skew;
    this.#gate = gate;
  }

  now(): number {
    return this.#simulation.nowMs * this.#skew.rate;
  }

  wallTime(): number {
    return EPOCH_MS + this.#skew.offsetMs + Math.floor(this.now());
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    let isCancelled = false;
    const timer = this.#simulation.schedule(delayMs / this.#skew.rate, () => {
      this.#gate.pass(() => {
        if (!this.#halted && !isCancelled) fire();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** The process is gone: its timers never fire. */
  halt(): void {
    this.#halted = true;
  }
}
