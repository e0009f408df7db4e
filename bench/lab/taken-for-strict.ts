/** A promise that was not made: what sloppy quorums answered, as though only replicas had been counted. */

import type { Operation } from '../../src/checkers/history.ts';
import type { Recorded } from './experiment.ts';

/** Lost writes are found in it where a read was answered without those who took a write. */
export function takenForStrict({ name, history }: Recorded): Recorded {
  const { checks: _, ...facts } = history.facts;
  return {
    name: `${name}-taken-for-strict`,
    history: {
      facts: { ...facts, takenFor: 'strict' },
      faults: history.faults,
      operations: history.operations.map(strictly),
    },
    checks: ['losses'],
    expected: 'violation',
  };
}

function strictly(operation: Operation): Operation {
  const { quorum } = operation;
  return quorum === undefined ? operation : { ...operation, quorum: { ...quorum, strict: true } };
}
