/**
 * How fast the copying may go: so many bytes a second, which an operator may change at any time,
 * and in any case a share of the event loop: after each step all steps together rest some times
 * as long as it took, and longer where the loop was late. Without a bound only those rests are
 * left.
 *
 * The rests are what clients have while partitions move: without them every message that a
 * request needs would wait behind a step at each node. A full event loop is late by what the
 * others' work takes, so that they have more of it still. Other work in the background rests much
 * longer (../pace.ts): it can wait for ever, while whoever moves partitions waits for their end,
 * and holds up all further changes.
 */

import { invariant } from '../../kernel/invariant.ts';
import type { Clock } from '../../ports/clock.ts';
import { pause } from '../pace.ts';

export const DEFAULT_TRANSFER_BYTES_PER_SECOND = 64 * 1024 * 1024;

/** A change of the bound is heeded within this time by who waits already. */
const LOOK_EVERY_MS = 200;

/** A timer of an idle process is this late now and then. */
const LATE_MS_MIN = 5;
const REST_MS_MAX = 50;
/** Rest, in times of how long a step held the event loop. */
const REST_FACTOR = 3;
/** Between two steps others have their turn in any case. */
const PAUSE_MS = 1;

export class TransferPace {
  readonly #clock: Clock;
  #bytesPerSecond = 0;
  /** Since the beginning. */
  #spent = 0;
  /** Of what was spent; never more than that, so that no rest is saved up. */
  #paid = 0;
  #paidAt = 0;
  /** In `clock.now()`: until when all steps rest. */
  #restedAt = 0;

  /** As `setBytesPerSecond`. */
  constructor(clock: Clock, bytesPerSecond = DEFAULT_TRANSFER_BYTES_PER_SECOND) {
    this.#clock = clock;
    this.setBytesPerSecond(bytesPerSecond);
  }

  /** 0: without a bound. */
  get bytesPerSecond(): number {
    return Number.isFinite(this.#bytesPerSecond) ? this.#bytesPerSecond : 0;
  }

  /** 0: without a bound. */
  setBytesPerSecond(bytesPerSecond: number): void {
    invariant(bytesPerSecond >= 0, `${bytesPerSecond} bytes a second`);
    this.#pay();
    this.#bytesPerSecond = bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : bytesPerSecond;
  }

  /** One step, all in this turn; to be followed by `spend`. */
  step<Result>(work: () => Result): Result {
    const begun = this.#clock.now();
    const result = work();
    const now = this.#clock.now();
    this.#restedAt = Math.max(now, this.#restedAt) + REST_FACTOR * (now - begun);
    return result;
  }

  /** Resolves when the next step may begin, after one that took so many bytes. */
  async spend(bytes: number): Promise<void> {
    this.#pay();
    this.#spent += bytes;
    const ticket = this.#spent;
    for (;;) {
      this.#pay();
      const owed = ticket - this.#paid;
      if (owed <= 0) break;
      const waitMs = Math.max(1, (owed / this.#bytesPerSecond) * 1_000);
      await pause(this.#clock, Math.min(LOOK_EVERY_MS, waitMs));
    }
    await this.#rest();
  }

  async #rest(): Promise<void> {
    const before = this.#clock.now();
    const pauseMs = Math.max(PAUSE_MS, this.#restedAt - before);
    await pause(this.#clock, pauseMs);
    const lateMs = this.#clock.now() - before - pauseMs;
    if (lateMs >= LATE_MS_MIN) await pause(this.#clock, Math.min(REST_MS_MAX, lateMs));
  }

  #pay(): void {
    const now = this.#clock.now();
    const earned =
      this.#bytesPerSecond === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : (Math.max(0, now - this.#paidAt) / 1_000) * this.#bytesPerSecond;
    this.#paid = Math.min(this.#spent, this.#paid + earned);
    this.#paidAt = now;
  }
}
