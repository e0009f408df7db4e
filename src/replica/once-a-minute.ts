/** For log lines that could come with every request: says yes at most once a minute. */

import type { Clock } from '../ports/clock.ts';

const INTERVAL_MS = 60_000;

export class OnceAMinute {
  readonly #clock: Pick<Clock, 'now'>;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** True when the last time it was true is a minute ago; the caller acts on it. */
  isDue(): boolean {
    const now = this.#clock.now();
    if (now < this.#nextAt) return false;
    this.#nextAt = now + INTERVAL_MS;
    return true;
  }
}
