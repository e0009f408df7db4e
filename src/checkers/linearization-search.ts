/**
 * Whether the calls on one key have a linearization: the search of Wing and Gong with Lowe's
 * memo ("Testing for Linearizability", Concurrency and Computation 2017, algorithm 1).
 *
 * Required calls have answered; before the first return in the list any of them may be placed
 * next. Optional ones, of unknown outcome, have no return: they are placed where that helps,
 * and the search is done as soon as every required call is placed. Three cuts, none of which
 * loses a linearization:
 * - A required call that only observes is placed as soon as it is possible: what comes after
 *   it is possible without it too.
 * - A configuration that was met before is not entered again.
 * - An optional call that nothing observed before the next call overwrote its effect was
 *   pointless: that next call is tried without it, too.
 *
 * The search can be interrupted after any number of steps and continued.
 */

import { EventList } from './event-list.ts';
import type { Call, Model } from './model.ts';
import { NumberSet, SearchMemo } from './search-memo.ts';
import { IMPOSSIBLE, StateTable } from './state-table.ts';

export type SearchStatus = 'linearizable' | 'violation' | 'searching';

/** How far the search got: the longest part of the history that has a linearization. */
export interface Deadlock<State, Operation> {
  /** A longest linearization of it, in order. */
  readonly placed: readonly Call<Operation>[];
  /** The first call to return that cannot be placed behind any such linearization. */
  readonly blocked: Call<Operation>;
  /** The states in which it was tried in vain. */
  readonly states: readonly State[];
}

/** The calls that may be placed next, as far as they have not been tried yet. */
interface Choices {
  /** The call whose return is the first in the list: only calls invoked before it may be next. */
  readonly deadline: number;
  /** Where in the list the next required one is looked for, by its return. */
  event: number;
  /** How many required ones there are from `event` on. */
  left: number;
  /** The next optional one. */
  optional: number;
}

/** A choice that can be taken back. */
interface Frame {
  readonly call: number;
  /** Before the choice. */
  readonly depth: number;
  readonly state: number;
  readonly choices: Choices;
}

const NONE = -1;

export class LinearizationSearch<State, Operation> {
  /** Required calls first, each kind in the order of invocation; a call's number is its place. */
  readonly #calls: readonly Call<Operation>[];
  readonly #observes: readonly boolean[];
  readonly #required: number;
  readonly #list: EventList;
  readonly #table: StateTable<State, Operation>;
  readonly #memo = new SearchMemo();
  readonly #placed: NumberSet;
  readonly #placedOptional: NumberSet;
  /** By the number of a required call: how many of each kind were invoked before its return. */
  readonly #window: readonly { readonly required: number; readonly optional: number }[];

  /** Calls placed, in order; those that a frame placed begin at its depth. */
  readonly #order: number[] = [];
  readonly #frames: Frame[] = [];
  #state: number;
  #remaining: number;
  #choices: Choices = { deadline: NONE, event: NONE, left: 0, optional: NONE };
  #steps = 0;

  #best: { order: readonly number[]; blocked: number; remaining: number } | undefined;
  #bestStates = new Set<number>();

  constructor(model: Model<State, Operation>, calls: readonly Call<Operation>[]) {
    const byInvocation = calls.toSorted((a, b) => a.invoke - b.invoke);
    const required = byInvocation.filter(({ complete }) => complete !== undefined);
    const optional = byInvocation.filter(({ complete }) => complete === undefined);
    this.#calls = [...required, ...optional];
    this.#observes = required.map(({ operation }) => model.observes(operation));
    this.#required = required.length;
    this.#list = new EventList(eventsInOrder(required));
    this.#window = windows(required, optional);
    this.#table = new StateTable(model, this.#calls);
    this.#placed = new NumberSet(required.length);
    this.#placedOptional = new NumberSet(optional.length);
    this.#state = this.#table.initial;
    this.#remaining = required.length;
    this.#settle();
  }

  /** An estimate of what the search holds, which grows as it goes on. */
  get bytes(): number {
    return this.#memo.bytes + this.#table.bytes;
  }

  /** Goes on for about so many steps. */
  run(stepsMax: number): SearchStatus {
    const end = this.#steps + stepsMax;
    while (this.#remaining > 0) {
      if (this.#steps >= end) return 'searching';
      const call = this.#nextChoice();
      if (call !== NONE) {
        this.#try(call);
      } else {
        this.#noteDeadlock();
        if (this.#frames.length === 0) return 'violation';
        this.#takeBack();
      }
    }
    return 'linearizable';
  }

  /** Undefined until the search has been stuck for the first time. */
  get deadlock(): Deadlock<State, Operation> | undefined {
    if (this.#best === undefined) return undefined;
    const callOf = (call: number) => this.#calls[call] as Call<Operation>;
    return {
      placed: this.#best.order.map(callOf),
      blocked: callOf(this.#best.blocked),
      states: [...this.#bestStates].map((state) => this.#table.stateOf(state)),
    };
  }

  /**
   * Required calls first, those that return first before others, for so they mostly happened;
   * then optional ones, for most of those did not happen or do not matter.
   */
  #nextChoice(): number {
    const choices = this.#choices;
    const window = this.#windowOf(choices.deadline);
    while (choices.left > 0) {
      this.#steps += 1;
      const call = choices.event - this.#required;
      choices.event = this.#list.after(choices.event);
      if (call < 0 || call >= window.required) continue;
      choices.left -= 1;
      return call;
    }
    const end = this.#required + window.optional;
    while (choices.optional < end) {
      this.#steps += 1;
      const call = choices.optional;
      choices.optional += 1;
      if (!this.#placedOptional.has(call - this.#required)) return call;
    }
    return NONE;
  }

  #try(call: number): void {
    const next = this.#table.step(this.#state, call);
    if (next === IMPOSSIBLE || this.#isPointless(call, next)) return;
    this.#frames.push({
      call,
      depth: this.#order.length,
      state: this.#state,
      choices: this.#choices,
    });
    this.#place(call);
    this.#state = next;
    this.#settle();
    if (this.#remaining > 0 && !this.#isNew()) this.#takeBack();
  }

  /** Whether what the call leads to is reached with fewer optional calls, too. */
  #isPointless(call: number, next: number): boolean {
    if (call >= this.#required && next === this.#state) return true;
    const last = this.#frames.at(-1);
    if (last === undefined || last.call < this.#required) return false;
    const wasObserved = this.#order.length > last.depth + 1;
    return !wasObserved && this.#table.step(last.state, call) === next;
  }

  #isNew(): boolean {
    const window = this.#windowOf(this.#choices.deadline);
    return this.#memo.add({
      state: this.#state,
      required: this.#placed,
      from: this.#list.first(),
      to: window.required,
      optional: this.#placedOptional,
      optionalTo: window.optional,
    });
  }

  /** Places all observations that are possible now, and begins a new round of choices. */
  #settle(): void {
    if (this.#remaining === 0) return;
    let left = 0;
    let event = this.#list.first();
    while (this.#remaining > 0) {
      this.#steps += 1;
      const call = event;
      if (!this.#list.isInvocation(event)) break;
      if (this.#observes[call] && this.#table.step(this.#state, call) === this.#state) {
        this.#place(call);
      } else {
        left += 1;
      }
      event = this.#list.afterLifted(event);
    }
    const deadline = event - this.#required;
    this.#choices = { deadline, event, left, optional: this.#required };
  }

  #place(call: number): void {
    this.#order.push(call);
    if (call >= this.#required) {
      this.#placedOptional.add(call - this.#required);
      return;
    }
    this.#placed.add(call);
    this.#list.lift(call);
    this.#remaining -= 1;
  }

  /** Undoes the last choice; the next one is looked for behind it. */
  #takeBack(): void {
    const frame = this.#frames.pop() as Frame;
    while (this.#order.length > frame.depth) this.#unplace(this.#order.pop() as number);
    this.#state = frame.state;
    this.#choices = frame.choices;
  }

  #unplace(call: number): void {
    if (call >= this.#required) {
      this.#placedOptional.delete(call - this.#required);
      return;
    }
    this.#placed.delete(call);
    this.#list.unlift(call);
    this.#remaining += 1;
  }

  /** Every choice here failed, so the first return in the list cannot be passed from here. */
  #noteDeadlock(): void {
    const blocked = this.#choices.deadline;
    const best = this.#best;
    const gain = best === undefined ? 1 : this.#returnsLater(blocked, best.blocked);
    if (gain < 0) return;
    if (gain > 0) this.#bestStates = new Set();
    this.#bestStates.add(this.#state);
    if (gain > 0 || this.#remaining < (best?.remaining ?? Number.POSITIVE_INFINITY)) {
      this.#best = { order: [...this.#order], blocked, remaining: this.#remaining };
    }
  }

  /** Above 0 if the first of the two required calls returned later. */
  #returnsLater(one: number, other: number): number {
    if (one === other) return 0;
    const of = (call: number) => (this.#calls[call] as Call<Operation>).complete as number;
    return of(one) - of(other) || one - other;
  }

  #windowOf(deadline: number): { readonly required: number; readonly optional: number } {
    return this.#window[deadline] as { required: number; optional: number };
  }
}

/** Calls that touch in time count as concurrent, so invocations come before returns. */
function eventsInOrder(calls: readonly Call<unknown>[]): number[] {
  const timeOf = (event: number) =>
    event < calls.length
      ? (calls[event] as Call<unknown>).invoke
      : ((calls[event - calls.length] as Call<unknown>).complete as number);
  const events = Array.from({ length: 2 * calls.length }, (_, event) => event);
  return events.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
}

function windows(required: readonly Call<unknown>[], optional: readonly Call<unknown>[]) {
  return required.map(({ complete }) => ({
    required: countUpTo(required, complete as number),
    optional: countUpTo(optional, complete as number),
  }));
}

/** How many of the calls, in order of invocation, were invoked up to that time. */
function countUpTo(calls: readonly Call<unknown>[], time: number): number {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((calls[middle] as Call<unknown>).invoke <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
