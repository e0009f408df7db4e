/**
 * From values to places along an axis, and the marks on it.
 *
 * A logarithmic axis has no place for zero, yet curves of what decays end there. Where there
 * is one, it is given a place of its own below the least decade, and a mark that says 0.
 */

import type { Axis } from '../chart.ts';
import { tickText } from './number-text.ts';

export interface AxisScale {
  readonly label: string;
  readonly log: boolean;
  /** What is at the ends of the axis; min is below max. */
  readonly min: number;
  readonly max: number;
  /** On a logarithmic axis: where zero and what is below it are shown, if there is any. */
  readonly zero?: number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** How an axis is to end that does not say it. */
export type Ends =
  /** With the data. */
  | 'snug'
  /** With a mark. */
  | 'round'
  /** With a mark, and at zero unless data is below. */
  | 'from-zero';

const TICKS = 5;
const DECADES_MAX = 7;
/** The room of zero below a logarithmic axis, as a share of its length. */
const ZERO_SHARE = 0.09;
const MANTISSAS = [1, 2, 5];

export function axisScale(axis: Axis, values: readonly number[], ends: Ends): AxisScale {
  const finite = values.filter(Number.isFinite);
  return axis.log === true ? logScale(axis, finite) : linearScale(axis, finite, ends);
}

/** From 0 at the axis' beginning to 1 at its end; outside of these for what is outside. */
export function shareOf({ log, min, max, zero }: AxisScale, value: number): number {
  if (!log) return (value - min) / (max - min);
  const shown = value <= 0 ? (zero ?? min) : value;
  return Math.log(shown / min) / Math.log(max / min);
}

function linearScale({ label, min, max }: Axis, values: readonly number[], ends: Ends): AxisScale {
  const least = Math.min(...values, max ?? Number.POSITIVE_INFINITY);
  let low = min ?? (Number.isFinite(least) ? least : 0);
  if (min === undefined && ends === 'from-zero') low = Math.min(0, low);
  let high = max ?? Math.max(...values, low);
  if (high <= low) high = low + (Math.abs(low) || 1);
  const step = niceStep((high - low) / TICKS);
  if (ends !== 'snug') {
    if (min === undefined) low = Math.floor(low / step + 1e-9) * step;
    if (max === undefined) high = Math.ceil(high / step - 1e-9) * step;
  }
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const at = (first + i) * step;
    return { at, text: tickText(at, step) };
  });
  return { label, log: false, min: low, max: high, ticks };
}

/** The least of 1, 2 and 5 times a power of ten that is not below. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return (MANTISSAS.find((n) => n * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

function logScale({ label, min, max }: Axis, values: readonly number[]): AxisScale {
  const positive = values.filter((value) => value > 0);
  const low = min !== undefined && min > 0 ? min : floorMark(Math.min(...positive, max ?? 1));
  const wanted = max ?? ceilMark(Math.max(...positive, low));
  const high = wanted > low ? wanted : low * 10;
  const ticks = logTicks(low, high);
  const hasZero = values.some((value) => value <= 0) || (min !== undefined && min <= 0);
  if (!hasZero) return { label, log: true, min: low, max: high, ticks };
  const zero = low / (high / low) ** (ZERO_SHARE / (1 - ZERO_SHARE));
  return {
    label,
    log: true,
    min: zero,
    max: high,
    zero,
    ticks: [{ at: zero, text: '0' }, ...ticks],
  };
}

function logTicks(low: number, high: number): readonly Tick[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.ceil((last - first) / DECADES_MAX);
  const mantissas = last - first <= 2 ? MANTISSAS : [1];
  const ticks = [];
  for (let power = first; power <= last; power += every) {
    for (const mantissa of mantissas) {
      const at = mantissa * 10 ** power;
      if (at < low * (1 - 1e-9) || at > high * (1 + 1e-9)) continue;
      ticks.push({ at, text: tickText(at, 10 ** Math.min(power, 0)) });
    }
  }
  return ticks;
}

function floorMark(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return (MANTISSAS.findLast((n) => n * power <= value * (1 + 1e-9)) ?? 1) * power;
}

function ceilMark(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return (MANTISSAS.find((n) => n * power >= value * (1 - 1e-9)) ?? 10) * power;
}
