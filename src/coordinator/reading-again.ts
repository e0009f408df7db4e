/**
 * What a coordinator does when state that it sends is refused as `stale_reap`: a round of
 * reaping began after the state was read, so it has to be read again, by a node that knows of
 * that round too.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';

export function isStaleReap(error: unknown): error is QuorateError {
  return error instanceof QuorateError && error.code === 'stale_reap';
}

/** Resolves with true when this node knows of the round too, false at the deadline. */
export function abreastOf(
  { view, reaps }: Environment,
  { address }: KeyPlan,
  { facts }: QuorateError,
  deadline: number,
): Promise<boolean> {
  return view.until(() => reaps.of(address.partition) >= (facts.reap ?? 0), deadline);
}
