/**
 * The open loop of clients that ask one thing at a time of intent: each request is sent when its
 * time has come, whether or not earlier ones were answered.
 */

import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoop {
  /** Intended times, rising, in milliseconds of `now`. */
  readonly timesMs: readonly number[];
  readonly now: () => number;
  /** Sends the request of this number and resolves with what came of it. */
  readonly send: (atMs: number, number: number) => Promise<void>;
  /** Nothing more is sent after it. */
  readonly signal: AbortSignal;
}

/** Resolves when all that was sent has an answer. Rejects with the first rejection of `send`. */
export async function runOpenLoop({ timesMs, now, send, signal }: OpenLoop): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const [number, atMs] of timesMs.entries()) {
    const waitMs = atMs - now();
    if (waitMs > 0) await sleep(waitMs);
    if (signal.aborted) break;
    sent.push(send(atMs, number));
  }
  await Promise.all(sent);
}

/** So many a second, evenly, from `fromMs` on and before `untilMs`; `phase`, 0 to 1, shifts them. */
export function evenTimes(
  perSecond: number,
  { fromMs, untilMs, phase }: { fromMs: number; untilMs: number; phase: number },
): readonly number[] {
  const gapMs = 1_000 / perSecond;
  const count = Math.max(0, Math.ceil((untilMs - fromMs) / gapMs - phase));
  return Array.from({ length: count }, (_, i) => fromMs + (i + phase) * gapMs);
}
