/**
 * The entrance for requests: plan the key, then carry the request out here when this node
 * keeps the key, or hand it once to a node that does, or that stands in for those who do.
 */

import { answerOf } from '../causality/answer.ts';
import { contextOfRead, contextOfWrite } from '../causality/context.ts';
import { encodeContext } from '../causality/context-codec.ts';
import { decodeObject, encodeObject } from '../causality/object-codec.ts';
import type { SiblingObject } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { Incoming } from '../ports/transport.ts';
import { type CoordinatorPorts, type Environment, makeEnvironment } from './environment.ts';
import { deadlineOfForwarded, forward } from './forward.ts';
import { type KeyPlan, planKey } from './key-plan.ts';
import { type KeyPage, type ListRequest, listPage } from './list-path.ts';
import { type ReadOutcome, readObject } from './read-path.ts';
import {
  COORDINATE_READ,
  COORDINATE_WRITE,
  type Forwarded,
  type QuorumReport,
  type ReadReply,
  type ReadRequest,
  type WriteReply,
  type WriteRequest,
} from './requests.ts';
import { writeObject } from './write-path.ts';

/** An answer to a read: what is shown of the key, with the clock of all that is known. */
export interface ReadResult extends ReadOutcome {
  /** For the reader's next write. */
  readonly context: string;
}

export interface WriteResult {
  /** For the writer's next write. */
  readonly context: string;
  /** What is shown of the resulting object, where it was asked for. */
  readonly object: SiblingObject | undefined;
  readonly quorum: QuorumReport;
}

export class Coordinator {
  readonly #env: Environment;

  constructor(ports: CoordinatorPorts) {
    this.#env = makeEnvironment(ports);
  }

  /** Answers nodes that hand requests over. */
  serve(): void {
    const { transport } = this.#env;
    transport.serve(COORDINATE_READ, async (forwarded, incoming) => {
      const deadline = this.#deadlineOf(incoming);
      const plan = await this.#planForwarded(forwarded, deadline);
      const { request } = forwarded;
      return encodedOf(await this.#readHere(plan, request, deadline));
    });
    transport.serve(COORDINATE_WRITE, async (forwarded, incoming) => {
      const deadline = this.#deadlineOf(incoming);
      const plan = await this.#planForwarded(forwarded, deadline);
      return this.#writeHere(plan, forwarded.request, deadline);
    });
  }

  /** What the merged versions of the key show. Throws `QuorateError`. */
  async read(request: ReadRequest, deadline: number): Promise<ReadResult> {
    const plan = planKey(this.#env.view, request.bucket, request.key);
    const { object, reap, quorum } = this.#keeps(plan)
      ? await this.#readHere(plan, request, deadline)
      : await this.#forwardRead(plan, request, deadline);
    const context = encodeContext(contextOfRead(object.clock, reap), plan.scope);
    return { object, reap, quorum, context };
  }

  /** A put or a delete. Throws `QuorateError`, whose `definite` says whether it may surface. */
  async write(request: WriteRequest, deadline: number): Promise<WriteResult> {
    const plan = planKey(this.#env.view, request.bucket, request.key);
    const reply = this.#keeps(plan)
      ? await this.#writeHereOrElsewhere(plan, request, deadline)
      : await this.#forwardWrite(plan, request, deadline);
    const { context, object, quorum } = reply;
    return { context, quorum, object: object === null ? undefined : decodeObject(object) };
  }

  /** One page of the keys of a bucket, rising bytewise. */
  list(request: ListRequest, deadline: number): Promise<KeyPage> {
    return listPage(this.#env, request, deadline);
  }

  async #readHere(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<ReadOutcome> {
    const { object, reap, quorum } = await readObject(this.#env, plan, request, deadline);
    return { object: this.#shown(plan, object), reap, quorum };
  }

  async #forwardRead(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<ReadOutcome> {
    const reply = await forward(this.#env, plan, {
      type: COORDINATE_READ,
      request,
      effect: 'read',
      sloppy: request.sloppy,
      here: async () => encodedOf(await this.#readHere(plan, request, deadline)),
      deadline,
    });
    return { ...reply, object: decodeObject(reply.object) };
  }

  #forwardWrite(plan: KeyPlan, request: WriteRequest, deadline: number): Promise<WriteReply> {
    return forward(this.#env, plan, {
      type: COORDINATE_WRITE,
      request,
      effect: 'write',
      sloppy: request.sloppy,
      here: () => this.#writeHere(plan, request, deadline),
      deadline,
    });
  }

  /** Where the record here is damaged, a replica whose record is whole must coordinate. */
  async #writeHereOrElsewhere(
    plan: KeyPlan,
    request: WriteRequest,
    deadline: number,
  ): Promise<WriteReply> {
    try {
      return await this.#writeHere(plan, request, deadline);
    } catch (error) {
      if (!(error instanceof QuorateError && error.code === 'corrupt_record')) throw error;
      return this.#forwardWrite(plan, request, deadline);
    }
  }

  async #writeHere(plan: KeyPlan, request: WriteRequest, deadline: number): Promise<WriteReply> {
    const outcome = await writeObject(this.#env, plan, request, deadline);
    const { seen, dot, object, reap, quorum } = outcome;
    const context = request.returnBody
      ? contextOfRead(object.clock, reap)
      : contextOfWrite(seen, dot, reap);
    return {
      context: encodeContext(context, plan.scope),
      object: request.returnBody ? encodeObject(this.#shown(plan, object)) : null,
      quorum,
    };
  }

  #shown({ bucket }: KeyPlan, object: SiblingObject): SiblingObject {
    return answerOf(object, bucket.conflict, this.#env.clock.wallTime());
  }

  #keeps(plan: KeyPlan): boolean {
    return plan.replicas.includes(this.#env.self);
  }

  async #planForwarded(
    { request, bucketNumber, epoch }: Forwarded<ReadRequest | WriteRequest>,
    deadline: number,
  ): Promise<KeyPlan> {
    const { view, self } = this.#env;
    const knows = () => view.formed && bucketNumber < view.nextBucketNumber;
    if (!knows()) await view.until(knows, deadline);
    if (!view.counted)
      throw new QuorateError('not_ready', `the start of ${self} is not registered`);
    const plan = planKey(view, request.bucket, request.key);
    if (plan.address.bucketNumber !== bucketNumber || plan.address.epoch !== epoch) {
      throw new QuorateError('stale_epoch', `${self} knows the bucket or the partition otherwise`);
    }
    if (this.#keeps(plan) || (request.sloppy && plan.fallbacks.includes(self))) return plan;
    throw new QuorateError('not_a_replica', `${self} does not keep this key`);
  }

  #deadlineOf(incoming: Incoming): number {
    return deadlineOfForwarded(incoming.deadline, this.#env.clock.now());
  }
}

function encodedOf(outcome: ReadOutcome): ReadReply {
  return { ...outcome, object: encodeObject(outcome.object) };
}
