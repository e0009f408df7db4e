/**
 * What a coordinator does when it finds that the ring has changed under a request: a node, or
 * the store of this one, refuses as `stale_epoch` what was planned for an earlier epoch of the
 * partition. It catches up and plans again (protocols.md, section 8): a read from the start, a
 * write that was not begun likewise, and one that was begun goes on in replication.ts.
 *
 * Every refusal names an epoch, and a plan is older than it once only, so this ends.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { spanned } from '../kernel/trace.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import type { KeyPlan } from './key-plan.ts';
import { planAgain } from './key-plan.ts';

/** The error says that nothing was done since the plan is older than the ring. */
export function isOutdated({ address }: KeyPlan, error: unknown): error is QuorateError {
  if (!(error instanceof QuorateError) || error.code !== 'stale_epoch') return false;
  return error.definite && (error.facts.epoch ?? 0) > address.epoch;
}

/** Throws in the turn in which something is about to be done that is planned for an earlier ring. */
export function refuseOutdated(
  { view, self }: { readonly view: ClusterView; readonly self: NodeId },
  { address }: KeyPlan,
): void {
  const epoch = partitionEpoch(view.ring(), address.partition);
  if (epoch === address.epoch) return;
  throw new QuorateError(
    'stale_epoch',
    `partition ${address.partition} came to epoch ${epoch} on ${self} meanwhile`,
    { epoch },
  );
}

/**
 * The plan to go on with after the error, when this node knows of the ring that made it
 * outdated. Throws the error itself where it is another one, or where that takes too long; and
 * `no_such_bucket`.
 */
export async function planAfter(
  { view }: { readonly view: ClusterView },
  plan: KeyPlan,
  error: unknown,
  deadline: number,
): Promise<KeyPlan> {
  if (!isOutdated(plan, error)) throw error;
  const { facts } = error;
  const { partition } = plan.address;
  const knows = () => partitionEpoch(view.ring(), partition) >= (facts.epoch ?? 0);
  const wait = plan.trace?.begin('wait_ring');
  if (!(await spanned(wait, view.until(knows, deadline)))) throw error;
  return planAgain(view, plan);
}
