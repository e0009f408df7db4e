/** The operations of a history by their keys, and what kind of key each is. */

import { addTo, groupByKey } from './groups.ts';
import type { Operation } from './history.ts';

export interface Placed {
  /** Its place in the history. */
  readonly at: number;
  readonly operation: Operation;
}

export function placedByKey(history: readonly Operation[]): ReadonlyMap<string, Placed[]> {
  const ofKey = new Map<string, Placed[]>();
  for (const [at, operation] of history.entries()) {
    addTo(ofKey, operation.key, { at, operation });
  }
  return ofKey;
}

/** Keys of buckets that keep what was written at the same time: there it is told what replaces what. */
export function siblingKeys(history: readonly Operation[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [key, operations] of groupByKey(history)) {
    const isSet = operations.some(({ op }) => op === 'add');
    if (operations.some((operation) => tellsSiblings(operation, isSet))) keys.add(key);
  }
  return keys;
}

function tellsSiblings(operation: Operation, isSet: boolean): boolean {
  const { siblings, values, dot, clock } = operation.output ?? {};
  if ('replaces' in operation || siblings !== undefined || dot !== undefined) return true;
  return clock !== undefined || (values !== undefined && !isSet);
}
