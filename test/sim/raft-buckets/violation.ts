/** Whether a recorded history of raft buckets is linearizable. */

import type { Operation } from '../../../src/checkers/history.ts';
import { violationsOf } from '../histories.ts';

/** For a person; also where the check could not decide. Undefined of a correct history. */
export function violationOf(operations: readonly Operation[]): string | undefined {
  const history = { facts: {}, operations, faults: [] };
  return violationsOf(history, ['linearizable'], 'versioned')[0];
}
