/**
 * Whether the calls on one key have a linearization: the search of Wing and Gong with Lowe's
 * memo ("Testing for Linearizability", Concurrency and Computation 2017, algorithm 1).
 *
 * Required calls have answered; before the first return in the list any of them may be placed
 * next. Optional ones, of unknown outcome, have no return: they are placed where that helps,
 * and the search is done as soon as every required call is placed. Five cuts, none of which
 * loses a linearization:
 * - A required call that only observes is placed as soon as it is possible: what comes after
 *   it is possible without it too.
 * - A configuration that was met before, or is no better than one, is not entered again.
 * - A configuration in which a required call has been missed for good is left at once.
 * - An optional call that nothing observed before the next call overwrote its effect was
 *   pointless: that next call is tried without it, too.
 * - Of optional calls of the same effect the first is placed first: the others can wait.
 *
 * The search can be interrupted after any number of steps and continued.
 */

import { type CallOrder, orderCalls, type Window } from './call-order.ts';
import { EventList } from './event-list.ts';
import type { Call, Model } from './model.ts';
import { NumberSet, SearchMemo } from './search-memo.ts';
import { IMPOSSIBLE, StateTable } from './state-table.ts';

export type SearchStatus = 'linearizable' | 'violation' | 'searching';

/** How far the search got: everything that returned before some moment has been ordered. */
export interface Deadlock<State, Operation> {
  /** A longest linearization found, in order. */
  readonly placed: readonly Call<Operation>[];
  /** The call that fits nowhere behind it. */
  readonly blocked: Call<Operation>;
  /** The states in which it was tried in vain. */
  readonly states: readonly State[];
}

/** The calls that may be placed next, as far as they have not been tried yet. */
interface Choices {
  /** The call whose return is the first in the list: only calls invoked before it may be next. */
  readonly deadline: number;
  /** A call that cannot be placed any more, whatever is chosen; or NONE. */
  readonly missed: number;
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

interface Stuck {
  readonly order: readonly number[];
  readonly blocked: number;
  readonly deadline: number;
  readonly remaining: number;
  readonly states: Set<number>;
}

const NONE = -1;

export class LinearizationSearch<State, Operation> {
  readonly #model: Model<State, Operation>;
  readonly #calls: CallOrder<Operation>;
  readonly #list: EventList;
  readonly #table: StateTable<State, Operation>;
  readonly #memo = new SearchMemo();
  readonly #placed: NumberSet;
  readonly #placedOptional: NumberSet;
  /** Calls placed, in order; those that a frame placed begin at its depth. */
  readonly #order: number[] = [];
  readonly #frames: Frame[] = [];
  #state: number;
  /** Required calls that are not placed. */
  #remaining: number;
  #choices: Choices = { deadline: NONE, missed: NONE, event: NONE, left: 0, optional: NONE };
  #steps = 0;
  #furthest: Stuck | undefined;

  constructor(model: Model<State, Operation>, calls: readonly Call<Operation>[]) {
    this.#model = model;
    this.#calls = orderCalls(calls, model.effectOf);
    const { events, required } = this.#calls;
    this.#list = new EventList(events);
    this.#table = new StateTable(model, this.#calls.calls);
    this.#placed = new NumberSet(required);
    this.#placedOptional = new NumberSet(calls.length - required);
    this.#state = this.#table.initial;
    this.#remaining = required;
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
        this.#noteStuck();
        if (this.#frames.length === 0) return 'violation';
        this.#takeBack();
      }
    }
    return 'linearizable';
  }

  /** Undefined until the search has been stuck for the first time. */
  get deadlock(): Deadlock<State, Operation> | undefined {
    const stuck = this.#furthest;
    return (
      stuck && {
        placed: stuck.order.map((call) => this.#callOf(call)),
        blocked: this.#callOf(stuck.blocked),
        states: [...stuck.states].map((state) => this.#table.stateOf(state)),
      }
    );
  }

  /**
   * Required calls first, those that return first before others, for so they mostly happened;
   * then optional ones, for most of those did not happen or do not matter.
   */
  #nextChoice(): number {
    this.#steps += 1;
    const choices = this.#choices;
    if (choices.missed !== NONE) return NONE;
    const { required } = this.#calls;
    const window = this.#windowOf(choices.deadline);
    while (choices.left > 0) {
      const call = choices.event - required;
      choices.event = this.#list.after(choices.event);
      if (call < 0 || call >= window.required) continue;
      choices.left -= 1;
      return call;
    }
    while (choices.optional < required + window.optional) {
      const call = choices.optional;
      choices.optional += 1;
      if (!this.#isPlacedOptional(call) && !this.#waitsForTwin(call)) return call;
    }
    return NONE;
  }

  #waitsForTwin(call: number): boolean {
    const twin = this.#calls.twins[call];
    return twin !== undefined && !this.#isPlacedOptional(twin);
  }

  #try(call: number): void {
    const next = this.#table.step(this.#state, call);
    if (next === IMPOSSIBLE || this.#isPointless(call, next)) return;
    const frame = { call, depth: this.#order.length, state: this.#state, choices: this.#choices };
    this.#frames.push(frame);
    this.#place(call);
    this.#state = next;
    this.#settle();
    if (this.#remaining > 0 && !this.#isNew()) this.#takeBack();
  }

  /** Whether what the call leads to is reached with fewer optional calls, too. */
  #isPointless(call: number, next: number): boolean {
    if (call >= this.#calls.required && next === this.#state) return true;
    const last = this.#frames.at(-1);
    if (last === undefined || last.call < this.#calls.required) return false;
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
    const state = this.#table.stateOf(this.#state);
    let left = 0;
    let missed = NONE;
    let event = this.#list.first();
    while (this.#remaining > 0 && this.#list.isInvocation(event)) {
      this.#steps += 1;
      const call = event;
      const { operation } = this.#callOf(call);
      if (this.#model.observes(operation) && this.#table.step(this.#state, call) === this.#state) {
        this.#place(call);
      } else {
        left += 1;
        if (missed === NONE && this.#model.isMissed?.(state, operation)) missed = call;
      }
      event = this.#list.afterLifted(event);
    }
    const { required } = this.#calls;
    this.#choices = { deadline: event - required, missed, event, left, optional: required };
  }

  #place(call: number): void {
    this.#order.push(call);
    if (call >= this.#calls.required) {
      this.#placedOptional.add(call - this.#calls.required);
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
    if (call >= this.#calls.required) {
      this.#placedOptional.delete(call - this.#calls.required);
      return;
    }
    this.#placed.delete(call);
    this.#list.unlift(call);
    this.#remaining += 1;
  }

  /** Every choice here failed, or one call has been missed: the first return cannot be passed. */
  #noteStuck(): void {
    const { deadline, missed } = this.#choices;
    const blocked = missed === NONE ? deadline : missed;
    const remaining = this.#remaining;
    const best = this.#furthest;
    const gain =
      best === undefined
        ? 1
        : this.#returnOf(deadline) - this.#returnOf(best.deadline) || best.remaining - remaining;
    if (gain > 0) {
      const isSame = best?.blocked === blocked && best.deadline === deadline;
      const states = isSame ? best.states : new Set<number>();
      this.#furthest = { order: [...this.#order], blocked, deadline, remaining, states };
    }
    const furthest = this.#furthest;
    if (furthest?.blocked !== blocked || furthest.deadline !== deadline) return;
    furthest.states.add(this.#state);
  }

  #returnOf(required: number): number {
    return this.#callOf(required).complete as number;
  }

  #callOf(call: number): Call<Operation> {
    return this.#calls.calls[call] as Call<Operation>;
  }

  #windowOf(required: number): Window {
    return this.#calls.windows[required] as Window;
  }

  #isPlacedOptional(call: number): boolean {
    return this.#placedOptional.has(call - this.#calls.required);
  }
}
