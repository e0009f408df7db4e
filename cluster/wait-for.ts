/** Waiting for a condition in the real world, with a deadline. */

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 15;

/**
 * Rejects with what was waited for, and the last error, once `limitMs` have passed.
 * @param pollMs between two looks: longer where looking takes something from what is measured
 */
export async function waitFor(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
  pollMs = POLL_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      const reason = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${limitMs} ms for ${what} in vain${reason}`, { cause });
    }
    await sleep(pollMs);
  }
}
