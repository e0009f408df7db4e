/** The histories of a failure, judged, and what they say in numbers. */

import { countOutcomes, longestGapMs, type OutcomeCounts, within } from '../availability.ts';
import type { Lab, Recorded } from '../experiment.ts';
import { type Judgement, judged } from '../judging.ts';
import type { Mode, ModeName } from '../modes.ts';
import type { RecordedRegisters } from '../recorded-registers.ts';
import type { FailurePhase } from './failure-phase.ts';

export interface FailureFigures {
  readonly strike: string;
  readonly mode: ModeName;
  readonly acknowledged: number;
  /** Acknowledged writes that a check found to be lost, or any other violation. */
  readonly violations: number;
  /** Of what was to be sent from the failure to the end. */
  readonly outcomes: OutcomeCounts;
  /** Without a success, in that time. */
  readonly gapMs: number;
  /** The longest that a request took that succeeded. */
  readonly slowestMs: number;
  /** From the failure to the last request that did not succeed; 0: none failed. */
  readonly recoveredMs: number;
  /** How long it lasted. */
  readonly lastedMs: number;
  /** Succeeded after it was over. */
  readonly afterwards: number;
}

export interface JudgedRecord {
  readonly recorded: Recorded;
  readonly mode: Mode;
  readonly judgement: Judgement;
  readonly figures: FailureFigures;
}

export function recordOf(
  registers: RecordedRegisters,
  { phase, number, lab }: { phase: FailurePhase; number: number; lab: Lab },
): JudgedRecord {
  const { mode, keepsSiblings } = registers;
  const checks = keepsSiblings
    ? (['losses', 'convergence'] as const)
    : (['linearizable', 'convergence'] as const);
  const facts = {
    experiment: 'E10',
    seed: lab.seed,
    failure: phase.strike,
    mode: mode.name,
    checks,
  };
  const recorded: Recorded = {
    name: `${number}-${phase.strike.replace(' ', '-')}-${mode.name}`,
    history: registers.history(facts, phase.faults),
    checks,
    expected: 'ok',
  };
  const judgement = judged(recorded);
  return { recorded, mode, judgement, figures: figuresOf(phase, recorded, judgement, mode.name) };
}

function figuresOf(
  { strike, struckAtMs, overAtMs, endedAtMs, requests }: FailurePhase,
  { history }: Recorded,
  { violations }: Judgement,
  mode: ModeName,
): FailureFigures {
  const its = requests.filter((one) => one.mode === mode);
  const sent = within(its, struckAtMs, endedAtMs);
  const lastSentMs = Math.max(struckAtMs, ...sent.map(({ atMs }) => atMs));
  const failed = sent.filter(({ outcome }) => outcome !== 'ok').map(({ atMs }) => atMs);
  return {
    strike,
    mode,
    acknowledged: history.operations.filter(({ op, outcome }) => op === 'write' && outcome === 'ok')
      .length,
    violations,
    outcomes: countOutcomes(sent),
    gapMs: longestGapMs(its, struckAtMs, lastSentMs),
    slowestMs: Math.max(
      0,
      ...sent.filter(({ outcome }) => outcome === 'ok').map(({ elapsedMs }) => elapsedMs),
    ),
    recoveredMs: Math.max(0, ...failed.map((atMs) => atMs - struckAtMs)),
    lastedMs: overAtMs - struckAtMs,
    afterwards: within(its, overAtMs, endedAtMs).filter(({ outcome }) => outcome === 'ok').length,
  };
}

/** Judged as though no disk had been lost: what one disk had is promised to all later reads. */
export function loneCopies(registers: RecordedRegisters, { seed }: Lab): Recorded {
  const facts = { experiment: 'E10', seed, failure: 'disk loss', w: 1 };
  return {
    name: 'lone-copies',
    history: registers.history(facts, []),
    checks: ['losses'],
    expected: 'violation',
  };
}
