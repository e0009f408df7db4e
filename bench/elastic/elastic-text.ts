/** The figures of a join, for people. */

import { mebibytes, whole } from '../command-line.ts';
import type { PhaseFigures } from '../foreground.ts';
import { phaseTable } from '../phase-table.ts';
import type { Moved } from './transfer-totals.ts';

export interface Figures {
  readonly keys: number;
  /** Puts a second, in the closed loop and in the foreground. */
  readonly saturation: number;
  readonly rate: number;
  /** From the start of the process until it serves. */
  readonly readyS: number;
  /** From then until every partition was where it belongs. */
  readonly settledS: number;
  readonly moved: Moved;
  readonly phases: Readonly<Record<keyof typeof PHASES, PhaseFigures>>;
}

const PHASES = {
  undisturbed: 'undisturbed',
  duringJoin: 'while the node joins',
  afterwards: 'afterwards',
} as const;

export function figureLines({ keys, moved, phases, ...figures }: Figures): readonly string[] {
  const { rate, saturation, readyS, settledS } = figures;
  const names = Object.entries(PHASES) as [keyof typeof PHASES, string][];
  const ratio = phases.duringJoin.p99Ms / phases.undisturbed.p99Ms;
  return [
    `A fourth node joins three with ${whole(keys)} keys`,
    '',
    `ready        after ${readyS.toFixed(1)} s`,
    `settled      ${settledS.toFixed(1)} s later (goal: 60 s)`,
    `copied       ${whole(moved.keys)} keys, ${mebibytes(moved.bytes)}, ${whole(moved.keys / settledS)} keys/s; ${(moved.keys / moved.keysLeast).toFixed(3)} times what the node has in the end (goal: 1.05)`,
    '',
    `Puts at W=2 in an open loop at ${whole(rate)}/s, ${Math.round((100 * rate) / saturation)} % of the ${whole(saturation)}/s that the three can do`,
    '',
    phaseTable(names.map(([name, text]) => [text, phases[name]])),
    '',
    `p99 while the node joins: ${ratio.toFixed(2)} times that of the undisturbed cluster (goal: less than 3)`,
  ];
}
