/** What a proposer says of a change that it did not carry out, or may not have. */

import { QuorateError } from '../kernel/errors.ts';

export function outOfTime(): QuorateError {
  return new QuorateError('out_of_time', 'the time was used up before the change was sent');
}

export function forgotten(): QuorateError {
  return new QuorateError(
    'outcome_unknown',
    'so many changes came after the one with this id that the key does not tell any more whether it ran; read the key to find out',
    { forgotten: true },
  );
}

export function usedBefore(): QuorateError {
  const parameter = 'Idempotency-Key';
  const detail = `${parameter} is that of another change to this key: give each change one of its own`;
  return new QuorateError('bad_parameter', detail, { parameter });
}

export function inDoubt(error: unknown): unknown {
  if (error instanceof QuorateError && error.code === 'outcome_unknown') return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new QuorateError(
    'outcome_unknown',
    `the change was sent and may still apply (${detail}); repeat it with the same Idempotency-Key to find out`,
  );
}
