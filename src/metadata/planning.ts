/** From the state of the metadata group to the plan of its staged changes, and to their commit. */

import { type Plan, planOf } from '../ring/plan.ts';
import type { CommitChanges } from './command.ts';
import type { MetadataState } from './state.ts';

/**
 * Undefined until there is a ring. `bytes`, by partition, is what a replica of it holds, as far
 * as somebody knows.
 */
export function planned(state: MetadataState, bytes?: readonly number[]): Plan | undefined {
  const ring = state.ring();
  if (ring === undefined) return undefined;
  const buckets = [...state.buckets().values()].filter(({ mode }) => mode !== 'raft');
  return planOf({
    ring,
    nodes: state.nodes(),
    changes: state.staged(),
    bucketNs: [...new Set(buckets.map(({ n }) => n))],
    bytes,
  });
}

/** Commits to the plan, which was made when `planEpoch` was that of the state. */
export function committing({ members, replicas }: Plan, planEpoch: number): CommitChanges {
  return { type: 'commit_changes', epoch: planEpoch, members, replicas };
}
