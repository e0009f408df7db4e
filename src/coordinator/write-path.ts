/**
 * One write, from top to bottom, on a replica of the key or on a fallback in its place.
 *
 * Learn what the writer saw, apply the write here and send the resulting object to the other
 * replicas, all in parallel with the local disk; answer when W distinct nodes have it on
 * disk. Every replica gets the object, whatever W is, or somebody keeps it for that replica.
 */

import type { Context } from '../causality/context.ts';
import { decodeContext } from '../causality/context-codec.ts';
import type { Content, SiblingObject } from '../causality/sibling-object.ts';
import type { Dot } from '../causality/version-vector.ts';
import { QuorateError } from '../kernel/errors.ts';
import { resolveLevel } from '../ring/levels.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import { type Environment, reachableOf } from './environment.ts';
import { localCopy, readAgain } from './local-copy.ts';
import { type Counted, type Quorum, quorumOf } from './quorum.ts';
import { replicate, type WriteLevels } from './replication.ts';
import type { WriteRequest } from './requests.ts';
import { fallbacksOf } from './stand-ins.ts';
import { contextsOfWriter, learnWhatContextsName } from './writer-context.ts';

export interface WriteOutcome {
  /** What the write replaced. */
  readonly seen: Context;
  readonly dot: Dot;
  /** The object on the coordinating node after the write. */
  readonly object: SiblingObject;
  /** The partition's reap number when it was written: for contexts. */
  readonly reap: number;
  readonly quorum: QuorumReport;
}

/**
 * Throws `write_quorum_not_met` when the write was begun and may surface; any other error
 * means that nothing was written. One of these is `stale_epoch`: the ring changed under the
 * plan before the write began.
 */
export async function writeObject(
  env: Environment,
  plan: KeyPlan,
  request: WriteRequest,
  deadline: number,
): Promise<WriteOutcome> {
  const levels = { w: request.w ?? plan.bucket.w, pw: request.pw };
  const quorums = acknowledgementsNeeded(plan, levels);
  const tokens = request.contexts.map((token) => decodeContext(token, plan.scope));
  for (const quorum of quorums) refuseUnlessReachable(env, plan, quorum, request.sloppy);
  const contexts = await contextsOfWriter(env, plan, request, tokens, deadline);
  const copy = localCopy(env, plan);
  const context = await learnWhatContextsName(env, plan, copy, contexts, deadline);
  refuseWhenOutOfTime(env, deadline);
  refuseWhenDeleted(env, plan);

  const content = contentOf(env, plan, request);
  const write = copy.coordinate(context, content);
  const { place } = copy;
  const { sloppy } = request;
  const replicating = {
    write,
    readAgain: () => readAgain(copy, write.dot),
    place,
    quorums,
    levels,
    sloppy,
    deadline,
  };
  const { enough, counted, needed, reap } = await replicate(env, plan, replicating);
  const report = reportOf(env, needed, counted);
  if (!enough) throw writeQuorumNotMet(plan, report);
  return { seen: write.seen, dot: write.dot, object: write.object, reap, quorum: report };
}

/** Of each list that writes ask. */
function acknowledgementsNeeded(plan: KeyPlan, levels: WriteLevels): readonly Quorum[] {
  return plan.writeLists.map((list) => {
    const w = resolveLevel('w', levels.w, list.length);
    const pw = resolveLevel('pw', levels.pw, list.length);
    return quorumOf(list, w, pw);
  });
}

function reportOf({ self }: Environment, needed: number, counted: Counted): QuorumReport {
  const standIns = [...counted].filter(([node, place]) => node !== place);
  return {
    coordinator: self,
    reached: [...counted.keys()],
    standIns: Object.fromEntries(standIns),
    needed,
  };
}

/** A value lives from now on, by the clock of this node. */
function contentOf(
  env: Environment,
  { bucket }: KeyPlan,
  { content, ttlMs: asked }: WriteRequest,
): Content | undefined {
  if (content === null) return undefined;
  const { value, contentType, meta, carried } = content;
  const ttlMs = asked ?? bucket.ttlMs ?? 'none';
  const expiresAt = ttlMs === 'none' ? undefined : Math.floor(env.clock.wallTime()) + ttlMs;
  return { value, contentType, meta, expiresAt, carried };
}

/** Better a definite refusal now than a doubtful failure later. */
function refuseUnlessReachable(
  env: Environment,
  plan: KeyPlan,
  { needed, ofPrimaries, primaries: replicas }: Quorum,
  sloppy: boolean,
): void {
  const reachable = reachableOf(env, replicas);
  if (reachable.length >= needed) return;
  const standIns = sloppy
    ? fallbacksOf(env, plan).slice(0, replicas.length - reachable.length)
    : [];
  const most = reachable.length + standIns.length;
  if (reachable.length >= ofPrimaries && most >= needed) return;
  const others = sloppy ? `, ${standIns.length} other nodes could stand in` : '';
  const pw = ofPrimaries > 0 ? `, ${ofPrimaries} of them its own replicas` : '';
  throw new QuorateError(
    'too_few_replicas',
    `${reachable.length} of this key's ${replicas.length} replicas are reachable${others}, and ${needed} must acknowledge${pw}; nothing was written`,
    { reached: [...reachable, ...standIns], needed },
  );
}

/** In the turn of the write, so that nothing is written behind the back of the sweep. */
function refuseWhenDeleted({ view }: Environment, { bucket }: KeyPlan): void {
  if (view.bucketNumbered(bucket.number) !== undefined) return;
  throw new QuorateError('no_such_bucket', `bucket ${bucket.name} was deleted meanwhile`);
}

function refuseWhenOutOfTime(env: Environment, deadline: number): void {
  if (env.clock.now() < deadline) return;
  throw new QuorateError(
    'out_of_time',
    'finding out what the write replaces took all the time there was; nothing was written',
  );
}

function writeQuorumNotMet(plan: KeyPlan, { reached, needed }: QuorumReport): QuorateError {
  return new QuorateError(
    'write_quorum_not_met',
    `${needed} nodes must acknowledge for this key's ${plan.replicas.length} replicas; ${reached.length} had when it was clear that too few would in time; the write may still surface`,
    { reached, needed },
  );
}
