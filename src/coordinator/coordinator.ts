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
import type { NodeId } from '../kernel/names.ts';
import type { SalvagedObject, SalvageOutcome } from '../kernel/salvage-batch.ts';
import { Trace, withTrace } from '../kernel/trace.ts';
import type { Incoming } from '../ports/transport.ts';
import {
  deadlineOfForwarded,
  type Forwarded,
  forward,
  notForThisNode,
  planHandedOver,
  type RunHandedOver,
} from '../routing/forward.ts';
import type { KeyPage } from '../routing/key-listing.ts';
import { type KeyPlan, planKey } from '../routing/key-plan.ts';
import { planAfter } from '../routing/planning-again.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import type { RecentTimes } from '../routing/round-trips.ts';
import { type CoordinatorPorts, type Environment, makeEnvironment } from './environment.ts';
import { type ListRequest, listObjects } from './list-path.ts';
import { type ReadOutcome, readObject } from './read-path.ts';
import {
  COORDINATE_READ,
  COORDINATE_WRITE,
  type ReadReply,
  type ReadRequest,
  type WriteReply,
  type WriteRequest,
} from './requests.ts';
import { type SalvageMode, salvageObject } from './salvage.ts';
import type { SessionAnswer } from './session-answers.ts';
import { Session } from './sessions.ts';
import { standingIn } from './stand-ins.ts';
import { writeObject } from './write-path.ts';

/** An answer to a read: what is shown of the key, with the clock of all that is known. */
export interface ReadResult extends Pick<ReadOutcome, 'object' | 'reap' | 'quorum'> {
  /** For the reader's next write. */
  readonly context: string;
  /** Where the request was one of a session. */
  readonly session: SessionAnswer | undefined;
}

export interface WriteResult {
  /** For the writer's next write. */
  readonly context: string;
  /** What is shown of the resulting object, where it was asked for. */
  readonly object: SiblingObject | undefined;
  readonly quorum: QuorumReport;
  /** Where the request was one of a session. */
  readonly session: SessionAnswer | undefined;
}

export interface RecentLatencies {
  /** Undefined: it has coordinated no write lately. */
  readonly own: RecentTimes | undefined;
  readonly peers: readonly (RecentTimes & {
    /** From when on an answer of this node counts as late, and another one is asked too. */
    readonly lateAfterMs: number;
  })[];
}

/** Few, since nobody waits for it and others wait for their requests. */
const SALVAGED_AT_ONCE = 16;

export class Coordinator {
  readonly #env: Environment;

  constructor(ports: CoordinatorPorts) {
    this.#env = makeEnvironment(ports);
  }

  /** Answers nodes that hand requests over; each runs within `run`, which may refuse it. */
  serve(run: RunHandedOver): void {
    const { transport } = this.#env;
    transport.serve(COORDINATE_READ, (forwarded, incoming) =>
      run(async () => {
        const deadline = this.#deadlineOf(incoming);
        const plan = await this.#planForwarded(forwarded, deadline);
        const outcome = await this.#readHere(plan, forwarded.request, deadline);
        return withTrace(encodedOf(outcome), plan.trace);
      }),
    );
    transport.serve(COORDINATE_WRITE, (forwarded, incoming) =>
      run(async () => {
        const deadline = this.#deadlineOf(incoming);
        const plan = await this.#planForwarded(forwarded, deadline);
        return withTrace(await this.#writeHere(plan, forwarded.request, deadline), plan.trace);
      }),
    );
  }

  /** What the merged versions of the key show. Throws `QuorateError`. */
  async read(asked: ReadRequest, deadline: number, trace?: Trace): Promise<ReadResult> {
    const { view } = this.#env;
    let plan = planKey(view, asked.bucket, asked.key, 'dynamo', trace);
    const session = asked.session && new Session(view, plan, asked.session);
    const request = session?.reading(asked) ?? asked;
    for (;;) {
      try {
        const outcome = this.#keeps(plan)
          ? await this.#readHere(plan, request, deadline)
          : await this.#forwardRead(plan, request, deadline);
        const { object, reap, quorum } = outcome;
        const context = encodeContext(contextOfRead(object.clock, reap), plan.scope);
        return { object, reap, quorum, context, session: session?.afterRead(outcome) };
      } catch (error) {
        plan = await planAfter(this.#env, plan, error, deadline);
      }
    }
  }

  /** A put or a delete. Throws `QuorateError`, whose `definite` says whether it may surface. */
  async write(asked: WriteRequest, deadline: number, trace?: Trace): Promise<WriteResult> {
    const { view } = this.#env;
    let plan = planKey(view, asked.bucket, asked.key, 'dynamo', trace);
    const session = asked.session && new Session(view, plan, asked.session);
    const request = session?.writing(asked) ?? asked;
    for (;;) {
      try {
        const reply = this.#keeps(plan)
          ? await this.#writeHereOrElsewhere(plan, request, deadline)
          : await this.#forwardWrite(plan, request, deadline);
        const { context, quorum } = reply;
        const object = reply.object === null ? undefined : decodeObject(reply.object);
        return { context, quorum, object, session: session?.afterWrite(request, reply, object) };
      } catch (error) {
        plan = await planAfter(this.#env, plan, error, deadline);
      }
    }
  }

  /** Offers the cluster what a dead node held, or a backup; what became of each, in their order. */
  async salvage(
    objects: readonly SalvagedObject[],
    mode: SalvageMode,
    deadline: number,
  ): Promise<readonly SalvageOutcome[]> {
    const outcomes: SalvageOutcome[] = new Array(objects.length);
    const all = objects.entries();
    const worker = async () => {
      for (const [at, object] of all) {
        outcomes[at] = await salvageObject(this.#env, object, mode, deadline);
      }
    };
    await Promise.all(Array.from({ length: SALVAGED_AT_ONCE }, worker));
    return outcomes;
  }

  /** One page of the keys of a bucket, rising bytewise. */
  list(request: ListRequest, deadline: number): Promise<KeyPage> {
    return listObjects(this.#env, request, deadline);
  }

  /** What reads and writes took lately that this node coordinated. */
  latencies(): RecentLatencies {
    const { self, ranking, roundTrips } = this.#env;
    const recent = roundTrips.recent();
    const peers = recent.filter(({ node }) => node !== self);
    return {
      own: recent.find(({ node }) => node === self),
      peers: peers.map((peer) => ({ ...peer, lateAfterMs: ranking.lateAfterMs(peer.node) })),
    };
  }

  async #readHere(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<ReadOutcome> {
    const outcome = await readObject(this.#env, plan, request, deadline);
    return { ...outcome, object: this.#shown(plan, outcome.object) };
  }

  async #forwardRead(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<ReadOutcome> {
    const reply = await forward(this.#env, plan, {
      type: COORDINATE_READ,
      request,
      effect: 'read',
      nodes: coordinatorsOf(this.#env, plan, request.sloppy),
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
      nodes: coordinatorsOf(this.#env, plan, request.sloppy),
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
      clock: request.demands && object.clock,
      quorum,
    };
  }

  #shown({ bucket }: KeyPlan, object: SiblingObject): SiblingObject {
    return answerOf(object, bucket.conflict, this.#env.clock.wallTime());
  }

  /** One that is being filled, or on its way out, hands requests over. */
  #keeps(plan: KeyPlan): boolean {
    return plan.replicas.includes(this.#env.self);
  }

  /** The sender's plan does not matter where this node keeps the key by a later one. */
  async #planForwarded(
    forwarded: Forwarded<ReadRequest | WriteRequest>,
    deadline: number,
  ): Promise<KeyPlan> {
    const { self, clock } = this.#env;
    const trace = Trace.handedOver(forwarded.trace, self, () => clock.now());
    const plan = await planHandedOver(this.#env, forwarded, 'dynamo', deadline, trace);
    if (this.#keeps(plan)) return plan;
    const isOfSameRing = plan.address.epoch === forwarded.epoch;
    const isFallback = isOfSameRing && plan.fallbacks.includes(self);
    if (forwarded.request.sloppy && isFallback) return plan;
    throw notForThisNode(self, plan, forwarded.epoch);
  }

  #deadlineOf(incoming: Incoming): number {
    return deadlineOfForwarded(incoming.deadline, this.#env.clock.now());
  }
}

function encodedOf(outcome: ReadOutcome): ReadReply {
  return { ...outcome, object: encodeObject(outcome.object) };
}

/**
 * Who could coordinate, in the order to try. Writers and readers have to find the same
 * fallbacks, so these are tried in the order of the preference list, this node among them.
 */
function coordinatorsOf(env: Environment, plan: KeyPlan, sloppy: boolean): readonly NodeId[] {
  const isResponsive = (node: NodeId) => env.liveness.responsive(node);
  const others = plan.replicas.filter((node) => node !== env.self);
  const replicas = env.ranking.order(others, isResponsive);
  if (!sloppy) return replicas;
  return [
    ...replicas.filter(isResponsive),
    ...standingIn(env, plan),
    ...replicas.filter((node) => !isResponsive(node)),
  ];
}
