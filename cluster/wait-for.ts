/** Waiting for a condition in the real world, with a deadline. */

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 15;
/** Looks take something from what is waited for: the longer a wait, the fewer there are of them. */
const POLL_SHARE = 1 / 20;
const POLL_MS_MAX = 100;

/**
 * Rejects with what was waited for, and the last error, once `limitMs` have passed.
 * @param pollMs between two looks at the least
 */
export async function waitFor(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
  pollMs = POLL_MS,
): Promise<void> {
  const startedAt = performance.now();
  let cause: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= limitMs) {
      const reason = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${limitMs} ms for ${what} in vain${reason}`, { cause });
    }
    await sleep(Math.max(pollMs, Math.min(waitedMs * POLL_SHARE, POLL_MS_MAX)));
  }
}
