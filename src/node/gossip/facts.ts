/** What a node tells of itself along with being alive. */

import type { Facts } from '../../gossip/message.ts';
import type { HintSummary } from '../../replica/hint-tally.ts';

/**
 * `hintHorizon` is the age of the oldest hint kept here for another node, in whole seconds and
 * at least 1; 0 where there is none: whether writes are still under way to somebody.
 */
export function factsOf(metadataIndex: number, hints: readonly HintSummary[]): Facts {
  const ages = hints.filter(({ count }) => count > 0).map(({ oldestAgeMs }) => oldestAgeMs);
  const hintHorizon = ages.length === 0 ? 0 : Math.max(1, Math.floor(Math.max(...ages) / 1_000));
  return { metadataIndex, hintHorizon };
}
