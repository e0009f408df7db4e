/** Whether a recorded history is linearizable. */

import { checkLinearizability } from '../../../src/checkers/linearizability.ts';
import type { Call } from '../../../src/checkers/model.ts';
import { type Operation, operationText } from './asked.ts';
import { keyModel } from './key-model.ts';

const CHECK_MS_MAX = 30_000;
/** Of a longest order: enough to see what is meant. */
const SHOWN_MAX = 12;

/** For a person; also where the check could not decide. Undefined of a correct history. */
export function violationOf(history: readonly Operation[]): string | undefined {
  const limits = { now: () => performance.now(), timeMs: CHECK_MS_MAX };
  const result = checkLinearizability(keyModel, callsOf(history), limits);
  switch (result.verdict) {
    case 'ok':
      return undefined;
    case 'unknown':
      return `UNKNOWN whether it is linearizable: ${result.limit} ran out, ${result.keys}`;
    case 'violation': {
      const { key, blocked, placed, states } = result.witness;
      return [
        `NOT linearizable: key ${key}: this fits nowhere:`,
        `  ${operationText(blocked.operation)}`,
        `before it the key could only be: ${states.slice(0, SHOWN_MAX).join(' | ')}`,
        'a longest order without it ends with:',
        ...placed.slice(-SHOWN_MAX).map(({ operation }) => `  ${operationText(operation)}`),
      ].join('\n');
    }
  }
}

/** Without what had no effect and told nothing. */
function callsOf(history: readonly Operation[]): Call<Operation>[] {
  return history
    .filter(({ asked, answer, never }) => !never && (asked.op !== 'read' || answer !== undefined))
    .flatMap((operation) => [callOf(operation), ...expiryOf(operation)]);
}

function callOf(operation: Operation): Call<Operation> {
  const { key, invoke, complete } = operation;
  return { key, operation, invoke, complete };
}

function expiryOf(operation: Operation): Call<Operation>[] {
  const { asked, number, process, key, invoke, answer } = operation;
  if (asked.op !== 'put' || asked.ttlMs === undefined || answer?.type === 'refused') return [];
  const expiry = { op: 'expire', write: number } as const;
  return [callOf({ number, process, key, invoke, asked: expiry, never: false, heard: [] })];
}
