/** What a request that failed tells a history. */

import { isDefinite, isExpected, QuorateError } from '../kernel/errors.ts';
import type { Operation, Outcome } from './history.ts';

export interface Failed {
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly info: { readonly error: string };
}

/** Throws what no client is meant to meet: it tells nothing of the store. */
export function heardOfError(error: unknown): Failed {
  if (!isExpected(error)) throw error;
  const told = error instanceof QuorateError ? `${error.code}: ${error.message}` : error.failure;
  return { outcome: isDefinite(error) ? 'fail' : 'unknown', info: { error: told } };
}

/** The same; a read without an answer had no effect, whatever became of it. */
export function outcomeOf(op: Operation['op'], error: unknown): Failed {
  const heard = heardOfError(error);
  return op === 'read' ? { ...heard, outcome: 'fail' } : heard;
}
