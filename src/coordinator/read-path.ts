/**
 * One read, from top to bottom, on a replica of the key or on a fallback in its place.
 *
 * Ask R replicas, nearest first, sending along the digest of what is here, so that a replica
 * with the same version answers "same". Ask another when one fails or is late, and, where
 * `sloppy` lets them, fallbacks when there is no other. Where that is behind what the reader's
 * session has seen, ask all others (escalation.ts). Merge what came and bring those replicas
 * up to date that were found behind.
 *
 * Only answers count, and an answer is durable state: see ports/store.ts.
 */

import { ABSENT, type SiblingObject, sameVersion } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { resolveLevel } from '../ring/levels.ts';
import { type Answered, gather } from '../routing/gather.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { isOutdated, refuseOutdated } from '../routing/planning-again.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import { isMetBy, mergedOf, openDemands } from './demands.ts';
import type { Environment } from './environment.ts';
import { meetDemands } from './escalation.ts';
import { isMet, primariesAmong, type Quorum, quorumOf } from './quorum.ts';
import { repairBehind } from './read-repair.ts';
import { abreastOf, isStaleReap } from './reading-again.ts';
import type { ReadRequest } from './requests.ts';
import { fallbacksOf, standInAfterMs } from './stand-ins.ts';
import { fetchFrom, OwnAnswer } from './version-answers.ts';

export interface ReadOutcome {
  /** The merged object; without a clock where nothing is known of the key. */
  readonly object: SiblingObject;
  /** The highest reap number of the partition that anybody who answered knew: for contexts. */
  readonly reap: number;
  readonly quorum: QuorumReport;
  /** Some demand names writes that were reaped since, and the object is all that is left. */
  readonly outlived: boolean;
}

/** A blocking repair that was refused as read too early is begun anew so often. */
const READ_AGAIN_MAX = 2;

export type ReadLevels = Pick<ReadRequest, 'r' | 'pr' | 'readRepair' | 'sloppy' | 'demands'>;

/**
 * Throws `read_quorum_not_met`, `repair_quorum_not_met`, `session_unavailable`, or `stale_epoch`
 * where the ring changed under the plan; a read never leaves a doubt.
 */
export async function readObject(
  env: Environment,
  plan: KeyPlan,
  levels: ReadLevels,
  deadline: number,
): Promise<ReadOutcome> {
  for (let again = 0; ; again++) {
    try {
      return await readOnce(env, plan, levels, deadline);
    } catch (error) {
      if (!isStaleReap(error) || again === READ_AGAIN_MAX) throw error;
      if (!(await abreastOf(env, plan, error, deadline))) throw error;
    }
  }
}

async function readOnce(
  env: Environment,
  plan: KeyPlan,
  levels: ReadLevels,
  deadline: number,
): Promise<ReadOutcome> {
  const quorum = answersNeeded(plan, levels);
  refuseOutdated(env, plan);
  const demands = openDemands(levels.demands, plan.scope);
  const own = new OwnAnswer(env, plan);
  if (quorum.needed === 1 && plan.replicas.includes(env.self) && own.ready) {
    const isEnough = plan.writeLists.length === 1 || levels.readRepair !== 'blocking';
    if (isEnough && isMetBy(demands, own.object)) return alone(env, plan, own);
  }
  const candidates = candidatesOf(env, plan, levels.sloppy);
  const lateMs = env.ranking.lateAfterMs(candidates[quorum.needed - 1] as NodeId);
  const standInMs = standInAfterMs(deadline, env.clock.now());
  const first = await gather({
    candidates,
    isEnough: (nodes) => isMet(quorum, nodes),
    ask: (node, isHedge) =>
      node === env.self ? own.answer() : fetchFrom(env, plan, node, own, deadline, isHedge),
    hedgeAfterMs: (next) => (plan.replicas.includes(next) ? lateMs : standInMs),
    onHedge: () => env.hedges.add(),
    isFutile: (error) => isOutdated(plan, error),
    onFailure: (node, error) => env.onFailure(node, error, plan.trace),
    deadline,
    clock: env.clock,
  });
  if (!first.enough) {
    const outdated = first.failures.find(({ error }) => isOutdated(plan, error));
    throw outdated?.error ?? readQuorumNotMet(plan, quorum, nodesOf(first.answers));
  }

  const { answers, outlived } = await meetDemands(env, plan, demands, first.answers, deadline);
  const object = mergedOf(answers);
  const reached = nodesOf(answers);
  const behind = answers.filter(({ answer }) => !sameVersion(answer.object, object));
  const behindNodes = behind.map(({ node }) => node);
  const reaps = answers.map(({ answer }) => answer.reap);
  await repairBehind(
    env,
    plan,
    { object, reap: Math.min(...reaps) },
    {
      mode: levels.readRepair,
      behind: primariesAmong(quorum, behindNodes),
      upToDate: primariesAmong(quorum, reached).filter((node) => !behindNodes.includes(node)),
      levels,
      deadline,
    },
  );
  const standIns = standInsOf(plan, reached);
  const report = { coordinator: env.self, reached, standIns, needed: quorum.needed };
  return { object, reap: Math.max(...reaps), quorum: report, outlived };
}

function nodesOf(answers: readonly Answered<unknown>[]): readonly NodeId[] {
  return answers.map(({ node }) => node);
}

/** The nearest replica is this one: where a single answer is enough, nobody else is asked. */
function alone(
  { self }: Environment,
  { trace }: KeyPlan,
  { object = ABSENT, reap }: OwnAnswer,
): ReadOutcome {
  trace?.begin('read')?.end();
  const quorum = { coordinator: self, reached: [self], standIns: {}, needed: 1 };
  return { object, reap, quorum, outlived: false };
}

function answersNeeded(plan: KeyPlan, levels: ReadLevels): Quorum {
  const { replicas, bucket } = plan;
  const r = resolveLevel('r', levels.r ?? bucket.r, replicas.length);
  const pr = resolveLevel('pr', levels.pr, replicas.length);
  return quorumOf(replicas, r, pr);
}

/** Replicas, nearest first; then fallbacks, before replicas that seem to be gone. */
function candidatesOf(env: Environment, plan: KeyPlan, sloppy: boolean): readonly NodeId[] {
  const { self, liveness, ranking } = env;
  const isResponsive = (node: NodeId) => liveness.responsive(node);
  const others = plan.replicas.filter((node) => node !== self);
  const ordered = ranking.order(others, isResponsive);
  const primaries = plan.replicas.includes(self) ? [self, ...ordered] : ordered;
  if (!sloppy) return primaries;
  const gone = primaries.filter((node) => !isResponsive(node));
  return [...primaries.filter(isResponsive), ...fallbacksOf(env, plan), ...gone];
}

/** Fallbacks that answered stand in for the replicas that did not, in the order of the ring. */
function standInsOf(
  { replicas }: KeyPlan,
  reached: readonly NodeId[],
): Readonly<Record<NodeId, NodeId>> {
  const silent = replicas.filter((node) => !reached.includes(node));
  const fallbacks = reached.filter((node) => !replicas.includes(node));
  const standingIn = fallbacks.slice(0, silent.length);
  return Object.fromEntries(standingIn.map((node, i) => [node, silent[i] as NodeId]));
}

function readQuorumNotMet(
  { replicas }: KeyPlan,
  { needed, ofPrimaries }: Quorum,
  reached: readonly NodeId[],
): QuorateError {
  const pr = ofPrimaries > 0 ? `, ${ofPrimaries} of them replicas of this key,` : '';
  return new QuorateError(
    'read_quorum_not_met',
    `${needed} nodes${pr} must answer for this key's ${replicas.length} replicas; ${reached.length} had when it was clear that too few would in time`,
    { reached, needed },
  );
}
