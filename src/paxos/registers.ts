/**
 * The entrance for requests to paxos buckets.
 *
 * Any node takes any request. A read is coordinated by a replica and ends with one round trip
 * where replicas agree. A change, and a read that finds something unfinished, goes to the node
 * that proposes for the key: the first reachable one of its list, so that proposers seldom meet.
 * Safety does not rest on there being one.
 */

import { isExpected, QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { Trace, type Traced, withTrace } from '../kernel/trace.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { CallType, Incoming, Transport } from '../ports/transport.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import {
  deadlineOfForwarded,
  type Effect,
  type Forwarded,
  forward,
  notForThisNode,
  planHandedOver,
  type RunHandedOver,
} from '../routing/forward.ts';
import { type KeyPlan, planKey } from '../routing/key-plan.ts';
import { LatencyRanking } from '../routing/latency-ranking.ts';
import { planAfter } from '../routing/planning-again.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import { Acceptor } from './acceptor-server.ts';
import { Acceptors } from './acceptors.ts';
import { sameBallot } from './ballot.ts';
import { Ballots, type ProposerName } from './ballots.ts';
import type { Answer } from './evaluate.ts';
import {
  type ChangeRequest,
  type ChangeResult,
  COORDINATE_REGISTER_READ,
  PROPOSE_CHANGE,
  type ReadRequest,
  type RegisterRead,
  SETTLE_REGISTER,
} from './messages.ts';
import { Proposer } from './proposer.ts';
import type { Register } from './register.ts';
import { answersNeeded } from './register-plan.ts';
import { mintRequestId } from './request-id.ts';

export interface RegistersPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly proposer: ProposerName;
  /** Is told of records that fail their checksum. */
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
  /** The program is wrong, and the node must not go on. */
  readonly onFatal: (error: unknown) => void;
}

export class Registers {
  readonly #ports: RegistersPorts;
  readonly #acceptor: Acceptor;
  readonly #proposer: Proposer;
  readonly #ranking: LatencyRanking;
  readonly #forwards: Counter;

  constructor(ports: RegistersPorts) {
    const { clock, metrics, logger, onFatal } = ports;
    this.#ports = ports;
    this.#acceptor = new Acceptor(ports);
    this.#ranking = new LatencyRanking(clock);
    const acceptor = this.#acceptor;
    const ranking = this.#ranking;
    this.#proposer = new Proposer({
      ...ports,
      ranking,
      acceptors: new Acceptors({ ...ports, acceptor, ranking }),
      ballots: new Ballots(ports.proposer),
      onFailure: (node, error, trace) => {
        if (!isExpected(error)) onFatal(error);
        else logger.debug('no answer', { peer: node, requestId: trace?.id, error });
      },
    });
    this.#forwards = metrics.counter({
      name: 'register_forwards_total',
      help: 'Requests for keys of paxos buckets that were handed to another node',
    });
  }

  /** Answers the other nodes; what they hand over runs within `run`, which may refuse it. */
  serve(run: RunHandedOver): void {
    const { transport } = this.#ports;
    this.#acceptor.serve(transport);
    const serve = <Request extends ReadRequest, Reply extends Traced>(
      type: CallType<Forwarded<Request>, Reply>,
      here: (plan: KeyPlan, request: Request, deadline: number) => Promise<Reply>,
    ) =>
      transport.serve(type, (forwarded, incoming) =>
        run(async () => {
          const deadline = this.#deadlineOf(incoming);
          const plan = await this.#planHandedOver(forwarded, deadline);
          return withTrace(await here(plan, forwarded.request, deadline), plan.trace);
        }),
      );
    serve(COORDINATE_REGISTER_READ, (plan, request, deadline) =>
      this.#readHere(plan, request, deadline),
    );
    serve(SETTLE_REGISTER, (plan, _, deadline) => this.#settleHere(plan, deadline));
    serve(PROPOSE_CHANGE, (plan, request, deadline) => this.#changeHere(plan, request, deadline));
  }

  /** From here on the store is neither read nor written for others. */
  close(): void {
    this.#acceptor.close();
  }

  /** What the key holds. Throws `paxos_unavailable`, `out_of_time`, and what planning a key throws. */
  read(request: ReadRequest, deadline: number, trace?: Trace): Promise<RegisterRead> {
    return this.#planned(request, deadline, trace, (plan) => {
      if (this.#keeps(plan)) return this.#readHere(plan, request, deadline);
      const { liveness } = this.#ports;
      const nodes = this.#ranking.order(plan.replicas, (node) => liveness.responsive(node));
      const here = () => this.#readHere(plan, request, deadline);
      return this.#forward(plan, COORDINATE_REGISTER_READ, request, 'read', nodes, here, deadline);
    });
  }

  /**
   * Carries a change out. Throws `paxos_unavailable`, `out_of_time` or `overloaded` where it
   * certainly was not and never will be, `outcome_unknown` where that is not known, and what planning a key throws.
   */
  change(request: ChangeRequest, deadline: number, trace?: Trace): Promise<ChangeResult> {
    return this.#planned(request, deadline, trace, (plan) => {
      const effect = request.id === undefined ? 'write' : 'repeatable';
      const nodes = this.#proposersOf(plan);
      const here = () => this.#changeHere(plan, request, deadline);
      return this.#forward(plan, PROPOSE_CHANGE, request, effect, nodes, here, deadline);
    });
  }

  /** Writes what the key holds once more, to all that keep it. Throws as `read` does. */
  rewrite(request: ReadRequest, deadline: number): Promise<void> {
    return this.#planned(request, deadline, undefined, (plan) =>
      this.#proposer.rewrite(plan, this.#mintId(), deadline),
    );
  }

  async #readHere(plan: KeyPlan, request: ReadRequest, deadline: number): Promise<RegisterRead> {
    const found = await this.#proposer.read(plan, deadline);
    if (this.#proposer.isSettled(found)) return this.#shown(plan, found.register, found.reached);
    const nodes = this.#proposersOf(plan);
    const here = () => this.#settleHere(plan, deadline);
    return this.#forward(plan, SETTLE_REGISTER, request, 'read', nodes, here, deadline);
  }

  async #settleHere(plan: KeyPlan, deadline: number): Promise<RegisterRead> {
    const id = this.#mintId();
    const { register, reached } = await this.#proposer.settle(plan, id, deadline);
    return this.#shown(plan, register, reached);
  }

  async #changeHere(
    plan: KeyPlan,
    { change, id, showsPresent }: ChangeRequest,
    deadline: number,
  ): Promise<ChangeResult> {
    const given = id !== undefined;
    const requested = { change, id: id ?? this.#mintId(), given };
    const { answer, register, reached } = await this.#proposer.change(plan, requested, deadline);
    const { outcome, version, result } = answer;
    const shown = result === undefined ? undefined : shownBy(answer, register);
    const isPresent = outcome !== 'applied' && sameBallot(version, register.version);
    const present = showsPresent && isPresent ? register.content : undefined;
    return { outcome, version, result, shown, present, quorum: this.#report(plan, reached) };
  }

  #shown(plan: KeyPlan, register: Register, reached: readonly NodeId[]): RegisterRead {
    const { version, content } = register;
    return { version, content, quorum: this.#report(plan, reached) };
  }

  #report(plan: KeyPlan, reached: readonly NodeId[]): QuorumReport {
    const needed = answersNeeded(plan);
    return { coordinator: this.#ports.self, reached, standIns: {}, needed };
  }

  /** Names a request that has no name of its own: it runs at this node only, and once. */
  #mintId(): Uint8Array {
    return mintRequestId(this.#ports.clock, this.#ports.random);
  }

  /** Plans the key, and again where the ring turns out to have changed. */
  async #planned<Result>(
    { bucket, key }: ReadRequest,
    deadline: number,
    trace: Trace | undefined,
    work: (plan: KeyPlan) => Promise<Result>,
  ): Promise<Result> {
    let plan = planKey(this.#ports.view, bucket, key, 'paxos', trace);
    for (;;) {
      try {
        return await work(plan);
      } catch (error) {
        plan = await planAfter(this.#ports, plan, error, deadline);
      }
    }
  }

  async #forward<Request, Reply extends Traced>(
    plan: KeyPlan,
    type: CallType<Forwarded<Request>, Reply>,
    request: Request,
    effect: Effect,
    nodes: readonly NodeId[],
    here: () => Promise<Reply>,
    deadline: number,
  ): Promise<Reply> {
    const ports = { ...this.#ports, forwards: this.#forwards };
    try {
      return await forward(ports, plan, { type, request, effect, nodes, here, deadline });
    } catch (error) {
      throw ofPaxos(error);
    }
  }

  /** Who proposes for the key, and who does where that one certainly did not. */
  #proposersOf({ replicas }: KeyPlan): readonly NodeId[] {
    const { liveness, view, self } = this.#ports;
    const able = replicas.filter((node) => node !== self || view.counted);
    const isResponsive = (node: NodeId) => liveness.responsive(node);
    return [...able.filter(isResponsive), ...able.filter((node) => !isResponsive(node))];
  }

  #keeps({ replicas }: KeyPlan): boolean {
    return this.#ports.view.counted && replicas.includes(this.#ports.self);
  }

  async #planHandedOver(forwarded: Forwarded<ReadRequest>, deadline: number): Promise<KeyPlan> {
    const { self, clock } = this.#ports;
    const trace = Trace.handedOver(forwarded.trace, self, () => clock.now());
    const plan = await planHandedOver(this.#ports, forwarded, 'paxos', deadline, trace);
    if (this.#keeps(plan)) return plan;
    throw notForThisNode(self, plan, forwarded.epoch);
  }

  #deadlineOf(incoming: Incoming): number {
    return deadlineOfForwarded(incoming.deadline, this.#ports.clock.now());
  }
}

/** Something else may have been written since the change came first. */
function shownBy({ version }: Answer, { version: present, content }: Register) {
  if (!sameBallot(version, present)) return 'overwritten';
  return { carried: content?.carried };
}

/** What handing on ended in, in the terms of a register. */
function ofPaxos(error: unknown): unknown {
  if (!(error instanceof QuorateError)) return error;
  if (error.code === 'coordinator_lost') {
    return new QuorateError('outcome_unknown', error.message, error.facts);
  }
  if (error.code !== 'coordinator_unreachable') return error;
  return new QuorateError('paxos_unavailable', error.message, error.facts);
}
