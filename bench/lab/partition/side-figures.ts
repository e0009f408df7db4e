/** What each side of a partition was answered in each mode, as numbers. */

import {
  countOutcomes,
  firstSuccessMs,
  longestGapMs,
  type OutcomeCounts,
  within,
} from '../availability.ts';
import type { Mode, ModeName } from '../modes.ts';
import { type CutRound, SIDES, type SideName } from './cut-round.ts';

export interface SideFigures {
  readonly mode: ModeName;
  readonly side: SideName;
  readonly before: OutcomeCounts;
  /** Sent from when nothing passed any more until the first link was given back. */
  readonly cut: OutcomeCounts;
  /** Sent and answered with success in that time. */
  readonly answeredWhileCut: number;
  /** Of those, writes. */
  readonly writtenWhileCut: number;
  /** In the second half of the cut. */
  readonly lastOfCut: OutcomeCounts;
  readonly after: OutcomeCounts;
  /** Without a success, while it was cut. */
  readonly gapWhileCutMs: number;
  /** From the healing to the first success; null: there was none. */
  readonly firstAfterHealMs: number | null;
  /** By the code of the error. */
  readonly errors: Readonly<Record<string, number>>;
}

const LAST_SHARE = 0.5;

export function sideFigures(round: CutRound, modes: readonly Mode[]): readonly SideFigures[] {
  return modes.flatMap(({ name }) => SIDES.map((side) => figuresOf(round, name, side)));
}

function figuresOf(round: CutRound, mode: ModeName, side: SideName): SideFigures {
  const { cutAtMs, healedAtMs, endedAtMs } = round;
  const requests = round.requests.filter((one) => one.mode === mode && one.side === side);
  const cut = within(requests, cutAtMs, healedAtMs);
  const answered = cut.filter(
    ({ outcome, atMs, elapsedMs }) => outcome === 'ok' && atMs + elapsedMs < healedAtMs,
  );
  const lastFrom = healedAtMs - LAST_SHARE * (healedAtMs - cutAtMs);
  const errors: Record<string, number> = {};
  for (const { error } of requests)
    if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1;
  return {
    mode,
    side,
    before: countOutcomes(within(requests, 0, cutAtMs)),
    cut: countOutcomes(cut),
    answeredWhileCut: answered.length,
    writtenWhileCut: answered.filter(({ op }) => op === 'write').length,
    lastOfCut: countOutcomes(within(requests, lastFrom, healedAtMs)),
    after: countOutcomes(within(requests, healedAtMs, endedAtMs)),
    gapWhileCutMs: longestGapMs(requests, cutAtMs, healedAtMs),
    firstAfterHealMs: firstSuccessMs(requests, healedAtMs) ?? null,
    errors,
  };
}

/** Of all requests, those that succeeded; 0 of none. */
export function successShare({ ok, fail, unknown }: OutcomeCounts): number {
  const all = ok + fail + unknown;
  return all === 0 ? 0 : ok / all;
}

export function countsText({ ok, fail, unknown }: OutcomeCounts): string {
  return `${ok} / ${fail} / ${unknown}`;
}
