/** What `quorate bench` has measured, as people read it. */

import type { MixedMeasurement } from '../../bench/throughput/mixed-load.ts';
import type { Measurement } from '../../bench/throughput/recording.ts';
import { tableText } from './table-text.ts';

const HEAD = ['', 'requests/s', 'p50', 'p99', 'p99.9', 'longest', 'errors'];

export function benchText({ reads, writes }: MixedMeasurement): string {
  const rows = [...rowsOf('reads', reads), ...rowsOf('writes', writes)];
  const all = (reads?.opsPerS ?? 0) + (writes?.opsPerS ?? 0);
  const both = reads && writes ? [['all', rateText(all)]] : [];
  return [tableText(HEAD, [...rows, ...both]), ...faultsText([reads, writes])].join('\n');
}

function rowsOf(name: string, measured: Measurement | undefined): readonly (readonly string[])[] {
  if (measured === undefined) return [];
  const { opsPerS, p50Ms, p99Ms, p999Ms, maxMs } = measured;
  const latencies = [p50Ms, p99Ms, p999Ms, maxMs].map((ms) => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`);
  return [[name, rateText(opsPerS), ...latencies, String(errorsIn(measured))]];
}

function rateText(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}

export function errorsIn({ errors }: Pick<Measurement, 'errors'>): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function faultsText(measured: readonly (Measurement | undefined)[]): readonly string[] {
  const faults = measured.flatMap((one) => Object.entries(one?.errors ?? {}));
  const late = measured.some((one) => one?.voided === true)
    ? ['this command was too late with its requests to be believed: give a lower --rate']
    : [];
  return [...faults.map(([what, count]) => `${count} times: ${what}`), ...late];
}
