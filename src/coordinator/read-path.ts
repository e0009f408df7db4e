/**
 * One read, from top to bottom, on a replica of the key.
 *
 * Ask R replicas, nearest first, sending along the digest of what is here, so that a replica
 * with the same version answers "same". Ask another when one fails or is late. Merge what
 * came and bring those up to date that were found behind.
 *
 * Only answers count, and an answer is durable state: see ports/store.ts.
 */

import { decodeObject } from '../causality/object-codec.ts';
import {
  ABSENT,
  merge,
  type SiblingObject,
  sameVersion,
  versionDigest,
} from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { FETCH_OBJECT, fetchRequest } from '../replica/messages.ts';
import type { Environment } from './environment.ts';
import { gather } from './gather.ts';
import type { KeyPlan } from './key-plan.ts';
import { resolveLevel } from './levels.ts';
import { repairBehind } from './read-repair.ts';
import type { QuorumReport, ReadRequest } from './requests.ts';

export interface ReadOutcome {
  /** The merged object; without a clock where nothing is known of the key. */
  readonly object: SiblingObject;
  readonly quorum: QuorumReport;
}

export type ReadLevels = Pick<ReadRequest, 'r' | 'pr' | 'readRepair'>;

/** Throws `read_quorum_not_met` or `repair_quorum_not_met`; a read never leaves a doubt. */
export async function readObject(
  env: Environment,
  plan: KeyPlan,
  levels: ReadLevels,
  deadline: number,
): Promise<ReadOutcome> {
  const needed = answersNeeded(plan, levels);
  const own = new OwnAnswer(env, plan);
  if (needed === 1 && own.ready) return alone(env, own.object);
  const others = plan.replicas.filter((node) => node !== env.self);
  const candidates = [
    env.self,
    ...env.ranking.order(others, (node) => env.transport.reachable(node)),
  ];
  const { enough, answers } = await gather({
    candidates,
    needed,
    atOnce: needed,
    ask: (node) => (node === env.self ? own.answer() : fetchFrom(env, plan, node, own, deadline)),
    hedgeAfterMs: env.ranking.lateAfterMs(candidates[needed - 1] as NodeId),
    onHedge: () => env.hedges.add(),
    onFailure: env.onFailure,
    deadline,
    clock: env.clock,
  });
  const reached = answers.map(({ node }) => node);
  if (!enough) throw readQuorumNotMet(plan, needed, reached);

  const object = answers.map(({ answer }) => answer).reduce(merge);
  const behind = answers.filter(({ answer }) => !sameVersion(answer, object));
  if (behind.length > 0) {
    const behindNodes = behind.map(({ node }) => node);
    await repairBehind(env, plan, object, {
      mode: levels.readRepair,
      behind: behindNodes,
      upToDate: reached.filter((node) => !behindNodes.includes(node)),
      needed,
      deadline,
    });
  }
  return { object, quorum: { coordinator: env.self, reached, needed } };
}

/** The nearest replica is this one: where a single answer is enough, nobody else is asked. */
function alone(env: Environment, object: SiblingObject = ABSENT): ReadOutcome {
  return { object, quorum: { coordinator: env.self, reached: [env.self], needed: 1 } };
}

function answersNeeded(plan: KeyPlan, levels: ReadLevels): number {
  const { replicas, bucket } = plan;
  const r = resolveLevel('r', levels.r ?? bucket.r, replicas.length);
  const pr = resolveLevel('pr', levels.pr, replicas.length);
  return Math.max(r, pr);
}

/** What this node itself knows of the key, read once; a damaged record is no answer. */
class OwnAnswer {
  readonly #env: Environment;
  readonly #plan: KeyPlan;
  readonly object: SiblingObject | undefined;
  readonly #damage: unknown;

  constructor(env: Environment, plan: KeyPlan) {
    this.#env = env;
    this.#plan = plan;
    try {
      this.object = env.replica.read(plan.address)?.object ?? ABSENT;
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      this.#damage = error;
    }
  }

  /** Known, and on disk already. */
  get ready(): boolean {
    return this.object !== undefined && this.#durable() === undefined;
  }

  get digest(): bigint | undefined {
    return this.object && this.object !== ABSENT ? versionDigest(this.object) : undefined;
  }

  answer(): SiblingObject | Promise<SiblingObject> {
    const { object } = this;
    if (object === undefined) throw this.#damage;
    const durable = this.#durable();
    return durable === undefined ? object : durable.then(() => object);
  }

  #durable(): Promise<void> | undefined {
    return this.#env.replica.durable(this.#plan.address);
  }
}

async function fetchFrom(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  own: OwnAnswer,
  deadline: number,
): Promise<SiblingObject> {
  const request = fetchRequest(plan.address, own.digest ?? null);
  const askedAt = env.ranking.asked(node);
  try {
    const reply = await env.transport.call(node, FETCH_OBJECT, request, { deadline });
    env.ranking.answered(node, askedAt);
    if (reply === 'absent') return ABSENT;
    if (reply === 'same') return own.object ?? ABSENT;
    return decodeReply(node, reply);
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

function readQuorumNotMet(plan: KeyPlan, needed: number, reached: readonly NodeId[]): QuorateError {
  return new QuorateError(
    'read_quorum_not_met',
    `${needed} of this key's ${plan.replicas.length} replicas must answer; ${reached.length} had when it was clear that too few would in time`,
    { reached, needed },
  );
}
