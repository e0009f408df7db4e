/**
 * The events of the required calls of one key in the order of time, as a doubly linked list
 * from which a call and its return can be lifted and put back in constant time (Lowe, "Testing
 * for Linearizability", 2017).
 *
 * Event `call` is the invocation of the call of that number, `calls + call` its return. Calls
 * are numbered in the order of their invocation, so the first event, if there is any, is the
 * invocation of the least call that is still in the list.
 */

import { invariant } from '../kernel/invariant.ts';

export class EventList {
  readonly #calls: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** `order` holds all events, each invocation before its return. */
  constructor(order: readonly number[]) {
    invariant(order.length % 2 === 0, 'every call has an invocation and a return');
    this.#calls = order.length / 2;
    const anchor = order.length;
    this.#next = new Int32Array(anchor + 1);
    this.#previous = new Int32Array(anchor + 1);
    let last = anchor;
    for (const event of order) {
      this.#next[last] = event;
      this.#previous[event] = last;
      last = event;
    }
    this.#next[last] = anchor;
    this.#previous[anchor] = last;
  }

  /** The list must not be empty, which it is not while a call is in it. */
  first(): number {
    return this.#next[2 * this.#calls] as number;
  }

  after(event: number): number {
    return this.#next[event] as number;
  }

  isInvocation(event: number): boolean {
    return event < this.#calls;
  }

  /** What comes after an invocation that may have been lifted since it was reached. */
  afterLifted(invocation: number): number {
    const event = this.after(invocation);
    const isGone =
      event === this.#calls + invocation && this.#next[this.#previous[event] as number] !== event;
    return isGone ? this.after(event) : event;
  }

  /** Takes the invocation and the return of the call out. */
  lift(call: number): void {
    this.#unlink(call);
    this.#unlink(this.#calls + call);
  }

  /** Puts them back; calls are put back in the reverse of the order in which they were lifted. */
  unlift(call: number): void {
    this.#relink(this.#calls + call);
    this.#relink(call);
  }

  #unlink(event: number): void {
    const next = this.#next[event] as number;
    const previous = this.#previous[event] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(event: number): void {
    this.#next[this.#previous[event] as number] = event;
    this.#previous[this.#next[event] as number] = event;
  }
}
