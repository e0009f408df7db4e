/**
 * How fast work in the background may go: so many bytes a second, and less while the node has
 * better to do.
 *
 * Whether it has is told by the event loop: a timer that fires late waited behind other work,
 * whatever that was, of clients or of other nodes. The work then rests several times as long
 * as the timer was late, so it takes a small share of a loop that is full.
 */

import type { Clock } from '../ports/clock.ts';

/** A timer of an idle process is this late now and then. */
const LATE_MS_MIN = 5;
/** Rest, in times of how late the timer was. */
const REST_FACTOR = 4;
const REST_MS_MAX = 1_000;
/** Between two steps others have their turn in any case. */
const PAUSE_MS_MIN = 1;

/** What several paces draw on. */
export interface Shared {
  /** So many bytes were spent; returns, in `clock.now()`, when all that was spent is paid for. */
  charge(bytes: number): number;
}

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #shared: Shared | undefined;
  /** In `clock.now()`: when what was spent so far is paid for. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, bytesPerSecond: number, shared?: Shared) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#shared = shared;
  }

  /** Resolves when the next step may begin, after one that took so many bytes. */
  async spend(bytes: number): Promise<void> {
    const now = this.#clock.now();
    this.#paidAt = Math.max(now, this.#paidAt) + (bytes / this.#bytesPerSecond) * 1_000;
    const allPaidAt = Math.max(this.#paidAt, this.#shared?.charge(bytes) ?? now);
    const pauseMs = Math.max(PAUSE_MS_MIN, allPaidAt - now);
    await pause(this.#clock, pauseMs);
    const lateMs = this.#clock.now() - now - pauseMs;
    if (lateMs >= LATE_MS_MIN) {
      await pause(this.#clock, Math.min(REST_MS_MAX, lateMs * REST_FACTOR));
    }
  }
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}
