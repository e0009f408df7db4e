/**
 * How long the event loop was held up: while one piece of work goes on, nothing is answered.
 *
 * A timer is due every few milliseconds, and how late it fires is how long something else had
 * the loop, to the length of that interval. `perf_hooks.monitorEventLoopDelay` would forget
 * what matters most: a scrape that waited behind a long piece of work is often answered before
 * its timer can fire, and the reset that follows drops the interval that is under way.
 */

import type { Clock, Timer } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';

const INTERVAL_MS = 5;

export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #gauge: Gauge;
  #timer: Timer;
  #seenAt: number;
  #longestMs = 0;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#gauge = metrics.gauge({
      name: 'event_loop_delay_max_seconds',
      help: 'Longest that the event loop was held up since the last scrape',
    });
    this.#seenAt = clock.now();
    this.#timer = this.#arm();
  }

  /** Sets the gauge for a scrape, and begins anew. */
  publish(): void {
    this.#look();
    this.#gauge.set(this.#longestMs / 1_000);
    this.#longestMs = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(): Timer {
    return this.#clock.setTimer(INTERVAL_MS, () => {
      this.#look();
      this.#timer = this.#arm();
    });
  }

  #look(): void {
    const now = this.#clock.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#seenAt - INTERVAL_MS);
    this.#seenAt = now;
  }
}
