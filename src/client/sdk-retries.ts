/**
 * When the SDK asks again: after a jittered pause, as long as the extra requests stay a small
 * share of all. A node that refused for itself is not waited for, since another one is asked; where
 * the cluster is in trouble, what it says in Retry-After is heeded.
 */

import { QuorateError } from '../kernel/errors.ts';
import { fullJitterMs } from './back-off.ts';
import { Budget } from './budget.ts';
import type { RetryPolicy } from './requester.ts';
import { cannotServe } from './retry-safety.ts';

export interface RetryOptions {
  /** Of one request; 8. */
  readonly attemptsMax?: number | undefined;
  /** Of all requests, how many may be sent again; 0.1 is one in ten, the default. */
  readonly budgetShare?: number | undefined;
}

const ATTEMPTS_MAX = 8;
const BUDGET_SHARE = 0.1;
/** Requests that may be sent again at once after a quiet time: when a node dies, all it had do. */
const BUDGET_SAVED = 100;
const PAUSE_MS = 10;
const PAUSE_MS_MAX = 1_000;

/** @param options false: no request is sent a second time */
export function sdkRetries(options: RetryOptions | false = {}): RetryPolicy {
  const { attemptsMax = ATTEMPTS_MAX, budgetShare = BUDGET_SHARE } =
    options === false ? { attemptsMax: 1 } : options;
  return {
    attemptsMax,
    pauseMs: (attempts, error) =>
      fullJitterMs(attempts, PAUSE_MS, PAUSE_MS_MAX) + (cannotServe(error) ? 0 : askedFor(error)),
    budget: new Budget(budgetShare, BUDGET_SAVED, BUDGET_SAVED),
  };
}

function askedFor(error: unknown): number {
  return error instanceof QuorateError ? (error.facts.retryAfterMs ?? 0) : 0;
}

export interface HedgeOptions {
  /** Of all gets, how many may ask a second node; 0.05 is one in twenty, the default. */
  readonly budgetShare?: number | undefined;
}

const HEDGE_SHARE = 0.05;
const HEDGES_SAVED = 20;

/** @param options false: no get asks a second node */
export function sdkHedges(options: HedgeOptions | false = {}): Budget | undefined {
  if (options === false) return undefined;
  return new Budget(options.budgetShare ?? HEDGE_SHARE, HEDGES_SAVED, 0);
}
