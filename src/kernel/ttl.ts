/** How long a value lives, as people write it: `30s`, `5m`, a plain number of seconds, `none`. */

export const TTL_MS_MIN = 1_000;
/** Ten years. */
export const TTL_MS_MAX = 3_650 * 86_400_000;

/** Milliseconds; the longest first, for writing. */
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

const TTL = /^(0|[1-9][0-9]{0,11})(d|h|m|s|ms)?$/;

/** What a ttl has to look like, for those who sent something else. */
export const TTL_FORM =
  'a number of seconds or a duration such as 30s, 5m, 12h or 7d, from 1s to 3650d, or none';

/**
 * Milliseconds, or `none`: the value lives for ever. Undefined where what was given, a text or
 * a number, is neither, or is out of bounds.
 */
export function ttlOf(given: unknown): number | 'none' | undefined {
  if (given === 'none') return given;
  if (typeof given !== 'string' && typeof given !== 'number') return undefined;
  const [, digits, unit = 's'] = TTL.exec(String(given)) ?? [];
  const unitMs = UNITS.find(([name]) => name === unit)?.[1] ?? 0;
  const ttlMs = Number(digits) * unitMs;
  return isTtl(ttlMs) ? ttlMs : undefined;
}

export function isTtl(ttlMs: unknown): ttlMs is number {
  return Number.isSafeInteger(ttlMs) && Number(ttlMs) >= TTL_MS_MIN && Number(ttlMs) <= TTL_MS_MAX;
}

/** In the longest unit that gives a whole number; `ttlOf` reads it. */
export function ttlText(ttlMs: number | undefined): string {
  if (ttlMs === undefined) return 'none';
  const [unit, unitMs] = UNITS.find(([, ms]) => ttlMs % ms === 0) ?? ['ms', 1];
  return `${ttlMs / unitMs}${unit}`;
}
