/**
 * What a workload has recorded, in rounds: each has keys of its own, and so a history of its
 * own, which is short enough to be judged and to be looked at.
 */

import type { Facts, FaultWindow, History } from '../../src/checkers/history.ts';
import { type AskedOperation, type Heard, Recorder } from '../../src/checkers/recorder.ts';
import type { Workload } from './workload.ts';

/** Of any workload, a whole number of times its `keyMs`. */
const ROUND_MS = 20_000;

export interface Round {
  readonly number: number;
  readonly keys: ReadonlySet<string>;
  readonly recorder: Recorder;
}

export class Rounds {
  readonly #workload: Workload;
  readonly #now: () => number;
  readonly #rounds = new Map<number, Round & { readonly keys: Set<string> }>();
  #operations = 0;

  /** @param now milliseconds since the first round began */
  constructor(workload: Workload, now: () => number) {
    this.#workload = workload;
    this.#now = now;
  }

  get all(): readonly Round[] {
    return [...this.#rounds.values()];
  }

  /** Begun so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Of those that are used now, with chance as a number from 0 to 1. */
  keyNow(chance: number): string {
    const { keys, keyMs } = this.#workload;
    const turn = Math.floor(this.#now() / keyMs);
    const number = Math.floor((turn * keyMs) / ROUND_MS);
    const key = `${number}-${turn}-${Math.floor(chance * keys)}`;
    this.#round(number).keys.add(key);
    return key;
  }

  begin(asked: AskedOperation): (heard: Heard) => void {
    this.#operations++;
    return this.#round(Number.parseInt(asked.key, 10)).recorder.begin(asked);
  }

  #round(number: number): Round & { readonly keys: Set<string> } {
    const known = this.#rounds.get(number);
    if (known !== undefined) return known;
    const round = { number, keys: new Set<string>(), recorder: new Recorder(this.#now) };
    this.#rounds.set(number, round);
    return round;
  }
}

/** @param faults of the whole run; those are kept that struck while the keys were used */
export function historyOf(
  { recorder }: Round,
  facts: Facts,
  faults: readonly FaultWindow[],
): History {
  const { operations } = recorder;
  let from = Number.POSITIVE_INFINITY;
  let until = 0;
  for (const operation of operations) {
    if (operation.op === 'read') continue;
    from = Math.min(from, operation.invoke);
    until = Math.max(until, operation.complete ?? operation.invoke);
  }
  const during = faults.filter((fault) => fault.from <= until && (fault.until ?? until) >= from);
  return { facts, operations, faults: during };
}
