/**
 * One read, from top to bottom, on a replica of the key or on a fallback in its place.
 *
 * Ask R replicas, nearest first, sending along the digest of what is here, so that a replica
 * with the same version answers "same". Ask another when one fails or is late, and, where
 * `sloppy` lets them, fallbacks when there is no other. Merge what came and bring those
 * replicas up to date that were found behind.
 *
 * Only answers count, and an answer is durable state: see ports/store.ts.
 */

import { decodeObject } from '../causality/object-codec.ts';
import { ABSENT, merge, type SiblingObject, sameVersion } from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { FETCH_HINTS, FETCH_OBJECT, fetchRequest } from '../replica/messages.ts';
import type { Environment } from './environment.ts';
import { gather } from './gather.ts';
import type { KeyPlan } from './key-plan.ts';
import { resolveLevel } from './levels.ts';
import { type KnownVersion, type LocalCopy, localCopy } from './local-copy.ts';
import { isOutdated, refuseOutdated } from './planning-again.ts';
import { primariesAmong, type Quorum, quorumOf } from './quorum.ts';
import { repairBehind } from './read-repair.ts';
import { abreastOf, isStaleReap } from './reading-again.ts';
import type { QuorumReport, ReadRequest } from './requests.ts';
import { fallbacksOf, standInAfterMs } from './stand-ins.ts';

export interface ReadOutcome {
  /** The merged object; without a clock where nothing is known of the key. */
  readonly object: SiblingObject;
  /** The highest reap number of the partition that anybody who answered knew: for contexts. */
  readonly reap: number;
  readonly quorum: QuorumReport;
}

/** What a node answered, and under which reap number it read that. */
type Answer = Pick<KnownVersion, 'object' | 'reap'>;

/** A blocking repair that was refused as read too early is begun anew so often. */
const READ_AGAIN_MAX = 2;

export type ReadLevels = Pick<ReadRequest, 'r' | 'pr' | 'readRepair' | 'sloppy'>;

/**
 * Throws `read_quorum_not_met`, `repair_quorum_not_met`, or `stale_epoch` where the ring changed
 * under the plan; a read never leaves a doubt.
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
  const own = new OwnAnswer(localCopy(env, plan));
  if (quorum.needed === 1 && plan.replicas.includes(env.self) && own.ready) {
    if (plan.writeLists.length === 1 || levels.readRepair !== 'blocking') return alone(env, own);
  }
  const candidates = candidatesOf(env, plan, levels.sloppy);
  const lateMs = env.ranking.lateAfterMs(candidates[quorum.needed - 1] as NodeId);
  const standInMs = standInAfterMs(deadline, env.clock.now());
  const { enough, answers, failures } = await gather({
    candidates,
    quorum,
    ask: (node) => (node === env.self ? own.answer() : fetchFrom(env, plan, node, own, deadline)),
    hedgeAfterMs: (next) => (plan.replicas.includes(next) ? lateMs : standInMs),
    onHedge: () => env.hedges.add(),
    isFutile: (error) => isOutdated(plan, error),
    onFailure: env.onFailure,
    deadline,
    clock: env.clock,
  });
  const reached = answers.map(({ node }) => node);
  if (!enough) {
    const outdated = failures.find(({ error }) => isOutdated(plan, error));
    throw outdated?.error ?? readQuorumNotMet(plan, quorum, reached);
  }

  const object = answers.map(({ answer }) => answer.object).reduce(merge);
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
  return { object, reap: Math.max(...reaps), quorum: report };
}

/** The nearest replica is this one: where a single answer is enough, nobody else is asked. */
function alone({ self }: Environment, { object = ABSENT, reap }: OwnAnswer): ReadOutcome {
  return { object, reap, quorum: { coordinator: self, reached: [self], standIns: {}, needed: 1 } };
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
  const isReachable = (node: NodeId) => liveness.reachable(node);
  const others = plan.replicas.filter((node) => node !== self);
  const ordered = ranking.order(others, isReachable);
  const primaries = plan.replicas.includes(self) ? [self, ...ordered] : ordered;
  if (!sloppy) return primaries;
  const gone = primaries.filter((node) => !isReachable(node));
  return [...primaries.filter(isReachable), ...fallbacksOf(env, plan), ...gone];
}

/** Fallbacks that answered stand in for the replicas that did not, in the order of the ring. */
function standInsOf(
  { replicas }: KeyPlan,
  reached: readonly NodeId[],
): Readonly<Record<NodeId, NodeId>> {
  const silent = replicas.filter((node) => !reached.includes(node));
  const fallbacks = reached.filter((node) => !replicas.includes(node));
  return Object.fromEntries(fallbacks.map((node, i) => [node, silent[i] as NodeId]));
}

/** What this node itself knows of the key, read once; a damaged record is no answer. */
class OwnAnswer {
  readonly #copy: LocalCopy;
  readonly object: SiblingObject | undefined;
  /** Of a version that is here. */
  readonly digest: bigint | undefined;
  readonly reap: number = 0;
  readonly #damage: unknown;

  constructor(copy: LocalCopy) {
    this.#copy = copy;
    try {
      ({ object: this.object, digest: this.digest, reap: this.reap } = copy.read());
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      this.#damage = error;
    }
  }

  /** Known, and on disk already. */
  get ready(): boolean {
    return this.object !== undefined && this.#copy.durable() === undefined;
  }

  answer(): Answer | Promise<Answer> {
    const { object, reap } = this;
    if (object === undefined) throw this.#damage;
    const durable = this.#copy.durable();
    return durable === undefined ? { object, reap } : durable.then(() => ({ object, reap }));
  }
}

async function fetchFrom(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  own: OwnAnswer,
  deadline: number,
): Promise<Answer> {
  const type = plan.replicas.includes(node) ? FETCH_OBJECT : FETCH_HINTS;
  const request = fetchRequest(plan.address, own.digest ?? null);
  const askedAt = env.ranking.asked(node);
  try {
    const [reap, , version] = await env.transport.call(node, type, request, { deadline });
    env.ranking.answered(node, askedAt);
    if (version === 'absent') return { object: ABSENT, reap };
    if (version === 'same') return { object: own.object ?? ABSENT, reap };
    return { object: decodeReply(node, version), reap };
  } catch (error) {
    env.ranking.failed(node, askedAt);
    throw error;
  }
}

/** A reply whose checksum fails is no answer. */
function decodeReply(node: NodeId, reply: Uint8Array): SiblingObject {
  try {
    return decodeObject(reply);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('corrupt_record', `an object from ${node} ${error.message}`);
  }
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
