/**
 * One change of one key, from its turn in the queue to its outcome (CASPaxos; protocols.md,
 * section 9).
 *
 * Where the last accept of this node brought the next ballot along, a change is one round of
 * accepts; else a prepare comes first, and what a prepare quorum has is built on. A round that
 * fails is begun again under a higher ballot, never under the same one with another value.
 *
 * From the first accept on that bears the change nobody can say that it failed: it may be found
 * on one acceptor and be completed. From then on it is looked for first (judgement.ts), and
 * where time runs out its outcome is unknown.
 *
 * Requests and rounds are counted together as they begin. What a round showed to be the latest
 * was that at a moment after its beginning; so a request that was here before the round began
 * may be told so without a message. Many wait for a hot key, and one round serves all of them.
 *
 * A request of which nothing was sent yet may leave its turn for a while: see turns.ts. The
 * ballot that it would have used goes back, for whoever comes next.
 */

import { mapKeyOf } from '../kernel/bytes.ts';
import { isExpected, QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import { registerKey } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { type KeyPlan, planAgain } from '../routing/key-plan.ts';
import { isOutdated, planAfter } from '../routing/planning-again.ts';
import { BackOff } from './back-off.ts';
import { type Ballot, sameBallot } from './ballot.ts';
import type { Requested } from './change.ts';
import { type Answer, evaluate, presentContent } from './evaluate.ts';
import { type Grant, Grants } from './grants.ts';
import { type Ground, judge } from './judgement.ts';
import { forgotten, inDoubt, outOfTime, usedBefore } from './proposal-errors.ts';
import type { Register } from './register.ts';
import {
  isAcceptQuorum,
  isPrepareQuorum,
  type RegisterPlan,
  registerPlan,
} from './register-plan.ts';
import {
  acceptRound,
  BallotRefused,
  type Found,
  outOfReach,
  prepareRound,
  type RoundPorts,
  readRound,
} from './rounds.ts';
import type { SharedRound } from './shared-rounds.ts';
import { type Leaving, type MayLeave, STAYING, Turns } from './turns.ts';

export interface ProposerPorts extends RoundPorts {
  readonly view: ClusterView;
  readonly random: Random;
  readonly metrics: Metrics;
}

export interface Proposed {
  readonly answer: Answer;
  /** As it is now. */
  readonly register: Register;
  /** Nodes whose replies were counted. */
  readonly reached: readonly NodeId[];
}

/** A round that takes so long has lost a message or met a pause: it is begun again. */
const ROUND_MS_MAX = 1_000;

/** Of the time left, so that there is some for another round. */
const ROUND_SHARE = 0.5;

/** What is proposed under a ballot that is not used up. */
type Base = Grant & Ground;

interface Progress {
  /** When the request began. */
  readonly since: number;
  readonly mayLeave: MayLeave;
  /** The first ballot under which the change was sent to be accepted. */
  sent: Ballot | undefined;
}

export class Proposer {
  readonly #ports: ProposerPorts;
  readonly #turns: Turns;
  readonly #grants: Grants;
  readonly #prepares: Counter;
  readonly #accepts: Counter;
  readonly #failedRounds: Counter;
  /** Of requests and rounds. */
  #begun = 0;

  constructor(ports: ProposerPorts) {
    const { metrics } = ports;
    this.#ports = ports;
    this.#turns = new Turns(ports);
    this.#grants = new Grants(metrics);
    this.#prepares = metrics.counter({
      name: 'register_prepares_total',
      help: 'Rounds of prepares for keys of paxos buckets',
    });
    this.#accepts = metrics.counter({
      name: 'register_accepts_total',
      help: 'Rounds of accepts for keys of paxos buckets',
    });
    this.#failedRounds = metrics.counter({
      name: 'register_rounds_failed_total',
      help: 'Rounds that met a higher ballot, or too few acceptors in time',
    });
  }

  /**
   * Carries the change out in its turn. Throws `overloaded`, `out_of_time`, `paxos_unavailable`,
   * `stale_epoch`, `no_such_bucket`, and `bad_parameter` of an id that is another change's, where
   * it certainly never runs, and `outcome_unknown` where that is not known.
   */
  async change(plan: KeyPlan, requested: Requested, deadline: number): Promise<Proposed> {
    const proposed = await this.#inTurn(plan, deadline, (since, mayLeave) =>
      this.#carryOut(plan, requested, { since, mayLeave, sent: undefined }, deadline),
    );
    if (proposed.answer.outcome === 'applied') {
      await this.#turns.giveWay(keyOf(plan), requested, deadline);
    }
    return proposed;
  }

  /** What the key holds, as far as that needs nothing to be written. */
  read(plan: KeyPlan, deadline: number): Promise<Found> {
    return readRound(this.#ports, this.#presentPlan(plan), deadline);
  }

  /** Nothing is left to be written before what was found may be told. */
  isSettled({ register, isProven }: Pick<Found, 'register' | 'isProven'>): boolean {
    return isProven && presentContent(register, this.#now()) === register.content;
  }

  /**
   * Completes in its turn what was begun for the key, and makes absent what has expired. `id`
   * names this request as that of a change would.
   */
  settle(
    plan: KeyPlan,
    id: Uint8Array,
    deadline: number,
  ): Promise<Pick<Proposed, 'register' | 'reached'>> {
    return this.#inTurn(plan, deadline, async (since, mayLeave) => {
      const { epoch } = this.#presentPlan(plan).address;
      const grant = this.#grants.get(keyOf(plan), epoch);
      const isRecent = grant !== undefined && grant.asOf > since;
      if (grant !== undefined && !isRecent && mayLeave.to_confirm) return 'to_confirm';
      const found = isRecent ? { ...grant, isProven: true } : await this.read(plan, deadline);
      if (this.isSettled(found)) return found;
      const requested: Requested = { change: { type: 'expire' }, id, given: false };
      const progress: Progress = { since, mayLeave: STAYING, sent: undefined };
      return this.#carryOut(plan, requested, progress, deadline);
    });
  }

  /**
   * Writes in its turn what the key holds once more, under a new ballot and to all that keep it;
   * what has expired is made absent. `id` as in `settle`.
   */
  rewrite(plan: KeyPlan, id: Uint8Array, deadline: number): Promise<void> {
    const since = this.#begin();
    return this.#turns.takeOne(keyOf(plan), deadline, async () => {
      const present = this.#presentPlan(plan);
      const requested: Requested = { change: { type: 'expire' }, id, given: false };
      try {
        const { register, ballot } = await this.#base(
          present,
          since,
          this.#roundDeadline(deadline),
        );
        const circumstances = { ballot, now: this.#now(), ttlMs: undefined };
        const { write = register } = evaluate(register, requested, circumstances);
        await this.#accept(present, ballot, write, this.#roundDeadline(deadline));
      } catch (error) {
        if (!(error instanceof BallotRefused)) throw error;
        const detail = 'somebody else proposed for the key meanwhile';
        throw new QuorateError('paxos_unavailable', detail);
      }
    });
  }

  #inTurn<Result extends object>(
    plan: KeyPlan,
    deadline: number,
    work: (since: number, mayLeave: MayLeave) => Promise<Result | Leaving>,
  ): Promise<Result> {
    const since = this.#begin();
    const confirm = () => this.#confirmation(plan, deadline);
    const turn = { key: keyOf(plan), since, deadline };
    const wait = plan.trace?.begin('wait_turn');
    return this.#turns.take(turn, confirm, (mayLeave) => {
      wait?.end();
      return work(since, mayLeave);
    });
  }

  /** Finds out whether what this node may build on is the latest; where it fails, nothing changes. */
  #confirmation(plan: KeyPlan, deadline: number): SharedRound {
    const asOf = this.#begin();
    const confirm = async () => {
      try {
        const found = await this.read(plan, this.#roundDeadline(deadline));
        if (found.isProven) this.#grants.confirm(keyOf(plan), { ...found, asOf });
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    };
    return { asOf, done: confirm() };
  }

  async #carryOut(
    first: KeyPlan,
    requested: Requested,
    progress: Progress,
    deadline: number,
  ): Promise<Proposed | Leaving> {
    const { clock, random } = this.#ports;
    const backOff = new BackOff(clock, random);
    let plan = this.#presentPlan(first);
    try {
      while (clock.now() < deadline) {
        try {
          const proposed = await this.#attempt(plan, requested, progress, deadline);
          if (proposed !== undefined) return proposed;
        } catch (error) {
          const mayGoOn = isOutdated(plan, error);
          plan = await this.#planAfter(plan, error, progress, deadline);
          if (!mayGoOn) await backOff.pause(deadline);
        }
      }
      throw outOfTime();
    } catch (error) {
      throw progress.sent === undefined || !isExpected(error) ? error : inDoubt(error);
    }
  }

  /** A round of accepts, and what has to come before it; undefined: another one is needed. */
  async #attempt(
    plan: RegisterPlan,
    requested: Requested,
    progress: Progress,
    deadline: number,
  ): Promise<Proposed | Leaving | undefined> {
    const key = keyOf(plan);
    const roundDeadline = this.#roundDeadline(deadline);
    const base = await this.#base(plan, progress.since, roundDeadline);
    const { register, reached } = base;
    const judgement = judge(base, requested, {
      ballot: base.ballot,
      now: this.#now(),
      ttlMs: plan.bucket.ttlMs,
      sent: progress.sent,
      idMark: plan.idMark,
    });
    if (base.isChosen && progress.sent === undefined) {
      const leaving = this.#turns.leaving(key, requested, judgement, progress.mayLeave);
      if (leaving !== undefined) {
        this.#grants.put(key, base);
        return leaving;
      }
    }
    switch (judgement.type) {
      case 'unknown':
        throw forgotten();
      case 'misnamed':
        throw usedBefore();
      case 'answer':
        this.#grants.put(key, base);
        return { answer: judgement.answer, register, reached };
      case 'confirm': {
        const asOf = this.#begin();
        const found = await readRound(this.#ports, plan, roundDeadline);
        if (!found.isProven || !sameBallot(found.accepted, base.accepted)) return undefined;
        this.#grants.put(key, { ...base, asOf, reached: found.reached });
        return { answer: judgement.answer, register, reached: found.reached };
      }
      case 'write': {
        // What the register tells of already was sent with an earlier request, and may be chosen.
        const isRecorded = judgement.isChange && judgement.register === register;
        const wasSent = progress.sent !== undefined || isRecorded;
        if (!wasSent && !this.#isWithinReach(plan)) {
          if (base.isChosen) this.#grants.put(key, base);
          throw outOfReach(plan);
        }
        if (judgement.isChange) progress.sent ??= base.ballot;
        const { answer, register: written } = judgement;
        const acceptDeadline = this.#roundDeadline(deadline);
        const reached = await this.#accept(plan, base.ballot, written, acceptDeadline);
        if (answer.outcome === 'applied') this.#turns.changed(key);
        return { answer, register: written, reached };
      }
    }
  }

  /** The register to build on, under a ballot that a prepare quorum has promised. */
  async #base(plan: RegisterPlan, since: number, deadline: number): Promise<Base> {
    const { epoch } = plan.address;
    const grant = this.#grants.take(keyOf(plan), epoch);
    if (grant !== undefined) return { ...grant, isChosen: true, isCurrent: grant.asOf > since };
    const asOf = this.#begin();
    const ballot = this.#ports.ballots.draw(epoch);
    this.#prepares.add();
    const found = await prepareRound(this.#ports, plan, ballot, deadline);
    return { ...found, ballot, asOf, isChosen: found.isProven, isCurrent: found.isProven };
  }

  /** Resolves with those whose acceptances were counted. */
  async #accept(
    plan: RegisterPlan,
    ballot: Ballot,
    register: Register,
    deadline: number,
  ): Promise<readonly NodeId[]> {
    const next = this.#ports.ballots.draw(ballot.epoch);
    const asOf = this.#begin();
    this.#accepts.add();
    const { isNextGranted, reached } = await acceptRound(
      this.#ports,
      plan,
      ballot,
      register,
      next,
      deadline,
    );
    if (isNextGranted) {
      this.#grants.put(keyOf(plan), { ballot: next, accepted: ballot, register, asOf, reached });
    }
    return reached;
  }

  /** The plan to go on with; throws where there is no sense in that. */
  async #planAfter(
    plan: RegisterPlan,
    error: unknown,
    { sent }: Progress,
    deadline: number,
  ): Promise<RegisterPlan> {
    if (isOutdated(plan, error)) {
      return this.#presentPlan(await planAfter(this.#ports, plan, error, deadline));
    }
    const isUnavailable = error instanceof QuorateError && error.code === 'paxos_unavailable';
    if (!(error instanceof BallotRefused || isUnavailable)) throw error;
    this.#failedRounds.add();
    if (isUnavailable && sent === undefined && !this.#isWithinReach(plan)) throw error;
    return this.#presentPlan(plan);
  }

  #begin(): number {
    this.#begun++;
    return this.#begun;
  }

  #isWithinReach(plan: RegisterPlan): boolean {
    const { liveness } = this.#ports;
    const nodes = [...plan.replicas, ...plan.written].filter((node) => liveness.mayAnswer(node));
    return isPrepareQuorum(plan, nodes) && isAcceptQuorum(plan, nodes);
  }

  #presentPlan(plan: KeyPlan): RegisterPlan {
    const { view } = this.#ports;
    return registerPlan(view, planAgain(view, plan));
  }

  #roundDeadline(deadline: number): number {
    const now = this.#ports.clock.now();
    return now + Math.min(ROUND_MS_MAX, Math.max(0, deadline - now) * ROUND_SHARE);
  }

  /** For what expires, ms since 1970. */
  #now(): number {
    return this.#ports.clock.wallTime();
  }
}

function keyOf({ address }: KeyPlan): string {
  return mapKeyOf(registerKey(address));
}
