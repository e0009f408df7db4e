/**
 * The causal context: what a client has seen of a key, carried from its reads and writes to
 * its next write.
 *
 * A read hands out the object's clock and no dots. A write hands out the clock its client
 * sent plus its own new dot in `dots`, never the object's clock: a version vector cannot say
 * "a:2 but not a:1", and the object's clock would let the client's next write drop a sibling
 * that the client never saw.
 */

import { QuorateError } from '../kernel/errors.ts';
import {
  compareDots,
  covers,
  coversAll,
  type Dot,
  EMPTY_VECTOR,
  joinVectors,
  sameDot,
  type VersionVector,
} from './version-vector.ts';

export interface Context {
  readonly clock: VersionVector;
  /** Single writes seen beyond the clock, rising. */
  readonly dots: readonly Dot[];
  /** The partition's reap number when the context was made. */
  readonly reap: number;
}

export const EMPTY_CONTEXT: Context = { clock: EMPTY_VECTOR, dots: [], reap: 0 };

export const CONTEXT_DOTS_MAX = 16;

/** @param reap the highest that those who answered knew, so that no later round is taken for an earlier */
export function contextOfRead(clock: VersionVector, reap: number): Context {
  return { clock, dots: [], reap };
}

/** The context for the answer to a write that carried `sent` and minted `dot`, under `reap`. */
export function contextOfWrite(sent: Context, dot: Dot, reap: number): Context {
  return { clock: sent.clock, dots: [dot], reap: Math.max(sent.reap, reap) };
}

/** All that either context has seen, however many dots that takes. */
export function uniteContexts(a: Context, b: Context): Context {
  const clock = joinVectors(a.clock, b.clock);
  const dots = [...a.dots, ...b.dots]
    .filter((dot) => !covers(clock, dot))
    .sort(compareDots)
    .filter((dot, i, all) => i === 0 || !sameDot(dot, all[i - 1] as Dot));
  return { clock, dots, reap: Math.max(a.reap, b.reap) };
}

/** Likewise. Throws `bad_context` when more dots remain than a context carries: a read replaces them by a clock. */
export function joinContexts(a: Context, b: Context): Context {
  const joined = uniteContexts(a, b);
  const { length } = joined.dots;
  if (length <= CONTEXT_DOTS_MAX) return joined;
  throw new QuorateError(
    'bad_context',
    `the contexts name ${length} single writes and at most ${CONTEXT_DOTS_MAX} can be carried: read the key and use the context of that read`,
    { parameter: 'X-Quorate-Context' },
  );
}

/** Whether whoever knows all that the clock claims has seen what the context has. */
export function isCovered({ clock, dots }: Context, by: VersionVector): boolean {
  return coversAll(by, clock) && coversAll(by, dots);
}

/** Whether `later` has seen all that `earlier` has. */
export function includesContext(later: Context, earlier: Context): boolean {
  const isSeen = (dot: Dot) =>
    covers(later.clock, dot) || later.dots.some((seen) => sameDot(seen, dot));
  return coversAll(later.clock, earlier.clock) && earlier.dots.every(isSeen);
}
