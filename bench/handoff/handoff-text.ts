/** The figures of a handoff, for people. */

import { whole } from '../command-line.ts';
import type { PhaseFigures } from '../foreground.ts';
import { phaseTable } from '../phase-table.ts';
import type { DrainFigures } from './drain-watch.ts';
import type { Found, FoundAtPrimaries } from './samples.ts';

export interface WrittenFigures {
  /** Keys. */
  readonly perS: number;
  readonly hints: number;
  /** At R=2, before any primary was back. */
  readonly atFallbacks: Found;
}

export interface Figures {
  readonly primaries: readonly string[];
  readonly fallbacks: readonly string[];
  readonly keys: number;
  /** Puts a second, in the closed loop and in the foreground. */
  readonly saturation: number;
  readonly rate: number;
  readonly written: WrittenFigures;
  readonly drain: DrainFigures & { readonly delivered: number };
  readonly atPrimaries: FoundAtPrimaries;
  readonly phases: Readonly<Record<keyof typeof PHASES, PhaseFigures>>;
}

const PHASES = {
  undisturbed: 'undisturbed',
  afterReturn: 'after a return, nothing to deliver',
  delivering: 'after a return, until all is delivered',
  afterwards: 'afterwards',
} as const;

export function figureLines(figures: Figures): readonly string[] {
  const { primaries, fallbacks, keys, saturation, rate, written, drain, phases } = figures;
  const names = Object.entries(PHASES) as [keyof typeof PHASES, string][];
  return [
    `${whole(keys)} keys written at W=2 through ${fallbacks.join(' and ')} while ${primaries.join(', ')}, their primaries, were down`,
    '',
    `written      ${whole(written.perS)} keys/s, each into hints; ${foundText(written.atFallbacks)} of a sample read at R=2 from the fallbacks`,
    `hints        ${whole(written.hints)} waited, ${whole(drain.delivered)} were delivered, foreground included`,
    `delivered    ${drain.seconds.toFixed(2)} s after the last primary was ready (goal for 1,000 keys: 5 s)`,
    `             ${whole(drain.perS)} hints/s (goal for 100,000 keys: 10,000)`,
    ...atPrimariesLines(figures.atPrimaries),
    '',
    `Puts at W=2 in an open loop at ${whole(rate)}/s, ${Math.round((100 * rate) / saturation)} % of the ${whole(saturation)}/s that the cluster can do`,
    '',
    phaseTable(names.map(([name, text]) => [text, phases[name]])),
    '',
    ratioText(phases),
  ];
}

function atPrimariesLines({ inEach, together }: FoundAtPrimaries): readonly string[] {
  const each = Object.entries(inEach).map(([name, found]) => `${name} ${foundText(found)}`);
  return [
    `on disk at   ${each.join(', ')} of a sample (R=1 at each); ${foundText(together)} at R=3 PR=3`,
  ];
}

function foundText({ found, of }: Found): string {
  return `${whole(found)}/${whole(of)}`;
}

function ratioText({ undisturbed, afterReturn, delivering }: Figures['phases']): string {
  const ratio = (to: PhaseFigures) => (delivering.p99Ms / to.p99Ms).toFixed(2);
  return (
    `p99 during delivery: ${ratio(undisturbed)} times that of the undisturbed cluster (goal: less than 2), ` +
    `${ratio(afterReturn)} times that of a return alone`
  );
}
