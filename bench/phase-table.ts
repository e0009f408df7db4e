/** Phases of a foreground beside each other, for people. */

import { tableText } from '../src/cli/table-text.ts';
import { whole } from './command-line.ts';
import type { PhaseFigures } from './foreground.ts';

const HEAD = ['foreground', 'puts/s', 'p50 ms', 'p99', 'slowest', 'seconds', 'errors'];

export function phaseTable(phases: readonly (readonly [name: string, PhaseFigures])[]): string {
  return tableText(
    HEAD,
    phases.map(([name, phase]) => rowOf(name, phase)),
  );
}

function rowOf(name: string, phase: PhaseFigures): readonly string[] {
  const { opsPerS, p50Ms, p99Ms, maxMs, seconds, errors, slices, lateSlices } = phase;
  const faults = Object.entries(errors).map(([what, times]) => `${times} x ${what}`);
  if (lateSlices > 0) faults.push(`generator late in ${lateSlices} of ${slices} s`);
  return [
    name,
    whole(opsPerS),
    ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)),
    seconds.toFixed(0),
    faults.join(', ') || '0',
  ];
}
