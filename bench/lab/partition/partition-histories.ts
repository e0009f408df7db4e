/** The histories of a partition: what they are judged by, and one that must not pass. */

import { sloppyGoesOn } from '../cut-quorums.ts';
import type { Lab, Recorded } from '../experiment.ts';
import { type Levels, overlaps } from '../levels.ts';
import type { RecordedRegisters } from '../recorded-registers.ts';
import { takenForStrict } from '../taken-for-strict.ts';
import { type CutRound, SMALLER } from './cut-round.ts';

/** A promise that was not made, and that a checker sees it. */
export interface BrokenPromise {
  readonly text: string;
  readonly recorded: Recorded;
}

export interface RoundHistory extends Recorded {
  readonly mode: string;
}

/** One for each mode. */
export function historiesOf(
  round: CutRound,
  number: number,
  { seed }: Lab,
): readonly RoundHistory[] {
  return round.registers.map((registers) => {
    const { name: mode } = registers.mode;
    const checks = checksFor(registers);
    const facts = { experiment: 'E3', seed, round: number, mode, checks };
    const history = registers.history(facts, round.faults);
    return { name: `${mode}-${number}`, mode, history, checks, expected: 'ok' };
  });
}

function checksFor({ keepsSiblings }: RecordedRegisters) {
  return keepsSiblings
    ? (['losses', 'convergence'] as const)
    : (['linearizable', 'convergence'] as const);
}

/** Of what sloppy quorums answered on both sides; none where they could not. */
export function brokenPromises(
  sloppy: RoundHistory,
  round: CutRound,
  levels: Levels,
): readonly BrokenPromise[] {
  if (!sloppyGoesOn(levels, SMALLER)) return [];
  const register = {
    text: 'A check for linearizability finds what sloppy quorums answer in a cut',
    recorded: takenForRegister(sloppy, round),
  };
  const strict = {
    text: 'A check for lost writes finds sloppy quorums that are taken for strict ones',
    recorded: takenForStrict(sloppy),
  };
  return overlaps(levels) ? [register, strict] : [register];
}

/**
 * What a sloppy quorum answered up to the healing, taken for the answers of one register: of
 * keys that were first used while the sides were apart.
 */
function takenForRegister({ history }: RoundHistory, round: CutRound): Recorded {
  const { facts, faults, operations } = history;
  const { checks: _, ...rest } = facts;
  const early = new Set(
    operations.filter(({ invoke }) => invoke < round.cutAtMs).map(({ key }) => key),
  );
  const told = operations.filter(({ key, invoke }) => !early.has(key) && invoke < round.healedAtMs);
  return {
    name: 'sloppy-taken-for-a-register',
    history: { facts: { ...rest, takenFor: 'a register' }, faults, operations: told },
    checks: ['linearizable'],
    expected: 'violation',
  };
}
