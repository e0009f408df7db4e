/**
 * The states that a search has met, as small numbers, and the steps between them.
 *
 * A search meets few states and asks for the same steps again and again: each is computed
 * once, and states are compared as numbers.
 */

import type { Call, Model } from './model.ts';

/** In place of a state: the call is not possible there. */
export const IMPOSSIBLE = -1;

/** What a Map takes for an entry of two numbers, and for one with a text and a state. */
const STEP_BYTES = 48;
const STATE_BYTES = 160;

export class StateTable<State, Operation> {
  readonly #model: Model<State, Operation>;
  readonly #calls: readonly Call<Operation>[];
  readonly #states: State[] = [];
  readonly #numbers = new Map<string | number, number>();
  readonly #steps = new Map<number, number>();
  #bytes = 0;

  constructor(model: Model<State, Operation>, calls: readonly Call<Operation>[]) {
    this.#model = model;
    this.#calls = calls;
    this.#numberOf(model.initial);
  }

  /** An estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  get initial(): number {
    return 0;
  }

  stateOf(number: number): State {
    return this.#states[number] as State;
  }

  /** The state after the call of that number, or IMPOSSIBLE. */
  step(state: number, call: number): number {
    const key = state * this.#calls.length + call;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const { operation } = this.#calls[call] as Call<Operation>;
    const next = this.#model.step(this.stateOf(state), operation);
    const number = next === undefined ? IMPOSSIBLE : this.#numberOf(next);
    this.#steps.set(key, number);
    this.#bytes += STEP_BYTES;
    return number;
  }

  #numberOf(state: State): number {
    const key = this.#model.keyOf(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#numbers.set(key, number);
    this.#bytes += STATE_BYTES + (typeof key === 'string' ? 2 * key.length : 0);
    return number;
  }
}
