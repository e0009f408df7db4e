/**
 * How long to wait before asking again: any time up to a bound that doubles, so that those who
 * failed together do not come back together ("full jitter", Brooker, Exponential Backoff and
 * Jitter, 2015).
 */

/** @param attempts so far, from 1 on */
export function fullJitterMs(attempts: number, baseMs: number, capMs: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** (attempts - 1));
}
