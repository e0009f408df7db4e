/**
 * The entrance for requests: plan the key, then carry the request out here when this node
 * keeps the key, or hand it once to a node that does.
 */

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
  type ReadRequest,
  type WriteReply,
  type WriteRequest,
} from './requests.ts';
import { writeObject } from './write-path.ts';

/** An answer to a read: what is known of the key. */
export interface ReadResult extends ReadOutcome {
  /** For the reader's next write. */
  readonly context: string;
}

export interface WriteResult {
  /** For the writer's next write. */
  readonly context: string;
  /** The resulting object, where it was asked for. */
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
      const { object, quorum } = await readObject(this.#env, plan, request, deadline);
      return { object: encodeObject(object), quorum };
    });
    transport.serve(COORDINATE_WRITE, async (forwarded, incoming) => {
      const deadline = this.#deadlineOf(incoming);
      const plan = await this.#planForwarded(forwarded, deadline);
      return this.#writeHere(plan, forwarded.request, deadline);
    });
  }

  /** Merged versions of the key. Throws `QuorateError`. */
  async read(request: ReadRequest, deadline: number): Promise<ReadResult> {
    const plan = planKey(this.#env.view, request.bucket, request.key);
    const { object, quorum } = this.#keeps(plan)
      ? await readObject(this.#env, plan, request, deadline)
      : await this.#forwardRead(plan, request, deadline);
    return { object, quorum, context: encodeContext(contextOfRead(object.clock), plan.scope) };
  }

  /** A put or a delete. Throws `QuorateError`, whose `definite` says whether it may surface. */
  async write(request: WriteRequest, deadline: number): Promise<WriteResult> {
    const plan = planKey(this.#env.view, request.bucket, request.key);
    const reply = this.#keeps(plan)
      ? await this.#writeHereOrElsewhere(plan, request, deadline)
      : await forward(this.#env, plan, COORDINATE_WRITE, request, 'write', deadline);
    const { context, object, quorum } = reply;
    return { context, quorum, object: object === null ? undefined : decodeObject(object) };
  }

  /** One page of the keys of a bucket, rising bytewise. */
  list(request: ListRequest, deadline: number): Promise<KeyPage> {
    return listPage(this.#env, request, deadline);
  }

  async #forwardRead(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<ReadOutcome> {
    const reply = await forward(this.#env, plan, COORDINATE_READ, request, 'read', deadline);
    return { object: decodeObject(reply.object), quorum: reply.quorum };
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
      return forward(this.#env, plan, COORDINATE_WRITE, request, 'write', deadline);
    }
  }

  async #writeHere(plan: KeyPlan, request: WriteRequest, deadline: number): Promise<WriteReply> {
    const { sent, dot, object, quorum } = await writeObject(this.#env, plan, request, deadline);
    const context = request.returnBody ? contextOfRead(object.clock) : contextOfWrite(sent, dot);
    return {
      context: encodeContext(context, plan.scope),
      object: request.returnBody ? encodeObject(object) : null,
      quorum,
    };
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
    if (this.#keeps(plan)) return plan;
    throw new QuorateError('not_a_replica', `${this.#env.self} does not keep this key`);
  }

  #deadlineOf(incoming: Incoming): number {
    return deadlineOfForwarded(incoming.deadline, this.#env.clock.now());
  }
}
