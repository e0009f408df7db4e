/**
 * Messages that are held up on one link and arrive each at its own time.
 *
 * Those of equal delay keep their order; where delays differ they overtake each other, as
 * datagrams do. (On a stream a late one would hold up all that come after it: whoever wants
 * that gives constant delays.) Times are as exact as the clock's timers, about a millisecond.
 */

import { BinaryHeap } from '../../kernel/binary-heap.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/** Messages held up on one lane of one link. */
export const DELAYED_MESSAGES_MAX = 65_536;

interface Delayed {
  /** In `clock.now()`. */
  readonly dueAt: number;
  readonly sequence: number;
  readonly arrive: () => void;
}

export class DelayLine {
  readonly #clock: Clock;
  readonly #waiting = new BinaryHeap<Delayed>(
    (a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence,
  );
  #sequence = 0;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False where so many wait that this one is not taken, as by a router whose queue is full. */
  add(delayMs: number, arrive: () => void): boolean {
    if (this.#waiting.size >= DELAYED_MESSAGES_MAX) return false;
    this.#waiting.push({ dueAt: this.#clock.now() + delayMs, sequence: this.#sequence++, arrive });
    this.#arm();
    return true;
  }

  /** What waits never arrives. */
  close(): void {
    this.#timer?.cancel();
    while (this.#waiting.pop() !== undefined);
  }

  #arm(): void {
    const next = this.#waiting.peek();
    if (next === undefined || next.dueAt >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next.dueAt;
    this.#timer = this.#clock.setTimer(Math.max(0, next.dueAt - this.#clock.now()), () =>
      this.#arriveDue(),
    );
  }

  #arriveDue(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next.dueAt > now) break;
      this.#waiting.pop();
      next.arrive();
    }
    this.#arm();
  }
}
