/**
 * Readings of a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): when
 * a value was written, by a clock that never goes back and is never far from a wall clock.
 *
 * A reading is one number, `wallMs * 1,024 + logical`: whole milliseconds since 1970 in the
 * high part, a counter in the low 10 bits, so readings compare as numbers. Bounds: a safe
 * integer has 53 bits, so the high part has 43: up to 8,796,093,022,207 ms, which is in
 * September 2248. A counter that is full (1,023) carries over into the milliseconds, which
 * more than a million readings in one second would take.
 *
 * A reading orders values for people and for buckets whose last write wins. It never decides
 * which value superseded which: version vectors do.
 */

const LOGICAL_STEPS = 1_024;

/** The greatest reading that there is; nothing comes after it. */
export const HLC_MAX = Number.MAX_SAFE_INTEGER;

/** The least reading of a millisecond; times before 1970 or after 2248 become the nearest. */
export function hlcAt(wallMs: number): number {
  return Math.min(Math.max(0, Math.floor(wallMs)) * LOGICAL_STEPS, HLC_MAX);
}

/** Whole milliseconds since 1970: what a person is told. */
export function wallTimeOf(hlc: number): number {
  return Math.floor(hlc / LOGICAL_STEPS);
}

/** The least reading that is greater. */
export function hlcAfter(hlc: number): number {
  return Math.min(hlc + 1, HLC_MAX);
}
