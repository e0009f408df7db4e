/**
 * Virtual time without promises: pure machines need none, and so thousands of seeds run in
 * the time that `src/sim` takes for a few. Time is counted in ticks of a clock that is right.
 */

import { BinaryHeap } from '../../../src/kernel/binary-heap.ts';

interface Event {
  readonly at: number;
  /** Events of one time run in the order in which they were planned. */
  readonly sequence: number;
  readonly fire: () => void;
}

export class EventHeap {
  readonly #events = new BinaryHeap<Event>((a, b) => a.at - b.at || a.sequence - b.sequence);
  #now = 0;
  #sequence = 0;
  #digest = 0;

  get now(): number {
    return this.#now;
  }

  /** Over every event and every note: what a seed did, in 32 bits. */
  get digest(): number {
    return this.#digest;
  }

  get eventsRun(): number {
    return this.#sequence - this.#events.size;
  }

  /** `delay` in ticks. What must not happen any more has to find out for itself. */
  after(delay: number, fire: () => void): void {
    this.#events.push({ at: this.#now + delay, sequence: this.#sequence++, fire });
  }

  note(value: number): void {
    this.#digest = (Math.imul(this.#digest ^ value, 0x01000193) + (value >>> 7)) >>> 0;
  }

  /** Runs events up to this time, or until `enough` says so. */
  runUntil(end: number, enough: () => boolean = () => false): void {
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || next.at > end) break;
      this.#events.pop();
      this.#now = next.at;
      this.note(next.sequence);
      next.fire();
      if (enough()) return;
    }
    this.#now = end;
  }
}
