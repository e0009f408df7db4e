/**
 * The calls on one key, numbered for the search: required ones first (they have answered),
 * then optional ones (of unknown outcome), each kind in the order of invocation.
 *
 * Calls that touch in time count as concurrent, so at equal times invocations come first.
 */

import type { Call } from './model.ts';
import { countUpTo } from './sorted.ts';

/** How many calls of each kind were invoked before a return: only those can come before it. */
export interface Window {
  readonly required: number;
  readonly optional: number;
}

export interface CallOrder<Operation> {
  /** A call's number is its place here. */
  readonly calls: readonly Call<Operation>[];
  /** How many are required. */
  readonly required: number;
  /** Of required calls: `call` is its invocation, `required + call` its return. */
  readonly events: readonly number[];
  /** By the number of a required call. */
  readonly windows: readonly Window[];
  /** By the number of any call: for an optional one, the optional one before it of the same effect. */
  readonly twins: readonly (number | undefined)[];
}

export function orderCalls<Operation>(
  calls: readonly Call<Operation>[],
  effectOf: (operation: Operation) => string,
): CallOrder<Operation> {
  const byInvocation = calls.toSorted((a, b) => a.invoke - b.invoke);
  const required = byInvocation.filter(({ complete }) => complete !== undefined);
  const optional = byInvocation.filter(({ complete }) => complete === undefined);
  const all = [...required, ...optional];
  return {
    calls: all,
    required: required.length,
    events: eventsInOrder(required),
    windows: required.map(({ complete }) => ({
      required: countUpTo(required, complete as number, invokeOf),
      optional: countUpTo(optional, complete as number, invokeOf),
    })),
    twins: twinsOf(all, required.length, effectOf),
  };
}

const invokeOf = ({ invoke }: Call<unknown>) => invoke;

function eventsInOrder(required: readonly Call<unknown>[]): number[] {
  const count = required.length;
  const times = [
    ...required.map(({ invoke }) => invoke),
    ...required.map(({ complete }) => complete as number),
  ];
  const timeOf = (event: number) => times[event] as number;
  const events = Array.from({ length: 2 * count }, (_, event) => event);
  return events.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
}

function twinsOf<Operation>(
  calls: readonly Call<Operation>[],
  required: number,
  effectOf: (operation: Operation) => string,
): (number | undefined)[] {
  const last = new Map<string, number>();
  return calls.map(({ operation }, call) => {
    if (call < required) return undefined;
    const effect = effectOf(operation);
    const twin = last.get(effect);
    last.set(effect, call);
    return twin;
  });
}
