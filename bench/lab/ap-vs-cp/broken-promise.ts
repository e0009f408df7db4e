/**
 * A promise that is broken on purpose: what a sloppy quorum answered in a partition, taken for
 * the answers of a linearizable register. A checker that lets it pass would let anything pass.
 */

import { runChecks, verdictOf } from '../../../src/checkers/checks.ts';
import type { History, Operation, Read, Write } from '../../../src/checkers/history.ts';
import type { Claim, Recorded } from '../experiment.ts';
import type { PhaseRun } from './phase-run.ts';

const CHECK_MS_MAX = 30_000;

export function sloppyAsRegister(runs: readonly PhaseRun[]): {
  readonly recorded: Recorded;
  readonly claim: Claim;
} {
  const [run] = runs;
  if (run === undefined) throw new Error('a sloppy quorum was measured while it was cut in two');
  const history: History = {
    facts: { experiment: 'ap-vs-cp', broken: 'a sloppy quorum taken for a linearizable register' },
    faults: run.faults,
    operations: run.registers.history({}, []).operations.flatMap(asOfRegister),
  };
  const checks = ['linearizable'] as const;
  const reports = runChecks(history, {
    checks,
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  const isCaught = reports.some((report) => verdictOf(report) === 'violation');
  return {
    recorded: { name: 'broken-sloppy-as-register', history, checks, expected: 'violation' },
    claim: {
      text: 'A sloppy quorum in a partition, taken for a linearizable register, is caught',
      holds: isCaught,
      evidence: isCaught ? 'the checker found a violation' : 'the checker found nothing',
      broken: true,
    },
  };
}

/** A read that showed several values is of no register. */
function asOfRegister(operation: Operation): readonly Operation[] {
  if (operation.op === 'write') {
    const { output: _, quorum: _quorum, replaces: _replaces, ...write } = operation as Write;
    return [write];
  }
  if (operation.op !== 'read') return [];
  const { output, quorum: _, final: _final, ...read } = operation as Read;
  const shown = output?.siblings?.map(({ value }) => value) ?? output?.values ?? [];
  if (operation.outcome === 'ok' && shown.length > 1) return [];
  return [operation.outcome === 'ok' ? { ...read, output: { value: shown[0] ?? null } } : read];
}
