/** The histories of a partition: what they are judged by, and one that must not pass. */

import type { Lab, Recorded } from '../experiment.ts';
import type { RecordedRegisters } from '../recorded-registers.ts';
import type { CutRound } from './cut-round.ts';

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

/**
 * What a sloppy quorum answered up to the healing, taken for the answers of one register: of
 * keys that were first used while the sides were apart.
 */
export function takenForRegister({ history }: RoundHistory, round: CutRound): Recorded {
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
