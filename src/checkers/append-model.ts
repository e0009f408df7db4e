/** A text that can be read, replaced, and added to at its end. An absent one is the empty text. */

import { effectOf, type Operation } from './history.ts';
import type { Model } from './model.ts';

export const appendModel: Model<string, Operation> = {
  initial: '',
  step(state, operation) {
    switch (operation.op) {
      case 'read':
        return (operation.output?.value ?? '') === state ? state : undefined;
      case 'write':
        return String(operation.value);
      case 'append':
        return state + operation.value;
      default:
        return undefined;
    }
  },
  keyOf: (state) => state,
  observes: ({ op }) => op === 'read',
  effectOf,
  describe: (state) => JSON.stringify(state),
};
