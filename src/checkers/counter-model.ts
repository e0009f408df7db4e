/** A count that can be read, changed by a whole number, set, and deleted. An absent one is 0. */

import { effectOf, isMismatch, type Operation } from './history.ts';
import type { Model } from './model.ts';

export const counterModel: Model<number, Operation> = {
  initial: 0,
  step,
  keyOf: (state) => state,
  observes: (operation) => operation.op === 'read' || isMismatch(operation),
  effectOf,
  describe: String,
};

function step(state: number, operation: Operation): number | undefined {
  const told = operation.output?.value;
  switch (operation.op) {
    case 'read':
      return (told ?? 0) === state ? state : undefined;
    case 'increment': {
      const total = state + operation.by;
      return told === undefined || told === total ? total : undefined;
    }
    case 'write':
      return Number(operation.value);
    case 'delete':
      // Nothing to delete is an observation; a sum that came to 0 is not told from it.
      if (isMismatch(operation)) return state === 0 ? state : undefined;
      return 0;
    default:
      return undefined;
  }
}
