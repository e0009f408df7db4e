/**
 * What a read in a session does where the first R answers are behind what the session has seen:
 * it asks all replicas and fallbacks, and each of them again, until what they know together
 * will do or the time is up. It never answers with less.
 *
 * The first answers met the levels of the request, so at least as many of the nodes that gave
 * them, or of their like, have to be among those that count in the end. Only the last answer
 * of a node counts: one that it gave before a round of reaping must not be mixed with others
 * that came after it for longer than need be.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Timer } from '../ports/clock.ts';
import type { Answered } from '../routing/gather.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { isOutdated } from '../routing/planning-again.ts';
import { isMetBy, isMetOrOutlivedBy, mergedOf, type OpenDemand } from './demands.ts';
import type { Environment } from './environment.ts';
import { fallbacksOf } from './stand-ins.ts';
import { fetchFrom, OwnAnswer, type VersionAnswer } from './version-answers.ts';

/** From an answer that did not help to the next time its node is asked; doubled each time. */
const AGAIN_MS_MIN = 5;
const AGAIN_MS_MAX = 320;

/** Between the first times that one fallback and the next are asked: the first few are the likely ones. */
const FALLBACK_STEP_MS = 5;

export interface MetDemands {
  readonly answers: readonly Answered<VersionAnswer>[];
  /** Some demand names what was reaped since. */
  readonly outlived: boolean;
}

/**
 * The first answers themselves where these will do. Throws `session_unavailable` at the
 * deadline, and `stale_epoch` where the ring changed under the plan.
 */
export async function meetDemands(
  env: Environment,
  plan: KeyPlan,
  demands: readonly OpenDemand[],
  first: readonly Answered<VersionAnswer>[],
  deadline: number,
): Promise<MetDemands> {
  if (demands.length === 0 || isMetBy(demands, mergedOf(first))) {
    return { answers: first, outlived: false };
  }
  env.escalations.add();
  const counted = first.map(({ node }) => node);
  const answers = await new Promise<readonly Answered<VersionAnswer>[]>((resolve, reject) =>
    new Escalation({ env, plan, demands, counted, deadline, resolve, reject }).begin(),
  );
  return { answers, outlived: !isMetBy(demands, mergedOf(answers)) };
}

interface Escalating {
  readonly env: Environment;
  readonly plan: KeyPlan;
  readonly demands: readonly OpenDemand[];
  /** Whose answers met the levels of the request. */
  readonly counted: readonly NodeId[];
  readonly deadline: number;
  readonly resolve: (answers: readonly Answered<VersionAnswer>[]) => void;
  readonly reject: (error: unknown) => void;
}

class Escalation {
  readonly #escalating: Escalating;
  readonly #last = new Map<NodeId, VersionAnswer>();
  readonly #timers = new Map<NodeId | 'deadline', Timer>();
  #over = false;

  constructor(escalating: Escalating) {
    this.#escalating = escalating;
  }

  begin(): void {
    const { env, plan, deadline } = this.#escalating;
    this.#after('deadline', deadline - env.clock.now(), () => this.#giveUp());
    for (const node of plan.written) this.#ask(node, AGAIN_MS_MIN);
    for (const [at, node] of fallbacksOf(env, plan).entries()) {
      this.#after(node, at * FALLBACK_STEP_MS, () => this.#ask(node, AGAIN_MS_MIN));
    }
  }

  /** Now, and again `againMs` after an answer that does not help. */
  async #ask(node: NodeId, againMs: number): Promise<void> {
    const { env, plan, deadline } = this.#escalating;
    try {
      const own = new OwnAnswer(env, plan);
      const answer =
        node === env.self ? await own.answer() : await fetchFrom(env, plan, node, own, deadline);
      if (this.#over) return;
      this.#last.set(node, answer);
      this.#judge();
    } catch (error) {
      env.onFailure(node, error, plan.trace);
      if (isOutdated(plan, error)) this.#end(() => this.#escalating.reject(error));
    }
    const nextMs = Math.min(againMs * 2, AGAIN_MS_MAX);
    this.#after(node, againMs, () => this.#ask(node, nextMs));
  }

  #judge(): void {
    const { plan, demands, resolve } = this.#escalating;
    const answers = [...this.#last].map(([node, answer]) => ({ node, answer }));
    if (!this.#meetsLevels || !isMetOrOutlivedBy(demands, plan, answers)) return;
    this.#end(() => resolve(answers));
  }

  /** As many replicas as among the first answers, and as many nodes that count beside them. */
  get #meetsLevels(): boolean {
    const { plan, counted } = this.#escalating;
    const { replicas } = plan;
    const isReplica = (node: NodeId) => replicas.includes(node);
    const counts = [...this.#last.keys()].filter(
      (node) => isReplica(node) || counted.includes(node),
    );
    return (
      counts.length >= counted.length &&
      counts.filter(isReplica).length >= counted.filter(isReplica).length
    );
  }

  #after(name: NodeId | 'deadline', delayMs: number, then: () => void): void {
    if (this.#over) return;
    this.#timers.set(name, this.#escalating.env.clock.setTimer(Math.max(0, delayMs), then));
  }

  #giveUp(): void {
    const reached = [...this.#last.keys()];
    this.#end(() => this.#escalating.reject(sessionUnavailable(reached)));
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    for (const timer of this.#timers.values()) timer.cancel();
    settle();
  }
}

function sessionUnavailable(reached: readonly NodeId[]): QuorateError {
  return new QuorateError(
    'session_unavailable',
    `${reached.length} nodes answered, and even together they do not know what this session has seen of the key; an older value is never shown`,
    { reached },
  );
}
