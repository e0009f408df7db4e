/**
 * Whether a history is linearizable: whether every key alone is (Herlihy and Wing 1990, section
 * 3.2, locality; Horn and Kroening, "Faster linearizability checking via P-compositionality").
 *
 * Keys are searched in turn, a slice of steps each, until one has no linearization. So a key
 * that is hard to decide does not hide another that is plainly wrong. What cannot be decided
 * within the limits is unknown, never ok.
 */

import { invariant } from '../kernel/invariant.ts';
import { LinearizationSearch } from './linearization-search.ts';
import type { Call, Model } from './model.ts';

export interface CheckLimits {
  /** Milliseconds that only go up, from whatever beginning. */
  readonly now: () => number;
  readonly timeMs: number;
  /** Of what the searches remember, estimated. */
  readonly memoBytesMax?: number;
}

/** Well below what a process gets by default, and what one Map can hold. */
export const MEMO_BYTES_MAX = 512 * 1024 * 1024;
/** Some milliseconds of work. */
const SLICE_STEPS = 4_096;

export interface Witness<Operation> {
  readonly key: string;
  /**
   * A call that fits nowhere behind `placed`: the first to return that cannot be reached, or
   * one that was missed for good on the way to it (isMissed in model.ts).
   */
  readonly blocked: Call<Operation>;
  /** A longest linearization without it, in order. */
  readonly placed: readonly Call<Operation>[];
  /** All states, for a person, that the key can have had when it was tried. */
  readonly states: readonly string[];
}

export type CheckResult<Operation> =
  | { readonly verdict: 'ok' }
  | { readonly verdict: 'violation'; readonly witness: Witness<Operation> }
  | {
      readonly verdict: 'unknown';
      readonly limit: 'time' | 'memory';
      /** Keys that were not decided; all others are linearizable. */
      readonly keys: readonly string[];
    };

interface KeySearch<State, Operation> {
  readonly key: string;
  readonly search: LinearizationSearch<State, Operation>;
}

export function checkLinearizability<State, Operation>(
  model: Model<State, Operation>,
  calls: readonly Call<Operation>[],
  limits: CheckLimits,
): CheckResult<Operation> {
  const { now, timeMs, memoBytesMax = MEMO_BYTES_MAX } = limits;
  const deadline = now() + timeMs;
  const givenUp: string[] = [];
  let open = searches(model, calls);
  while (open.length > 0) {
    const undecided: KeySearch<State, Operation>[] = [];
    for (const [index, { key, search }] of open.entries()) {
      if (now() >= deadline) {
        const rest = [...undecided, ...open.slice(index)].map((left) => left.key);
        return { verdict: 'unknown', limit: 'time', keys: [...givenUp, ...rest] };
      }
      const status = search.run(SLICE_STEPS);
      if (status === 'violation')
        return { verdict: 'violation', witness: witnessOf(model, key, search) };
      if (status === 'searching') undecided.push({ key, search });
    }
    open = undecided;
    // The largest is given up, which frees what it holds; the others may still prove a violation.
    while (bytesOf(open) > memoBytesMax) givenUp.push(removeLargest(open).key);
  }
  return givenUp.length === 0
    ? { verdict: 'ok' }
    : { verdict: 'unknown', limit: 'memory', keys: givenUp };
}

function searches<State, Operation>(
  model: Model<State, Operation>,
  calls: readonly Call<Operation>[],
): KeySearch<State, Operation>[] {
  const ofKey = new Map<string, Call<Operation>[]>();
  for (const call of calls) {
    const list = ofKey.get(call.key);
    if (list === undefined) ofKey.set(call.key, [call]);
    else list.push(call);
  }
  return [...ofKey].map(([key, its]) => ({ key, search: new LinearizationSearch(model, its) }));
}

function bytesOf(open: readonly KeySearch<unknown, unknown>[]): number {
  return open.reduce((sum, { search }) => sum + search.bytes, 0);
}

function removeLargest<Search extends KeySearch<unknown, unknown>>(open: Search[]): Search {
  const largest = open.reduce((a, b) => (b.search.bytes > a.search.bytes ? b : a));
  open.splice(open.indexOf(largest), 1);
  return largest;
}

function witnessOf<State, Operation>(
  model: Model<State, Operation>,
  key: string,
  search: LinearizationSearch<State, Operation>,
): Witness<Operation> {
  const deadlock = search.deadlock;
  invariant(deadlock !== undefined, 'a search that failed was stuck somewhere');
  const { blocked, placed, states } = deadlock;
  return { key, blocked, placed, states: states.map((state) => model.describe(state)) };
}
