/** The Clock port on the machine's own clocks. */

import type { Clock, Timer } from '../ports/clock.ts';

/** Node takes a longer delay for 1 ms. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (delayMs, fire) => new SystemTimer(delayMs, fire),
};

class SystemTimer implements Timer {
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: number, fire: () => void) {
    this.#arm(delayMs, fire);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(delayMs: number, fire: () => void): void {
    // Node drops fractions; rounding up keeps a timer from firing before its deadline.
    const next = Math.min(Math.ceil(delayMs), DELAY_MS_MAX);
    const rest = delayMs - next;
    this.#timeout = setTimeout(() => (rest > 0 ? this.#arm(rest, fire) : fire()), next);
  }
}
