/**
 * Handing a request to a replica of its key, once.
 *
 * The next replica is tried where the request certainly did not run on the one before. A
 * read may run twice, so it goes on after a broken connection too; a write may not: its
 * writer would hear of one of two siblings only, delete that one, and see the other return.
 */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { CallType } from '../ports/transport.ts';
import type { Environment } from './environment.ts';
import type { KeyPlan } from './key-plan.ts';
import type { Forwarded } from './requests.ts';

/** Refusals of one replica that say nothing about the next. */
const TRY_NEXT_AFTER: ReadonlySet<string> = new Set([
  'corrupt_record',
  'not_a_replica',
  'not_ready',
  'ring_forming',
  'overloaded',
  'stale_epoch',
]);

/** Share of the time left that is kept for the way back, so that the replica's own error arrives. */
const RETURN_SHARE = 0.05;
const RETURN_MS_MAX = 50;

/** When the replica that was handed a request should give up. */
export function deadlineOfForwarded(deadline: number, now: number): number {
  return deadline - Math.min(RETURN_MS_MAX, Math.max(0, deadline - now) * RETURN_SHARE);
}

/** What the request does, which decides what a lost reply means. */
export type Effect = 'read' | 'write';

export async function forward<Request, Reply>(
  env: Environment,
  plan: KeyPlan,
  type: CallType<Forwarded<Request>, Reply>,
  request: Request,
  effect: Effect,
  deadline: number,
): Promise<Reply> {
  env.forwards.add();
  const { bucketNumber, epoch } = plan.address;
  const forwarded = { request, bucketNumber, epoch };
  const others = plan.replicas.filter((node) => node !== env.self);
  const tried: NodeId[] = [];
  let inDoubt = false;
  for (const node of env.ranking.order(others, (peer) => env.transport.reachable(peer))) {
    try {
      tried.push(node);
      return await env.transport.call(node, type, forwarded, { deadline });
    } catch (error) {
      if (error instanceof TransportError) {
        inDoubt = effect === 'write' && !error.neverSent;
        if (inDoubt || error.failure === 'timeout') break;
      } else if (!saysNothingOfTheNext(error)) {
        throw error;
      }
    }
  }
  throw nobodyAnswered(tried, inDoubt);
}

function saysNothingOfTheNext(error: unknown): boolean {
  return error instanceof QuorateError && error.definite && TRY_NEXT_AFTER.has(error.code);
}

function nobodyAnswered(tried: readonly NodeId[], inDoubt: boolean): QuorateError {
  const names = tried.join(', ') || 'none';
  if (inDoubt) {
    return new QuorateError(
      'coordinator_lost',
      `a replica took the request and did not answer (tried ${names}); the write may still surface`,
      { reached: [] },
    );
  }
  return new QuorateError(
    'coordinator_unreachable',
    `none of the key's replicas could take the request in time (tried ${names})`,
    { reached: [] },
  );
}
