/**
 * Calls that wait for their replies, and the watch over their deadlines.
 *
 * One timer serves all of them: it is set to the earliest deadline and looks at every call
 * when it fires. A reply does not touch it, so that a call costs no timer of its own; the
 * price is one look for nothing after the last deadline of a busy time.
 */

import { TransportError } from '../../kernel/errors.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/** Two looks at the deadlines are at least this far apart: by so much a timeout may be late. */
const LOOK_SPACING_MS = 4;

/** Bounds the memory of one link, or of the calls to the node itself. */
export const CALLS_IN_FLIGHT_MAX = 16_384;

export interface Call {
  /** In this node's `Clock.now()`. */
  readonly deadline: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class CallsInFlight<C extends Call> {
  readonly #clock: Clock;
  readonly #onExpired: (call: C) => void;
  readonly #calls = new Map<number, C>();
  #lastId = 0;
  #timer: Timer | undefined;
  #lookAt = Number.POSITIVE_INFINITY;

  /** `onExpired` has to reject the call; it is in flight no more. */
  constructor(clock: Clock, onExpired: (call: C) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  get full(): boolean {
    return this.#calls.size >= CALLS_IN_FLIGHT_MAX;
  }

  /** A number that no call has had, not even one whose late reply may still come. */
  nextId(): number {
    return ++this.#lastId;
  }

  add(id: number, call: C): void {
    this.#calls.set(id, call);
    if (call.deadline < this.#lookAt) this.#lookNoLaterThan(call.deadline);
  }

  /** Ends the call and returns it; undefined when it has ended before. */
  take(id: number): C | undefined {
    const call = this.#calls.get(id);
    if (call !== undefined) this.#calls.delete(id);
    return call;
  }

  rejectAll(errorOf: (call: C) => TransportError): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (const call of calls) call.reject(errorOf(call));
  }

  #lookNoLaterThan(time: number): void {
    this.#timer?.cancel();
    this.#lookAt = time;
    const delayMs = Math.max(0, time - this.#clock.now());
    this.#timer = this.#clock.setTimer(delayMs, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    let earliest = Number.POSITIVE_INFINITY;
    const expired: C[] = [];
    for (const [id, call] of this.#calls) {
      if (call.deadline > now) {
        if (call.deadline < earliest) earliest = call.deadline;
      } else {
        this.#calls.delete(id);
        expired.push(call);
      }
    }
    this.#timer = undefined;
    this.#lookAt = Number.POSITIVE_INFINITY;
    if (earliest < Number.POSITIVE_INFINITY) {
      this.#lookNoLaterThan(Math.max(earliest, now + LOOK_SPACING_MS));
    }
    for (const call of expired) this.#onExpired(call);
  }
}

export function deadlinePassed(peer: string, kind: string): TransportError {
  return new TransportError('timeout', `${peer} did not answer ${kind} by the deadline`);
}
