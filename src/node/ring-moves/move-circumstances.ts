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
  /**
   * The n of the buckets in which a dead node may have something. Who is dead was declared so by
   * the commit that set the goal, or before: none of them has ever had a key of a later bucket.
   */
  readonly bucketNs: ReadonlySet<number>;
  /** An operator has taken it upon himself that what only dead nodes had is lost. */
  readonly acceptLoss: boolean;
  /** Where it differs, what was done for the stage so far is judged anew. */
  readonly mark: string;
}

export function circumstancesOf(state: MetadataState | undefined, move: Move): Circumstances {
  const nodes = state?.nodes() ?? [];
  const dead = new Set(nodes.filter(({ status }) => status === 'dead').map(({ name }) => name));
  const lost = deadOf(move, dead);
  const acceptLoss =
    lost.length > 0 && lost.every((name) => state?.nodeNamed(name)?.lossAccepted === true);
  const diedBy = state?.goal()?.index ?? Number.POSITIVE_INFINITY;
  const buckets = [...(state?.buckets().values() ?? [])].filter(
    ({ mode, createdAt }) => mode !== 'raft' && createdAt < diedBy,
  );
  return {
    dead,
    bucketNs: new Set(buckets.map(({ n }) => n)),
    acceptLoss,
    mark: `${lost.join()} ${acceptLoss}`,
  };
}

/** Those of either list of the move whose loss an operator would have to accept. */
export function deadOf({ from, to }: Move, dead: ReadonlySet<NodeId>): readonly NodeId[] {
  return [...dead].filter((node) => from.includes(node) || to.includes(node));
}
