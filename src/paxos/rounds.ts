/**
 * The three things that acceptors are asked, each of as many at once as could be enough: to
 * promise, to accept, and what they have accepted.
 *
 * Each throws `BallotRefused` where a higher ballot was in the way, `stale_epoch` where the plan
 * is older than the ring, and `paxos_unavailable` where too few answered for another reason. An
 * accept that failed may have reached some acceptors all the same.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { type OpenSpan, type SpanKind, spanned, type Trace } from '../kernel/trace.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import { type Failed, gather } from '../routing/gather.ts';
import type { LatencyRanking } from '../routing/latency-ranking.ts';
import { isOutdated } from '../routing/planning-again.ts';
import type { AcceptorRecord } from './acceptor-record.ts';
import type { Acceptors } from './acceptors.ts';
import { type Ballot, ballotOfList, highestBallot, isZero, sameBallot } from './ballot.ts';
import type { Ballots } from './ballots.ts';
import {
  type AcceptedList,
  acceptRequest,
  prepareRequest,
  readRegisterRequest,
} from './messages.ts';
import { NEVER_WRITTEN, type Register } from './register.ts';
import { decodeRegister, encodeRegister } from './register-codec.ts';
import {
  answersNeeded,
  isAcceptQuorum,
  isPrepareQuorum,
  isProvenChosen,
  type RegisterPlan,
  type Vote,
} from './register-plan.ts';

export interface RoundPorts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly liveness: Liveness;
  readonly ranking: LatencyRanking;
  readonly acceptors: Acceptors;
  readonly ballots: Ballots;
  /** A node did not do what it was asked; stops this one where that is the program's fault. */
  readonly onFailure: (node: NodeId, error: unknown, trace?: Trace) => void;
}

/** Somebody proposes the same key under a higher ballot. */
export class BallotRefused extends Error {
  override readonly name = 'BallotRefused';
  readonly promised: Ballot;

  constructor(promised: Ballot) {
    super('a higher ballot was promised');
    this.promised = promised;
  }
}

/** The register of the highest ballot that was accepted among those asked. */
export interface Found {
  readonly accepted: Ballot;
  readonly register: Register;
  /** It is known to be chosen, and nothing later was when the last of the answers was given. */
  readonly isProven: boolean;
  readonly reached: readonly NodeId[];
}

/** A prepare quorum accepts nothing below the ballot any more; what it had accepted before. */
export async function prepareRound(
  ports: RoundPorts,
  plan: RegisterPlan,
  ballot: Ballot,
  deadline: number,
): Promise<Found> {
  const known = ports.acceptors.known(plan.address);
  const request = prepareRequest(plan.address, ballot, known?.accepted);
  const answers = await ask(ports, plan, deadline, {
    kind: 'prepare',
    candidates: plan.replicas,
    isEnough: (nodes) => isPrepareQuorum(plan, nodes),
    isAll: true,
    ask: async (node) => {
      const reply = await ports.acceptors.prepare(node, request, deadline);
      if (reply.length === 1) throw new BallotRefused(ballotOfList(reply[0]));
      return acceptedOf(node, reply, known);
    },
  });
  return found(answers, plan);
}

export interface Accepted {
  readonly reached: readonly NodeId[];
  /** The next ballot may be used without a prepare. */
  readonly isNextGranted: boolean;
}

/** An accept quorum has accepted the register: it is chosen. */
export async function acceptRound(
  ports: RoundPorts,
  plan: RegisterPlan,
  ballot: Ballot,
  register: Register,
  next: Ballot,
  deadline: number,
): Promise<Accepted> {
  const request = acceptRequest(plan.address, ballot, encodeRegister(register), next);
  const answers = await ask(ports, plan, deadline, {
    kind: 'accept',
    candidates: plan.written,
    isEnough: (nodes) => isAcceptQuorum(plan, nodes),
    isAll: true,
    ask: async (node) => {
      const reply = await ports.acceptors.accept(node, request, deadline);
      if (typeof reply !== 'boolean') throw new BallotRefused(ballotOfList(reply));
      return { node, isNextPromised: reply };
    },
  });
  const promised = answers.filter(({ isNextPromised }) => isNextPromised);
  return { reached: nodesOf(answers), isNextGranted: isPrepareQuorum(plan, nodesOf(promised)) };
}

/** What has been accepted, without anything being promised or written. */
export async function readRound(
  ports: RoundPorts,
  plan: RegisterPlan,
  deadline: number,
): Promise<Found> {
  const known = ports.acceptors.known(plan.address);
  const request = readRegisterRequest(plan.address, known?.accepted);
  const answers = await ask(ports, plan, deadline, {
    kind: 'read_register',
    candidates: nearestFirst(ports, [...new Set([...plan.replicas, ...plan.written])]),
    isEnough: (nodes) => isPrepareQuorum(plan, nodes) && isAcceptQuorum(plan, nodes),
    isAll: false,
    ask: async (node) =>
      acceptedOf(node, await ports.acceptors.read(node, request, deadline), known),
  });
  return found(answers, plan);
}

interface Question<Answer> {
  readonly kind: SpanKind;
  readonly candidates: readonly NodeId[];
  readonly isEnough: (nodes: readonly NodeId[]) => boolean;
  /** Everybody is asked at once, as everybody is to know. */
  readonly isAll: boolean;
  readonly ask: (node: NodeId) => Promise<Answer>;
}

async function ask<Answer>(
  ports: RoundPorts,
  plan: RegisterPlan,
  deadline: number,
  { kind, candidates, isEnough, isAll, ask }: Question<Answer>,
): Promise<readonly Answer[]> {
  const { clock, ranking, ballots, onFailure } = ports;
  const { enough, answers, failures } = await gather({
    candidates,
    isEnough,
    atOnce: isAll ? candidates.length : 0,
    ask: (node, isHedge) => {
      const span = plan.trace?.begin(kind, node, node, isHedge);
      return span === undefined ? ask(node) : asked(span, ask(node));
    },
    hedgeAfterMs: (next) => ranking.lateAfterMs(next),
    isFutile: (error) => isOutdated(plan, error),
    onFailure: (node, error) => {
      if (error instanceof BallotRefused) ballots.met(error.promised);
      else onFailure(node, error, plan.trace);
    },
    deadline,
    clock,
  });
  if (enough) return answers.map(({ answer }) => answer);
  throw whyNot(plan, failures, answers.length);
}

async function asked<Answer>(span: OpenSpan, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await spanned(span, answer);
  } catch (error) {
    if (error instanceof BallotRefused) span.outcome = 'higher_ballot';
    throw error;
  }
}

function whyNot(plan: RegisterPlan, failures: readonly Failed[], answered: number): Error {
  const errors = failures.map(({ error }) => error);
  const outdated = errors.find((error) => isOutdated(plan, error));
  if (outdated !== undefined) return outdated;
  const refused = errors.find((error) => error instanceof BallotRefused);
  if (refused !== undefined) return refused;
  const asked = new Set([...plan.replicas, ...plan.written]).size;
  return new QuorateError(
    'paxos_unavailable',
    `${answered} of ${asked} replicas answered in time, and that is no majority`,
    { needed: answersNeeded(plan) },
  );
}

/** Of a change that nobody was sent, as too few that could accept it are known to be there. */
export function outOfReach(plan: RegisterPlan): QuorateError {
  return new QuorateError(
    'paxos_unavailable',
    'no majority of the replicas can be reached, so nothing was sent to any',
    { needed: answersNeeded(plan) },
  );
}

interface Answer extends Vote {
  /** In its binary form. */
  readonly register: Uint8Array;
}

/** Throws `corrupt_record` where a reply is none that could be given. */
function acceptedOf(
  node: NodeId,
  [accepted, copied, register]: AcceptedList,
  known: AcceptorRecord | undefined,
): Answer {
  const vote = { node, accepted: ballotOfList(accepted), copied };
  if (register !== 'same') return { ...vote, register };
  if (known !== undefined && sameBallot(known.accepted, vote.accepted)) {
    return { ...vote, register: known.register };
  }
  throw new QuorateError('corrupt_record', `${node} says "same" of another ballot`);
}

function found(answers: readonly Answer[], plan: RegisterPlan): Found {
  const accepted = highestBallot(...answers.map((answer) => answer.accepted));
  const reached = nodesOf(answers);
  if (isZero(accepted)) return { accepted, register: NEVER_WRITTEN, isProven: true, reached };
  const bytes = answers.find((answer) => sameBallot(answer.accepted, accepted))?.register;
  const isProven = isProvenChosen(accepted, answers, plan);
  return { accepted, register: opened(bytes as Uint8Array), isProven, reached };
}

/** A reply is guarded by the connection; what does not read as a register is no answer. */
function opened(bytes: Uint8Array): Register {
  try {
    return decodeRegister(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('corrupt_record', `a register ${error.message}`);
  }
}

function nodesOf(answers: readonly { readonly node: NodeId }[]): readonly NodeId[] {
  return answers.map(({ node }) => node);
}

/** This node, and then those that answer quickest. */
function nearestFirst(
  { self, liveness, ranking }: RoundPorts,
  nodes: readonly NodeId[],
): readonly NodeId[] {
  const others = nodes.filter((node) => node !== self);
  const ordered = ranking.order(others, (node) => liveness.responsive(node));
  return nodes.includes(self) ? [self, ...ordered] : ordered;
}
