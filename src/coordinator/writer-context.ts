/**
 * What a write replaces: the contexts it was sent, or, for a delete that was sent none, what a
 * read finds; and how the coordinating node comes to know all that they name.
 */

import { type Context, contextOfRead, EMPTY_CONTEXT, joinContexts } from '../causality/context.ts';
import { isAbsent } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { spanned } from '../kernel/trace.ts';
import { FETCH_HINTS, FETCH_OBJECT, fetchRequest } from '../replica/messages.ts';
import { gather } from '../routing/gather.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { isOutdated } from '../routing/planning-again.ts';
import type { Environment } from './environment.ts';
import type { LocalCopy } from './local-copy.ts';
import { readObject } from './read-path.ts';
import type { WriteRequest } from './requests.ts';
import { fallbacksOf } from './stand-ins.ts';

/** A delete without context first reads a quorum, and deletes what it saw. */
export async function contextsOfWriter(
  env: Environment,
  plan: KeyPlan,
  request: WriteRequest,
  sent: readonly Context[],
  deadline: number,
): Promise<readonly Context[]> {
  if (sent.length > 0 || request.content !== null) return sent;
  const { r = 'quorum', sloppy, demands } = request;
  const levels = { r, pr: 0, readRepair: 'off', sloppy, demands } as const;
  const { object, reap } = await readObject(env, plan, levels, deadline);
  if (isAbsent(object)) {
    throw new QuorateError('not_found', 'there is nothing under this key to delete');
  }
  return [contextOfRead(object.clock, reap)];
}

/**
 * All contexts in one. Single writes that they name must be known here before they may be
 * superseded: a sibling dropped by its dot alone would come back with the next merge. Those
 * that were superseded and reaped since are left out.
 */
export async function learnWhatContextsName(
  env: Environment,
  plan: KeyPlan,
  copy: LocalCopy,
  contexts: readonly Context[],
  deadline: number,
): Promise<Context> {
  const context = contexts.reduce(joinContexts, EMPTY_CONTEXT);
  if (copy.knows(context)) return context;
  const { address, written } = plan;
  const others = written.filter((node) => node !== env.self);
  const standIns = fallbacksOf(env, plan).filter((node) => node !== env.self);
  const completed = new Map<NodeId, number>();
  const learnFrom = async (node: NodeId) => {
    const type = written.includes(node) ? FETCH_OBJECT : FETCH_HINTS;
    const request = fetchRequest(address, null);
    const span = plan.trace?.begin(written.includes(node) ? 'read' : 'read_hints', node);
    const call = env.transport.call(node, type, request, { deadline });
    const [reap, rounds, version] = await spanned(span, call);
    if (version instanceof Uint8Array) await copy.learn({ encoded: version, reap });
    completed.set(node, rounds);
    if (!copy.knows(context)) {
      throw new QuorateError('context_unreachable', `${node} does not know the writes either`);
    }
  };
  const { enough, failures } = await gather({
    candidates: [...others, ...standIns],
    isEnough: ({ length }) => length >= 1,
    atOnce: others.length,
    ask: learnFrom,
    isFutile: (error) => isOutdated(plan, error),
    onFailure: (node, error) => env.onFailure(node, error, plan.trace),
    deadline,
    clock: env.clock,
  });
  if (enough) return context;
  const outdated = failures.find(({ error }) => isOutdated(plan, error));
  if (outdated !== undefined) throw outdated.error;
  completed.set(env.self, env.reaps.completed(address.partition));
  const reaped = Math.min(...written.map((node) => completed.get(node) ?? 0));
  const left = withoutReaped(contexts, reaped, copy);
  if (copy.knows(left)) return left;
  throw new QuorateError(
    'context_unreachable',
    `the context names writes that are not known here, and none of the other nodes that keep the key could supply them (${failures.length} of ${others.length + standIns.length} answered without); nothing was written`,
    { reached: [env.self] },
  );
}

/**
 * Whoever acknowledged a write that a context names knew no later round than the context. All
 * primaries, of both lists where the partition moves, have completed one (`reaped`), at whose
 * beginning nobody held hints: so one of them had the write, and what none of them knows now
 * was superseded, and reaped.
 */
function withoutReaped(contexts: readonly Context[], reaped: number, copy: LocalCopy): Context {
  const known = (context: Context) =>
    context.dots.filter((dot) => copy.knows({ ...context, dots: [dot] }));
  return contexts
    .map((context) => (context.reap < reaped ? { ...context, dots: known(context) } : context))
    .reduce(joinContexts, EMPTY_CONTEXT);
}
