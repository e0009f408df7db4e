/**
 * Read repair: replicas that a read found behind get the merged object.
 *
 * `async` repairs in the background, `off` leaves it to others, `blocking` answers only when
 * the state is durable on as many replicas as the read asked, which makes quorum reads
 * monotonic: a later quorum read cannot miss what this one returned.
 */

import { encodeObject } from '../causality/object-codec.ts';
import type { SiblingObject } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import { unreachable } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { STORE_OBJECT, storeRequest } from '../replica/messages.ts';
import type { Environment } from './environment.ts';
import { gather } from './gather.ts';
import type { KeyPlan } from './key-plan.ts';
import type { ReadRepairMode } from './requests.ts';

/** A repair in the background is given up after so long; the next read finds it again. */
const BACKGROUND_REPAIR_MS = 5_000;

export interface Repair {
  readonly mode: ReadRepairMode;
  /** Replicas that answered with less than the merged object. */
  readonly behind: readonly NodeId[];
  /** Replicas that answered with just the merged object. */
  readonly upToDate: readonly NodeId[];
  /** Replicas that must have it before a `blocking` read answers. */
  readonly needed: number;
  readonly deadline: number;
}

/** Throws `repair_quorum_not_met` when `blocking` could not be kept. */
export async function repairBehind(
  env: Environment,
  plan: KeyPlan,
  object: SiblingObject,
  repair: Repair,
): Promise<void> {
  switch (repair.mode) {
    case 'off':
      return;
    case 'async': {
      const deadline = env.clock.now() + BACKGROUND_REPAIR_MS;
      const encoded = encodeObject(object);
      for (const node of repair.behind) {
        bringUpToDate(env, plan, node, encoded, deadline).catch((error: unknown) =>
          env.onFailure(node, error),
        );
      }
      return;
    }
    case 'blocking':
      return repairUntilDurable(env, plan, object, repair);
    default:
      unreachable(repair.mode);
  }
}

async function repairUntilDurable(
  env: Environment,
  plan: KeyPlan,
  object: SiblingObject,
  repair: Repair,
): Promise<void> {
  const { behind, upToDate, deadline } = repair;
  const missing = repair.needed - upToDate.length;
  if (missing <= 0) return repairBehind(env, plan, object, { ...repair, mode: 'async' });
  const unasked = plan.replicas.filter(
    (node) => !behind.includes(node) && !upToDate.includes(node),
  );
  const encoded = encodeObject(object);
  const { enough, answers } = await gather({
    candidates: [...behind, ...unasked],
    needed: missing,
    atOnce: behind.length,
    ask: (node) => bringUpToDate(env, plan, node, encoded, deadline),
    hedgeAfterMs: env.ranking.lateAfterMs(behind[0] as NodeId),
    onFailure: env.onFailure,
    deadline,
    clock: env.clock,
  });
  if (enough) return;
  const reached = [...upToDate, ...answers.map(({ node }) => node)];
  throw new QuorateError(
    'repair_quorum_not_met',
    `read_repair=blocking: ${reached.length} of the ${repair.needed} replicas needed had the value on disk when it was clear that too few would in time`,
    { reached, needed: repair.needed },
  );
}

async function bringUpToDate(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  encoded: Uint8Array,
  deadline: number,
): Promise<void> {
  try {
    if (node === env.self) await env.replica.store(plan.address, encoded);
    else {
      const message = storeRequest(plan.address, encoded);
      await env.transport.call(node, STORE_OBJECT, message, { deadline });
    }
    env.repairs.add();
  } catch (error) {
    env.repairFailures.add();
    throw error;
  }
}
