/**
 * One request of a client to a cluster: it asks one node, and another one where that is safe
 * (retry-safety.ts), until somebody has answered or its time ends. Whom it asks, its directory
 * says: the nodes in turn, or those that keep the key.
 *
 * What ends a request early, a deadline or its caller, ends the attempt that is under way; a
 * write that had left by then is in doubt, and its error says so.
 */

import type { TransportError } from '../kernel/errors.ts';
import { errorOf, isAbsence, type RawAnswer } from './answers.ts';
import { type Bounds, GIVEN_UP, hasEnded, onAbort, refuseEnded, within } from './bounds.ts';
import type { Budget } from './budget.ts';
import { type Call, NODE_TIMEOUT_MS, waitMsOf } from './connection.ts';
import type { Directory, Target } from './directory.ts';
import { hedgedRead } from './hedged-read.ts';
import type { Peer } from './peer.ts';
import type { RequestControl } from './request-options.ts';
import {
  cannotServe,
  type Effect,
  isInDoubt,
  mayBeSentAgain,
  tellsOutcome,
  withoutEffect,
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

/** How far it has come. */
export interface Run extends Ask, Bounds {
  /** Who has been asked, in that order. */
  readonly tried: Peer[];
}

/** With less time an attempt would only hide why those before it have failed. */
const ATTEMPT_MS_MIN = 20;

/** Before it asks anybody. */
type Waiting = Omit<Run, 'call' | 'tried'>;

export class Requester {
  readonly directory: Directory;
  readonly #options: RequesterOptions;
  readonly #closing = new AbortController();

  constructor(directory: Directory, options: RequesterOptions) {
    this.directory = directory;
    this.#options = options;
  }

  /** Of a request that begins now; it adds to what may be sent again. */
  begin({ timeoutMs = this.#options.timeoutMs, signal }: RequestControl): Bounds {
    this.#options.retry.budget?.earn();
    return { until: performance.now() + timeoutMs, signal, closing: this.#closing.signal };
  }

  /** Requests and waits end with an error, and no new ones begin. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.directory.close();
  }

  /**
   * An answer that is no error, or says that there is nothing. Throws the last error when there is
   * none in time; of a change that an attempt left in doubt, that doubt.
   */
  async ask(ask: Ask, bounds: Bounds): Promise<RawAnswer> {
    const { call, effect, target } = ask;
    const { until, signal, closing } = bounds;
    const run: Run = { call, effect, target, until, signal, closing, tried: [] };
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
  async pause(bounds: Bounds, attempts: number, error: unknown): Promise<boolean> {
    const { attemptsMax, pauseMs, budget } = this.#options.retry;
    const until = performance.now() + pauseMs(attempts, error);
    const last = bounds.until - ATTEMPT_MS_MIN;
    if (attempts >= attemptsMax || hasEnded(bounds) || until >= last) return false;
    if (budget?.spend() === false) return false;
    await within({ ...bounds, until });
    // Who was given up meanwhile is told so by the next attempt.
    return bounds.signal?.aborted === true || !hasEnded({ ...bounds, until: last });
  }

  /** When it is known whom to ask; undefined: it is. Throws where the request has ended. */
  ready(run: Waiting): Promise<void> | undefined {
    const isRead = run.effect === 'read';
    refuseEnded(run, isRead);
    const learning = this.directory.ready(run.target);
    if (learning === undefined) return undefined;
    return within(run, learning).then(() => refuseEnded(run, isRead));
  }

  /**
   * What has to be known before a request can be sent, learned within its time. Rejects where
   * the request has to end before.
   */
  async beforehand<Known>(bounds: Bounds, learn: () => Known | Promise<Known>): Promise<Known> {
    refuseEnded(bounds, false);
    const learning = learn();
    if (!(learning instanceof Promise)) return learning;
    await within(bounds, learning);
    refuseEnded(bounds, false);
    return learning;
  }

  #attempt(run: Run): Promise<RawAnswer> {
    const learning = this.ready(run);
    if (learning !== undefined) return learning.then(() => this.#attemptNow(run));
    return this.#attemptNow(run);
  }

  #attemptNow(run: Run): Promise<RawAnswer> {
    return this.attemptAt(this.directory.choose(run.target, run.tried), run);
  }

  /** Asks this node, and for a read perhaps another one beside it. Throws as `ask` does. */
  async attemptAt(first: Peer, run: Run): Promise<RawAnswer> {
    const { target, signal, tried } = run;
    tried.push(first);
    const started: RunningCall[] = [];
    const start = (peer: Peer) => this.#start(run, peer, started);
    const forget = onAbort(signal, () => {
      for (const running of started) running.stop(GIVEN_UP, signal?.reason);
    });
    try {
      const { hedges } = this.#options;
      if (run.effect !== 'read' || target === undefined || hedges === undefined) {
        return this.#judged(run, first, await start(first).answer);
      }
      hedges.earn();
      const { answer, peer } = await hedgedRead(first, start, () => this.#second(target, tried));
      return this.#judged(run, peer, answer);
    } finally {
      forget();
    }
  }

  #start({ call, until }: Run, peer: Peer, started: RunningCall[]): RunningCall {
    const waitMs = Math.min(until - performance.now(), waitMsOf(call.query));
    const running = peer.start(call, waitMs, (error, wasStopped) => {
      if (error === undefined || wasStopped || isImpatience(error, waitMs)) return;
      this.directory.failed(peer, undefined);
    });
    started.push(running);
    return running;
  }

  /** The answer of this node, or its error. */
  #judged({ effect }: Run, peer: Peer, answer: RawAnswer): RawAnswer {
    const { status, headers } = answer;
    if (status < 400 || isAbsence(answer)) {
      const quorum = headers['x-quorate-quorum'];
      if (quorum?.includes('forwarded_by')) this.directory.wasForwarded();
      return answer;
    }
    const error = errorOf(answer);
    if (cannotServe(error)) this.directory.failed(peer, error.facts.retryAfterMs);
    throw effect === 'read' ? withoutEffect(error) : error;
  }

  #second(target: Target, tried: Peer[]): Peer | undefined {
    const peer = this.directory.second(target, tried);
    if (peer === undefined || this.#options.hedges?.spend() !== true) return undefined;
    tried.push(peer);
    return peer;
  }
}

/** The node had less time than it takes to say that it cannot. */
function isImpatience(error: TransportError, waitMs: number): boolean {
  return error.failure === 'timeout' && waitMs < NODE_TIMEOUT_MS;
}
