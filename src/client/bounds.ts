/**
 * How long a request may go on: until its time is up, its caller gives it up, or its client is
 * closed. It is looked at before each step that could send something, and heeded in every wait.
 */

import { getMaxListeners, setMaxListeners } from 'node:events';
import { TransportError } from '../kernel/errors.ts';

export interface Bounds {
  /** In `performance.now()`. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  /** Of the client. */
  readonly closing: AbortSignal;
}

export const GIVEN_UP = 'its caller gave it up';

/** Throws where there must be no further attempt: this one has not left. */
export function refuseEnded(bounds: Bounds, isRead: boolean): void {
  if (!hasEnded(bounds)) return;
  const { signal, closing } = bounds;
  const details = { neverSent: true, isRead };
  if (signal?.aborted) {
    throw new TransportError('disconnected', GIVEN_UP, { ...details, cause: signal.reason });
  }
  if (closing.aborted) throw new TransportError('disconnected', 'its client is closed', details);
  throw new TransportError('timeout', 'its time is up', details);
}

export function hasEnded({ until, signal, closing }: Bounds): boolean {
  return signal?.aborted === true || closing.aborted || performance.now() >= until;
}

/** So many requests may have one signal; with ten Node warns of a leak. */
const LISTENERS_MAX = 10_000;

/** Returns what ends the listening. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (getMaxListeners(signal) < LISTENERS_MAX) setMaxListeners(LISTENERS_MAX, signal);
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}

/** A timer takes no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Resolves when the work has ended, well or not, or when the request has to. */
export function within(bounds: Bounds, work?: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const { until, signal, closing } = bounds;
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(timer);
      for (const forget of listening) forget();
      resolve();
    };
    // A timer knows whole milliseconds alone, and may fire a part of one early.
    const wait = () => {
      const leftMs = until - performance.now();
      if (leftMs <= 0) end();
      else timer = setTimeout(wait, Math.min(Math.ceil(leftMs), TIMER_MS_MAX));
    };
    const listening = [onAbort(closing, end), onAbort(signal, end)];
    work?.then(end, end);
    if (hasEnded(bounds)) end();
    else wait();
  });
}

/** An ending of its own that comes with those of others, until it is released. */
export function endingWith(...signals: readonly AbortSignal[]) {
  const ending = new AbortController();
  const end = () => ending.abort();
  const listening = signals.map((signal) => onAbort(signal, end));
  if (signals.some(({ aborted }) => aborted)) end();
  const release = () => {
    for (const forget of listening) forget();
  };
  return { ending, release };
}
