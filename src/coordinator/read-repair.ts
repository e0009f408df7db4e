/**
 * Read repair: replicas that a read found behind get the merged object, whoever knew more.
 * Fallbacks are never repaired: what they keep is on its way to its target anyway.
 *
 * `async` repairs in the background, within bounds; `off` leaves it to others; `blocking`
 * answers only when the state is durable on as many replicas as the read asked nodes, which
 * makes quorum reads monotonic: a later one of replicas cannot miss what this one returned.
 * While the partition moves that is asked of the old list and of the new one, since the later
 * read may be of either.
 */

import { encodeObject } from '../causality/object-codec.ts';
import { isAbsent } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import { unreachable } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { type CarriedState, STORE_OBJECT, storeRequest } from '../replica/messages.ts';
import type { Level } from '../ring/cluster-view.ts';
import { gather } from '../routing/gather.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { isOutdated } from '../routing/planning-again.ts';
import type { Environment } from './environment.ts';
import type { KnownVersion } from './local-copy.ts';
import { quorumOf } from './quorum.ts';
import { isStaleReap } from './reading-again.ts';
import type { ReadRepairMode } from './requests.ts';

/** A repair in the background is given up after so long; the next read finds it again. */
const BACKGROUND_REPAIR_MS = 5_000;

export interface Repair {
  readonly mode: ReadRepairMode;
  /** Replicas that answered with less than the merged object. */
  readonly behind: readonly NodeId[];
  /** Replicas that answered with just the merged object. */
  readonly upToDate: readonly NodeId[];
  /** Of the read: as many replicas must have it before a `blocking` read answers. */
  readonly levels: { readonly r: Level | undefined; readonly pr: Level };
  readonly deadline: number;
}

/** The merged object, and the lowest reap number under which any of it was read. */
export type Merged = Pick<KnownVersion, 'object' | 'reap'>;

/**
 * Throws `repair_quorum_not_met` when `blocking` could not be kept, `stale_reap` when that may be
 * because the object was read too early, and `stale_epoch` when the ring changed under the plan.
 */
export async function repairBehind(
  env: Environment,
  plan: KeyPlan,
  merged: Merged,
  repair: Repair,
): Promise<void> {
  switch (repair.mode) {
    case 'off':
      return;
    case 'async':
      return repairInBackground(env, plan, merged, repair.behind);
    case 'blocking':
      return repairUntilDurable(env, plan, merged, repair);
    default:
      unreachable(repair.mode);
  }
}

function repairInBackground(
  env: Environment,
  plan: KeyPlan,
  { object, reap }: Merged,
  behind: readonly NodeId[],
): void {
  if (behind.length === 0) return;
  const deadline = env.clock.now() + BACKGROUND_REPAIR_MS;
  const encoded = encodeObject(object);
  for (const node of behind) {
    env.repairBudget.run(encoded.length, () =>
      bringUpToDate(env, plan, node, { encoded, reap }, deadline).catch((error: unknown) =>
        env.onFailure(node, error, plan.trace),
      ),
    );
  }
}

/** There is nothing to make durable where nothing is known. */
async function repairUntilDurable(
  env: Environment,
  plan: KeyPlan,
  merged: Merged,
  repair: Repair,
): Promise<void> {
  if (isAbsent(merged.object)) return;
  let { upToDate, behind } = repair;
  for (const list of plan.writeLists) {
    const { needed } = quorumOf(list, repair.levels.r ?? plan.bucket.r, repair.levels.pr);
    if (list.filter((node) => upToDate.includes(node)).length >= needed) continue;
    upToDate = await repairList(env, plan, merged, { ...repair, upToDate }, { list, needed });
    behind = behind.filter((node) => !list.includes(node));
  }
  repairInBackground(env, plan, merged, behind);
}

/** Asks those of the list that are behind, then the others; resolves with all that have it. */
async function repairList(
  env: Environment,
  plan: KeyPlan,
  { object, reap }: Merged,
  { behind, upToDate, deadline }: Repair,
  { list, needed }: { readonly list: readonly NodeId[]; readonly needed: number },
): Promise<readonly NodeId[]> {
  const whole = list.filter((node) => upToDate.includes(node));
  const missing = needed - whole.length;
  const known = list.filter((node) => behind.includes(node) && !upToDate.includes(node));
  const unasked = list.filter((node) => !behind.includes(node) && !upToDate.includes(node));
  const encoded = encodeObject(object);
  const { enough, answers, failures } = await gather({
    candidates: [...known, ...unasked],
    isEnough: ({ length }) => length >= missing,
    atOnce: known.length,
    ask: (node) => bringUpToDate(env, plan, node, { encoded, reap }, deadline),
    hedgeAfterMs: (next) => env.ranking.lateAfterMs(next),
    isFutile: (error) => isOutdated(plan, error),
    onFailure: (node, error) => env.onFailure(node, error, plan.trace),
    deadline,
    clock: env.clock,
  });
  const reached = answers.map(({ node }) => node);
  if (enough) return [...upToDate, ...reached];
  const stale = failures.find(({ error }) => isStaleReap(error) || isOutdated(plan, error));
  if (stale !== undefined) throw stale.error;
  const had = [...whole, ...reached];
  throw new QuorateError(
    'repair_quorum_not_met',
    `read_repair=blocking: ${had.length} of the ${needed} replicas needed had the value on disk when it was clear that too few would in time`,
    { reached: had, needed },
  );
}

async function bringUpToDate(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  state: CarriedState,
  deadline: number,
): Promise<void> {
  const span = plan.trace?.begin('repair', node);
  try {
    if (node === env.self) await env.replica.store(plan.address, state);
    else {
      const message = storeRequest(plan.address, state);
      await env.transport.call(node, STORE_OBJECT, message, { deadline });
    }
    span?.end();
    env.repairs.add();
  } catch (error) {
    span?.fail(error);
    env.repairFailures.add();
    throw error;
  }
}
