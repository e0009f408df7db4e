/**
 * One write, from top to bottom, on a replica of the key.
 *
 * Learn what the writer saw, apply the write here and send the resulting object to the other
 * replicas, all in parallel with the local disk; answer when W distinct nodes have it on
 * disk. Every replica gets the object, whatever W is.
 */

import { type Context, contextOfRead, EMPTY_CONTEXT, joinContexts } from '../causality/context.ts';
import { decodeContext } from '../causality/context-codec.ts';
import { type Content, isAbsent, type SiblingObject } from '../causality/sibling-object.ts';
import type { Dot } from '../causality/version-vector.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { FETCH_OBJECT, fetchRequest, STORE_OBJECT, storeRequest } from '../replica/messages.ts';
import { type Environment, reachableOf } from './environment.ts';
import { gather } from './gather.ts';
import type { KeyPlan } from './key-plan.ts';
import { resolveLevel } from './levels.ts';
import { readObject } from './read-path.ts';
import type { QuorumReport, WriteRequest } from './requests.ts';

/** A replica that is slower than the client's patience still gets the write. */
const REPLICATION_MS = 5_000;

export interface WriteOutcome {
  /** What the writer had seen. */
  readonly sent: Context;
  readonly dot: Dot;
  /** The object on the coordinating replica after the write. */
  readonly object: SiblingObject;
  readonly quorum: QuorumReport;
}

/**
 * Throws `write_quorum_not_met` when the write was begun and may surface; any other error
 * means that nothing was written.
 */
export async function writeObject(
  env: Environment,
  plan: KeyPlan,
  request: WriteRequest,
  deadline: number,
): Promise<WriteOutcome> {
  const needed = acknowledgementsNeeded(plan, request);
  const tokens = request.contexts.map((token) => decodeContext(token, plan.scope));
  refuseUnlessReachable(env, plan, needed);
  const context = await contextOfWriter(env, plan, request, tokens, deadline);
  await learnWhatContextNames(env, plan, context, deadline);
  refuseWhenOutOfTime(env, deadline);

  const write = env.replica.coordinate(plan.address, context, contentOf(env, request));
  const message = storeRequest(plan.address, write.encoded);
  const replicatedBy = Math.max(deadline, env.clock.now() + REPLICATION_MS);
  const candidates = [env.self, ...plan.replicas.filter((node) => node !== env.self)];
  const { enough, answers } = await gather<unknown>({
    candidates,
    needed,
    atOnce: candidates.length,
    ask: (node) =>
      node === env.self
        ? write.durable
        : env.transport.call(node, STORE_OBJECT, message, { deadline: replicatedBy }),
    onFailure: env.onFailure,
    deadline,
    clock: env.clock,
  });
  const reached = answers.map(({ node }) => node);
  if (!enough) throw writeQuorumNotMet(plan, needed, reached);
  const quorum = { coordinator: env.self, reached, needed };
  return { sent: context, dot: write.dot, object: write.object, quorum };
}

function acknowledgementsNeeded(plan: KeyPlan, request: WriteRequest): number {
  const { replicas, bucket } = plan;
  const w = resolveLevel('w', request.w ?? bucket.w, replicas.length);
  const pw = resolveLevel('pw', request.pw, replicas.length);
  return Math.max(w, pw);
}

function contentOf(env: Environment, { content }: WriteRequest): Content | undefined {
  if (content === null) return undefined;
  const { value, contentType, meta } = content;
  return { value, contentType, meta, wallTime: Math.max(0, Math.floor(env.clock.wallTime())) };
}

/** Better a definite refusal now than a doubtful failure later. */
function refuseUnlessReachable(env: Environment, plan: KeyPlan, needed: number): void {
  const reachable = reachableOf(env, plan.replicas);
  if (reachable.length >= needed) return;
  throw new QuorateError(
    'too_few_replicas',
    `${reachable.length} of this key's ${plan.replicas.length} replicas are reachable and ${needed} must acknowledge; nothing was written`,
    { reached: reachable, needed },
  );
}

function refuseWhenOutOfTime(env: Environment, deadline: number): void {
  if (env.clock.now() < deadline) return;
  throw new QuorateError(
    'out_of_time',
    'finding out what the write replaces took all the time there was; nothing was written',
  );
}

/** A delete without context first reads a quorum, and deletes what it saw. */
async function contextOfWriter(
  env: Environment,
  plan: KeyPlan,
  request: WriteRequest,
  sent: readonly Context[],
  deadline: number,
): Promise<Context> {
  if (sent.length > 0 || request.content !== null) return sent.reduce(joinContexts, EMPTY_CONTEXT);
  const levels = { r: request.r ?? 'quorum', pr: 0, readRepair: 'off' } as const;
  const { object } = await readObject(env, plan, levels, deadline);
  if (isAbsent(object)) {
    throw new QuorateError('not_found', 'there is nothing under this key to delete');
  }
  return contextOfRead(object.clock);
}

/**
 * Single writes named by the context must be known here before they may be superseded: a
 * sibling dropped by its dot alone would come back with the next merge.
 */
async function learnWhatContextNames(
  env: Environment,
  plan: KeyPlan,
  context: Context,
  deadline: number,
): Promise<void> {
  const { address } = plan;
  if (env.replica.knows(address, context)) return;
  const others = plan.replicas.filter((node) => node !== env.self);
  const learnFrom = async (node: NodeId) => {
    const reply = await env.transport.call(node, FETCH_OBJECT, fetchRequest(address, null), {
      deadline,
    });
    if (reply instanceof Uint8Array) await env.replica.store(address, reply);
    if (!env.replica.knows(address, context)) {
      throw new QuorateError('context_unreachable', `${node} does not know the writes either`);
    }
  };
  const { enough, failures } = await gather({
    candidates: others,
    needed: 1,
    atOnce: others.length,
    ask: learnFrom,
    onFailure: env.onFailure,
    deadline,
    clock: env.clock,
  });
  if (enough) return;
  throw new QuorateError(
    'context_unreachable',
    `the context names writes that are not known here, and none of the other replicas could supply them (${failures.length} of ${others.length} answered without); nothing was written`,
    { reached: [env.self] },
  );
}

function writeQuorumNotMet(
  plan: KeyPlan,
  needed: number,
  reached: readonly NodeId[],
): QuorateError {
  return new QuorateError(
    'write_quorum_not_met',
    `${needed} of this key's ${plan.replicas.length} replicas must acknowledge; ${reached.length} had when it was clear that too few would in time; the write may still surface`,
    { reached, needed },
  );
}
