/**
 * What is safe to send again.
 *
 * It is not guessed: a refusal whose document calls it definite and worth a retry, and a request
 * that never left. A read may always be asked again. A write whose outcome nobody knows is not
 * sent a second time, for then there might be two of it; its error goes to the caller. Only one
 * that bears an Idempotency-Key is sent again: the buckets that take such keys run it once.
 */

import { isDefinite, isExpected, QuorateError, TransportError } from '../kernel/errors.ts';

/** Of a request; a `repeatable` write runs once, however often it is sent. */
export type Effect = 'read' | 'write' | 'repeatable';

/** Refusals that say something of the node that was asked, and nothing of the others. */
const OF_THIS_NODE: ReadonlySet<string> = new Set(['not_ready', 'ring_forming', 'overloaded']);

/** Refusals that tell what became of a change, also when it is asked for again. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'condition_failed',
  'not_found',
  'not_a_number',
  'out_of_range',
  'value_too_large',
]);

export function mayBeSentAgain(effect: Effect, error: unknown): boolean {
  switch (effect) {
    case 'read':
      if (error instanceof TransportError) return true;
      return error instanceof QuorateError && error.retry;
    case 'write':
      return didNothing(error);
    case 'repeatable':
      return !isForgotten(error) && (isInDoubt(error) || didNothing(error));
  }
}

/** The change may have happened, or may yet. */
export function isInDoubt(error: unknown): boolean {
  return isExpected(error) && !isDefinite(error);
}

/** What became of the change, also of attempts before the one that it answers. */
export function tellsOutcome(error: unknown): boolean {
  return error instanceof QuorateError && OUTCOMES.has(error.code);
}

/** The node is to be left alone for a while. */
export function cannotServe(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && OF_THIS_NODE.has(error.code);
}

function didNothing(error: unknown): boolean {
  return isDefinite(error) && !(error instanceof QuorateError && !error.retry);
}

/** Nobody can tell what became of it any more: to ask again is in vain. */
function isForgotten(error: unknown): boolean {
  return error instanceof QuorateError && error.facts.forgotten === true;
}

/** A read changes nothing, whatever has failed. */
export function withoutEffect(error: QuorateError): QuorateError {
  if (error.definite) return error;
  return new QuorateError(error.code, error.message, { ...error.facts, definite: true });
}
