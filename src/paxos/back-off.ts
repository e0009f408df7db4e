/**
 * How long a proposer waits before it tries again: twice as long at most each time, by chance,
 * so that of two proposers which keep refusing each other one soon comes through.
 */

import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

const FIRST_MS = 4;
const LONGEST_MS = 250;

export class BackOff {
  readonly #clock: Clock;
  readonly #random: Random;
  #longestMs = FIRST_MS;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Not beyond the deadline. */
  async pause(deadline: number): Promise<void> {
    const leftMs = Math.max(0, deadline - this.#clock.now());
    const pauseMs = Math.min(leftMs, this.#random.float() * this.#longestMs);
    this.#longestMs = Math.min(LONGEST_MS, this.#longestMs * 2);
    await new Promise<void>((resolve) => this.#clock.setTimer(pauseMs, resolve));
  }
}
