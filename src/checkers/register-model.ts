/** A register that can be read, written, deleted, and compared and set by value. */

import { effectOf, isMismatch, type Operation, type Value, valuesFound } from './history.ts';
import type { Model } from './model.ts';

export const registerModel: Model<Value, Operation> = {
  initial: null,
  step,
  keyOf: keyOfValue,
  observes: (operation) => operation.op === 'read' || isMismatch(operation),
  effectOf,
  describe: describeValue,
};

function step(state: Value, operation: Operation): Value | undefined {
  if (!isFound(state, operation)) return undefined;
  switch (operation.op) {
    case 'read':
      return state;
    case 'write':
      return operation.value;
    case 'delete':
      return onlyIf(state !== null, operation, state, null);
    case 'cas':
      return onlyIf(state === operation.expected, operation, state, operation.value);
    default:
      return undefined;
  }
}

/** A register holds one value: to have found several is not possible. */
function isFound(state: Value, operation: Operation): boolean {
  const values = valuesFound(operation);
  if (values === undefined) return true;
  return state === null ? values.length === 0 : values.length === 1 && values[0] === state;
}

/** A delete may apply to what is absent, but only there it may say that there was nothing. */
function onlyIf(
  holds: boolean,
  operation: Operation,
  state: Value,
  next: Value,
): Value | undefined {
  if (isMismatch(operation)) return holds ? undefined : state;
  return holds || operation.op === 'delete' ? next : undefined;
}

/** Numbers and texts of the same digits are different values. */
export function keyOfValue(value: Value): string | number {
  return typeof value === 'string' ? `"${value}` : (value ?? 'absent');
}

export function describeValue(value: Value): string {
  return value === null ? 'absent' : JSON.stringify(value);
}
