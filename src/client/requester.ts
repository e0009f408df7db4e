/**
 * One request of a client to a cluster: it asks one node, and another one where that is safe
 * (retry-safety.ts), until somebody has answered or its time ends. Whom it asks, its directory
 * says: the nodes in turn, or those that keep the key.
 *
 * What ends a request early, a deadline or its caller, ends the attempt that is under way; a
 * write that had left by then is in doubt, and its error says so.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import { errorOf, isAbsence, type RawAnswer } from './answers.ts';
import type { Budget } from './budget.ts';
import { type Call, NODE_TIMEOUT_MS, waitMsOf } from './connection.ts';
import type { Directory, Target } from './directory.ts';
import { type HedgedAnswer, hedgedRead } from './hedged-read.ts';
import type { Peer } from './peer.ts';
import type { RequestControl } from './request-options.ts';
import {
  cannotServe,
  type Effect,
  isInDoubt,
  mayBeSentAgain,
  tellsOutcome,
} from './retry-safety.ts';
import type { RunningCall } from './running-call.ts';

/** When a request is sent again that may be. */
export interface RetryPolicy {
  /** Of one request. */
  readonly attemptsMax: number;
  /** After so many attempts, of which this is the last one's error. */
  pauseMs(attempts: number, error: unknown): number;
  /** Undefined: as often as one likes. */
  readonly budget: Budget | undefined;
}

export interface RequesterOptions {
  /** From the beginning of a request to the end of its last attempt. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Of reads that ask a second node; undefined: none does. */
  readonly hedges: Budget | undefined;
}

/** One request, whichever node carries it out. */
export interface Ask {
  readonly call: Call;
  readonly effect: Effect;
  /** Undefined: any node will do. */
  readonly target: Target | undefined;
}

/** Until when, and for whom. */
export interface Bounds {
  /** In `performance.now()`. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
}

/** How far it has come. */
export interface Run extends Ask, Bounds {
  /** Who has been asked, in that order. */
  readonly tried: Peer[];
}

/** Before it asks anybody. */
type Waiting = Omit<Run, 'call' | 'tried'>;

export class Requester {
  readonly directory: Directory;
  readonly #options: RequesterOptions;

  constructor(directory: Directory, options: RequesterOptions) {
    this.directory = directory;
    this.#options = options;
  }

  /** Of a request that begins now; it adds to what may be sent again. */
  begin({ timeoutMs = this.#options.timeoutMs, signal }: RequestControl): Bounds {
    this.#options.retry.budget?.earn();
    return { until: performance.now() + timeoutMs, signal };
  }

  /**
   * An answer that is no error, or says that there is nothing. Throws the last error when there is
   * none in time; of a change that an attempt left in doubt, that doubt.
   */
  async ask(ask: Ask, control: RequestControl = {}): Promise<RawAnswer> {
    const { call, effect, target } = ask;
    const { until, signal } = this.begin(control);
    const run: Run = { call, effect, target, until, signal, tried: [] };
    let doubt: unknown;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(run);
      } catch (error) {
        if (run.effect !== 'read' && isInDoubt(error)) doubt ??= error;
        const goesOn = mayBeSentAgain(run.effect, error) && this.pause(run, attempt, error);
        if (!(await goesOn)) throw doubt === undefined || tellsOutcome(error) ? error : doubt;
      }
    }
  }

  /** Before a request is sent again that may be; false: not any more. */
  async pause({ signal, until }: Bounds, attempts: number, error: unknown): Promise<boolean> {
    const { attemptsMax, pauseMs, budget } = this.#options.retry;
    const ms = pauseMs(attempts, error);
    if (attempts >= attemptsMax || signal?.aborted || performance.now() + ms >= until) return false;
    if (budget?.spend() === false) return false;
    await sleep(ms, undefined, signal && { signal }).catch(() => {});
    // Who was given up meanwhile is told so by the next attempt.
    return signal?.aborted === true || performance.now() < until;
  }

  /** When it is known whom to ask; undefined: it is. Throws where there is no time left. */
  ready(run: Waiting): Promise<void> | undefined {
    const learning = this.directory.ready(run.target);
    if (learning !== undefined) return within(run, learning).then(() => refuseGivenUp(run));
    refuseGivenUp(run);
    return undefined;
  }

  #attempt(run: Run): Promise<RawAnswer> {
    const goOn = () => this.attemptAt(this.directory.choose(run.target, run.tried), run);
    return this.ready(run)?.then(goOn) ?? goOn();
  }

  /** Asks this node, and for a read perhaps another one beside it. Throws as `ask` does. */
  async attemptAt(first: Peer, run: Run): Promise<RawAnswer> {
    run.tried.push(first);
    const { answer, peer } = await this.#exchange(run, first);
    const { status, headers } = answer;
    if (status < 400 || isAbsence(answer)) {
      if (String(headers['x-quorate-quorum']).includes('forwarded_by')) {
        this.directory.wasForwarded();
      }
      return answer;
    }
    const error = errorOf(answer);
    if (cannotServe(error)) this.directory.failed(peer, error.facts.retryAfterMs);
    throw run.effect === 'read' ? withoutEffect(error) : error;
  }

  /** Sends the request, a read perhaps to two. Throws `TransportError`. */
  async #exchange(run: Run, first: Peer): Promise<HedgedAnswer> {
    const { call, effect, target, signal, tried } = run;
    const started: RunningCall[] = [];
    const start = (peer: Peer) => {
      const waitMs = Math.min(run.until - performance.now(), waitMsOf(call.query));
      const running = peer.start(call, waitMs, (error, wasStopped) => {
        if (error === undefined || wasStopped || isImpatience(error, waitMs)) return;
        this.directory.failed(peer, undefined);
      });
      started.push(running);
      return running;
    };
    const onAbort = () => {
      for (const running of started) running.stop(GIVEN_UP, signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (effect !== 'read' || target === undefined || this.#options.hedges === undefined) {
        return { answer: await start(first).answer, peer: first };
      }
      this.#options.hedges.earn();
      return await hedgedRead(first, start, () => this.#second(target, tried));
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #second(target: Target, tried: Peer[]): Peer | undefined {
    const peer = this.directory.second(target, tried);
    if (peer === undefined || this.#options.hedges?.spend() !== true) return undefined;
    tried.push(peer);
    return peer;
  }
}

const GIVEN_UP = 'its caller gave it up';

/** The node had less time than it takes to say that it cannot. */
function isImpatience(error: TransportError, waitMs: number): boolean {
  return error.failure === 'timeout' && waitMs < NODE_TIMEOUT_MS;
}

/** Throws where there is no time for another attempt: the request has not left. */
function refuseGivenUp({ signal, until, effect }: Waiting): void {
  const isGivenUp = signal?.aborted === true;
  if (!isGivenUp && performance.now() < until) return;
  const details = { neverSent: true, isRead: effect === 'read' };
  if (isGivenUp) {
    throw new TransportError('disconnected', GIVEN_UP, { ...details, cause: signal.reason });
  }
  throw new TransportError('timeout', 'its time is up', details);
}

/** Resolves when the work has ended, well or not, or when the request has to. */
async function within({ until, signal }: Bounds, work: Promise<void>): Promise<void> {
  const ending = new AbortController();
  const either = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const limit = sleep(until - performance.now(), undefined, { signal: either, ref: false });
  await Promise.race([work, limit]).catch(() => {});
  ending.abort();
  limit.catch(() => {});
}

/** A read changes nothing, whatever has failed. */
function withoutEffect(error: QuorateError): QuorateError {
  if (error.definite) return error;
  return new QuorateError(error.code, error.message, { ...error.facts, definite: true });
}
