/**
 * What one node answers when a read asks it for a key: this node, another replica, or a
 * fallback. An answer is durable state; a damaged record is none.
 */

import { decodeObject } from '../causality/object-codec.ts';
import { ABSENT, type SiblingObject } from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { spanned, type Trace } from '../kernel/trace.ts';
import { FETCH_HINTS, FETCH_OBJECT, fetchRequest } from '../replica/messages.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';
import { type LocalCopy, localCopy } from './local-copy.ts';

/** Of one node, and the partition's reap numbers there in the turn of the read: see reap-numbers.ts. */
export interface VersionAnswer {
  readonly object: SiblingObject;
  readonly reap: number;
  readonly completed: number;
}

/** What this node itself knows of the key, read once; a damaged record is no answer. */
export class OwnAnswer {
  readonly #copy: LocalCopy;
  readonly #trace: Trace | undefined;
  readonly object: SiblingObject | undefined;
  /** Of a version that is here. */
  readonly digest: bigint | undefined;
  readonly reap: number = 0;
  readonly #completed: number;
  readonly #damage: unknown;

  constructor(env: Environment, plan: KeyPlan) {
    this.#copy = localCopy(env, plan);
    this.#trace = plan.trace;
    this.#completed = env.reaps.completed(plan.address.partition);
    try {
      ({ object: this.object, digest: this.digest, reap: this.reap } = this.#copy.read());
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      this.#damage = error;
    }
  }

  /** Known, and on disk already. */
  get ready(): boolean {
    return this.object !== undefined && this.#copy.durable() === undefined;
  }

  answer(): VersionAnswer | Promise<VersionAnswer> {
    const { object, reap } = this;
    const span = this.#trace?.begin('read');
    if (object === undefined) {
      span?.fail(this.#damage);
      throw this.#damage;
    }
    const answer = { object, reap, completed: this.#completed };
    const durable = this.#copy.durable();
    if (durable !== undefined) return spanned(span, durable).then(() => answer);
    span?.end();
    return answer;
  }
}

export async function fetchFrom(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  own: OwnAnswer,
  deadline: number,
  isHedge = false,
): Promise<VersionAnswer> {
  const isReplica = plan.written.includes(node);
  const type = isReplica ? FETCH_OBJECT : FETCH_HINTS;
  const request = fetchRequest(plan.address, own.digest ?? null);
  const askedAt = env.ranking.asked(node);
  const span = plan.trace?.begin(isReplica ? 'read' : 'read_hints', node, node, isHedge);
  try {
    const [reap, completed, version] = await env.transport.call(node, type, request, { deadline });
    env.ranking.answered(node, askedAt);
    env.roundTrips.read(node, askedAt);
    span?.end(typeof version === 'string' ? version : 'ok');
    if (version === 'absent') return { object: ABSENT, reap, completed };
    if (version === 'same') return { object: own.object ?? ABSENT, reap, completed };
    return { object: decodeReply(node, version), reap, completed };
  } catch (error) {
    env.ranking.failed(node, askedAt);
    span?.fail(error);
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
