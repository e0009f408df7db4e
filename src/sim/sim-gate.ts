/**
 * What lets a simulated process do anything: while it is paused, as by SIGSTOP, its timers, its
 * messages and what its disk tells it wait, and all of it comes at once when it goes on.
 */

import type { Simulation } from './simulation.ts';

export class SimGate {
  readonly #simulation: Simulation;
  /** In their order; undefined: the process runs. */
  #waiting: (() => void)[] | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get isPaused(): boolean {
    return this.#waiting !== undefined;
  }

  pass(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push(act);
  }

  pause(): void {
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) this.#simulation.schedule(0, () => this.pass(act));
  }
}
