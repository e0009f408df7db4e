/** What one subject gave in one phase, over all rounds, as numbers. */

import { runChecks, verdictOf } from '../../../src/checkers/checks.ts';
import { type Spread, spreadOf } from '../../throughput/spread.ts';
import { firstSuccessMs, longestGapMs, within } from '../availability.ts';
import type { PhaseRun } from './phase-run.ts';
import { PHASES, type PhaseName, type Side } from './phases.ts';
import { type Staleness, stalenessOf } from './staleness.ts';

export interface SideFigures {
  readonly subject: string;
  readonly phase: PhaseName;
  readonly side: Side['name'];
  /** Sent and answered while the fault held: a second, and of all requests that were sent. */
  readonly opsPerS: Spread;
  readonly availability: Spread;
  /** Of successes, in milliseconds. */
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly writesAcknowledged: number;
  readonly staleness: Staleness;
  /** Longest without a success while it held: until who is left has taken over. */
  readonly gapMs: Spread;
  /** From when it was mended to the first success; null: there was none. */
  readonly recoveredMs: number | null;
}

export interface PhaseFigures {
  readonly subject: string;
  readonly phase: PhaseName;
  readonly lost: number;
  readonly violations: number;
  readonly undecided: number;
  /** From when it was mended until every node showed every key alike. */
  readonly convergedMs: Spread;
  readonly sides: readonly SideFigures[];
}

const CHECK_MS_MAX = 30_000;

export function figuresOf(runs: readonly PhaseRun[]): readonly PhaseFigures[] {
  const subjects = [...new Set(runs.map(({ subject }) => subject.title))];
  return PHASES.flatMap((phase) =>
    subjects.flatMap((subject) => {
      const own = runs.filter((run) => run.phase.name === phase && run.subject.title === subject);
      return own.length === 0 ? [] : [phaseFigures(subject, phase, own)];
    }),
  );
}

export function checksOfRun({ subject }: PhaseRun) {
  return subject.mode.isLinearizable
    ? (['linearizable', 'convergence'] as const)
    : (['losses', 'convergence'] as const);
}

function phaseFigures(subject: string, phase: PhaseName, runs: readonly PhaseRun[]): PhaseFigures {
  const judged = runs.map(judge);
  const sum = (of: (one: (typeof judged)[number]) => number) =>
    judged.reduce((total, one) => total + of(one), 0);
  const sides = runs[0]?.phase.sides.map(({ name }) => name) ?? [];
  return {
    subject,
    phase,
    lost: sum(({ lost }) => lost),
    violations: sum(({ violations }) => violations),
    undecided: sum(({ undecided }) => undecided),
    convergedMs: spreadOf(runs.map(({ convergedMs }) => convergedMs)),
    sides: sides.map((side) => sideFigures(subject, phase, side, runs)),
  };
}

function judge(run: PhaseRun) {
  const reports = runChecks(run.registers.history({}, run.faults), {
    checks: checksOfRun(run),
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  const found = reports.flatMap((report) =>
    report.check === 'linearizable' ? [] : report.violations,
  );
  const verdicts = reports.map(verdictOf);
  return {
    lost: found.filter(({ text }) => /\bis lost\b/.test(text)).length,
    violations: Math.max(
      found.length,
      verdicts.filter((verdict) => verdict === 'violation').length,
    ),
    undecided: verdicts.filter((verdict) => verdict === 'unknown').length,
  };
}

function sideFigures(
  subject: string,
  phase: PhaseName,
  side: Side['name'],
  runs: readonly PhaseRun[],
): SideFigures {
  const own = runs.map((run) => {
    const all = run.requests.filter((one) => one.side === side);
    const during = within(all, run.fromMs, run.untilMs);
    const answered = during.filter(
      ({ outcome, atMs, elapsedMs }) => outcome === 'ok' && atMs + elapsedMs < run.untilMs,
    );
    return { run, all, during, answered, seconds: (run.untilMs - run.fromMs) / 1_000 };
  });
  const spread = (of: (one: (typeof own)[number]) => number) => spreadOf(own.map(of));
  const percentile = (share: number) =>
    spread(({ answered }) =>
      quantile(
        answered.map(({ elapsedMs }) => elapsedMs),
        share,
      ),
    );
  return {
    subject,
    phase,
    side,
    opsPerS: spread(({ answered, seconds }) => answered.length / seconds),
    availability: spread(({ during, answered }) => answered.length / Math.max(1, during.length)),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    writesAcknowledged: own.reduce(
      (sum, { answered }) => sum + answered.filter(({ op }) => op === 'write').length,
      0,
    ),
    staleness: addedUp(runs.map((run) => stalenessOn(run, side))),
    gapMs: spread(({ run, all }) => longestGapMs(all, run.fromMs, run.untilMs)),
    recoveredMs: worstOf(own.map(({ run, all }) => firstSuccessMs(all, run.untilMs))),
  };
}

/** Of reads by way of a node of the side that began while the fault held. */
function stalenessOn(run: PhaseRun, side: Side['name']): Staleness {
  const { operations } = run.registers.history({}, []);
  const nodes = run.phase.sides.find(({ name }) => name === side)?.nodes ?? [];
  const reads = operations.filter(
    ({ op, at, invoke }) =>
      op === 'read' &&
      at !== undefined &&
      nodes.includes(at) &&
      invoke >= run.fromMs &&
      invoke < run.untilMs,
  );
  return stalenessOf(operations, reads);
}

function addedUp(all: readonly Staleness[]): Staleness {
  const sum = (of: (one: Staleness) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    reads: sum(({ reads }) => reads),
    stale: sum(({ stale }) => stale),
    conflicting: sum(({ conflicting }) => conflicting),
  };
}

function worstOf(times: readonly (number | undefined)[]): number | null {
  const known = times.filter((ms) => ms !== undefined);
  return known.length < times.length ? null : Math.max(...known);
}

/** NaN of nothing. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
