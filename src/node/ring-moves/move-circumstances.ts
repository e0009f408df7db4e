/**
 * What the stages of a move are judged by, beside the move itself: whom operators have declared
 * dead, what they said of it, and the buckets that there are.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Move } from '../../ring/move.ts';

export interface Circumstances {
  /** Not to be waited for: dead by an operator's word. */
  readonly dead: ReadonlySet<NodeId>;
  /** The n of the buckets that there are. */
  readonly bucketNs: ReadonlySet<number>;
  /** An operator has taken it upon himself that what only dead nodes had is lost. */
  readonly acceptLoss: boolean;
  /** Where it differs, what was done for the stage so far is judged anew. */
  readonly mark: string;
}

export function circumstancesOf(state: MetadataState | undefined, move: Move): Circumstances {
  const nodes = state?.nodes() ?? [];
  const dead = nodes.filter(({ status }) => status === 'dead');
  const lost = dead.filter(({ name }) => move.from.includes(name) || move.to.includes(name));
  const acceptLoss = lost.length > 0 && lost.every(({ lossAccepted }) => lossAccepted);
  const buckets = [...(state?.buckets().values() ?? [])];
  return {
    dead: new Set(dead.map(({ name }) => name)),
    bucketNs: new Set(buckets.filter(({ mode }) => mode === 'dynamo').map(({ n }) => n)),
    acceptLoss,
    mark: `${lost.map(({ name }) => name).join()} ${acceptLoss}`,
  };
}
