/**
 * How much a key may come to hold by writes at one replica. Merging is never refused, so
 * replicas that were apart may bring together more than this.
 */

import type { SiblingObject } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';

/** A put that leaves more than so many values side by side is counted, and logged now and then. */
export const SIBLINGS_WARNED = 25;

/** Values side by side; well before, somebody should have read and resolved them. */
export const SIBLINGS_MAX = 100;

/** All siblings of a key in their binary form: three of the largest values. */
export const OBJECT_BYTES_MAX = 49 * 1024 * 1024;

/** A put that would leave a key too large to travel is refused; a delete never is. */
export function checkLimits({ siblings }: SiblingObject): void {
  const bytes = siblings.reduce((sum, { value }) => sum + value.length, 0);
  if (siblings.length <= SIBLINGS_MAX && bytes <= OBJECT_BYTES_MAX) return;
  throw new QuorateError(
    'too_many_siblings',
    `the key would hold ${siblings.length} siblings of ${bytes} bytes together, and at most ${SIBLINGS_MAX} of ${OBJECT_BYTES_MAX} bytes are kept: read the key, and write what replaces them with the context of that read`,
  );
}
