/** Waiting for a condition in the real world, with a deadline. */

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 15;

/** Rejects with what was waited for, and the last error, once `limitMs` have passed. */
export async function waitFor(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
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
    await sleep(POLL_MS);
  }
}
