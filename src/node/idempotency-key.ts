/** Idempotency-Keys: what clients name a change by, so that it runs once however often it is sent. */

import { QuorateError } from '../kernel/errors.ts';
import { requestIdOfText, timeOfRequest } from '../kernel/request-id.ts';

/** How far ahead of a node's clock that of a client may be. */
const AHEAD_MS_MAX = 60_000;

/**
 * The 16 bytes of the key. Its time decides for how long it is remembered, so one from the
 * future would be remembered in the place of others. Throws `bad_parameter`.
 *
 * @param wallTimeMs by this node's clock
 */
export function requestIdOf(key: string, wallTimeMs: number): Uint8Array {
  const id = requestIdOfText(key);
  if (id === undefined) {
    throw refuse(`is ${JSON.stringify(key.slice(0, 100))}: use a UUID of version 7`);
  }
  const aheadMs = timeOfRequest(id) - wallTimeMs;
  if (aheadMs <= AHEAD_MS_MAX) return id;
  const seconds = Math.round(aheadMs / 1_000);
  throw refuse(
    `was made ${seconds} seconds from now, by the time that is in it: at most ${AHEAD_MS_MAX / 1_000} are taken; is your clock right?`,
  );
}

function refuse(problem: string): QuorateError {
  const parameter = 'Idempotency-Key';
  return new QuorateError('bad_parameter', `${parameter} ${problem}`, { parameter });
}
