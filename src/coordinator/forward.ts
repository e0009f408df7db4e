/**
 * Handing a request to a replica of its key, once, or to a fallback where no replica can be
 * reached and the request allows it.
 *
 * The next node is tried where the request certainly did not run on the one before. A
 * read may run twice, so it goes on after a broken connection too; a write may not: its
 * writer would hear of one of two siblings only, delete that one, and see the other return.
 *
 * A node that knows a later ring says so, and did not run it either: then whoever forwards
 * plans again (planning-again.ts), and may find that it keeps the key itself by now.
 */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { CallType } from '../ports/transport.ts';
import type { Environment } from './environment.ts';
import type { KeyPlan } from './key-plan.ts';
import { isOutdated } from './planning-again.ts';
import type { Forwarded } from './requests.ts';
import { mayStandIn } from './stand-ins.ts';

/** Refusals of one node that say nothing about the next; `stale_epoch`: it is the one behind. */
const TRY_NEXT_AFTER: ReadonlySet<string> = new Set([
  'hints_full',
  'corrupt_record',
  'not_a_replica',
  'not_ready',
  'ring_forming',
  'overloaded',
  'stale_epoch',
  'stale_reap',
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

export interface Forwarding<Request, Reply> {
  readonly type: CallType<Forwarded<Request>, Reply>;
  readonly request: Request;
  readonly effect: Effect;
  /** Fallbacks may coordinate where no replica can. */
  readonly sloppy: boolean;
  /** Carries the request out on this node, when its turn comes as a fallback. */
  readonly here: () => Promise<Reply>;
  /** In `clock.now()`. */
  readonly deadline: number;
}

export async function forward<Request, Reply>(
  env: Environment,
  plan: KeyPlan,
  { type, request, effect, sloppy, here, deadline }: Forwarding<Request, Reply>,
): Promise<Reply> {
  const { bucketNumber, epoch } = plan.address;
  const forwarded = { request, bucketNumber, epoch };
  const tried: NodeId[] = [];
  let inDoubt = false;
  for (const node of coordinatorsOf(env, plan, sloppy)) {
    try {
      tried.push(node);
      if (node === env.self) return await here();
      env.forwards.add();
      return await env.transport.call(node, type, forwarded, { deadline });
    } catch (error) {
      if (error instanceof TransportError) {
        inDoubt = effect === 'write' && !error.neverSent;
        if (inDoubt || error.failure === 'timeout') break;
      } else if (isOutdated(plan, error) || !saysNothingOfTheNext(error)) {
        throw error;
      }
    }
  }
  throw nobodyAnswered(tried, inDoubt);
}

/**
 * Who could coordinate, in the order to try. Writers and readers have to find the same
 * fallbacks, so these are tried in the order of the preference list, this node among them.
 */
function coordinatorsOf(env: Environment, plan: KeyPlan, sloppy: boolean): readonly NodeId[] {
  const isReachable = (node: NodeId) => env.liveness.reachable(node);
  const others = plan.replicas.filter((node) => node !== env.self);
  const replicas = env.ranking.order(others, isReachable);
  if (!sloppy) return replicas;
  return [
    ...replicas.filter(isReachable),
    ...plan.fallbacks.filter((node) => mayStandIn(env, node)),
    ...replicas.filter((node) => !isReachable(node)),
  ];
}

function saysNothingOfTheNext(error: unknown): boolean {
  return error instanceof QuorateError && error.definite && TRY_NEXT_AFTER.has(error.code);
}

function nobodyAnswered(tried: readonly NodeId[], inDoubt: boolean): QuorateError {
  const names = tried.join(', ') || 'none';
  if (inDoubt) {
    return new QuorateError(
      'coordinator_lost',
      `a node took the request and did not answer (tried ${names}); the write may still surface`,
      { reached: [] },
    );
  }
  return new QuorateError(
    'coordinator_unreachable',
    `no node could take the request in time (tried ${names})`,
    { reached: [] },
  );
}
