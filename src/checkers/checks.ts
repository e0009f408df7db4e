/** All checks: which of them a history has what is needed for, and what they say of it. */

import { checkCausality } from './causal-consistency.ts';
import { checkContents, hasContents } from './contents.ts';
import { checkConvergence, hasSeveralFinalReads } from './convergence.ts';
import type { History, Operation } from './history.ts';
import { UncheckableError } from './history-error.ts';
import type { CheckLimits, CheckResult } from './linearizability.ts';
import { checkLosses } from './losses.ts';
import { checkHistory, type ModelName, modelsFor } from './models.ts';
import { siblingKeys } from './operations-of-keys.ts';
import { checkSessions, type KeyGuarantee } from './session-guarantees.ts';
import { hasSessions, type Sessions, sessionsOf } from './session-history.ts';
import { CHECK_NAMES, type CheckName, type Violation } from './violation.ts';

/** What one check says. */
export type CheckReport =
  | {
      readonly check: 'linearizable';
      readonly models: readonly ModelName[];
      readonly result: CheckResult<Operation>;
    }
  | { readonly check: OtherCheck; readonly violations: readonly Violation[] };

export interface CheckOptions extends CheckLimits {
  /** Instead of those that the history names, or that apply to it. */
  readonly checks?: readonly CheckName[];
  /** Of all keys that are checked for linearizability. */
  readonly model?: ModelName;
}

type OtherCheck = Exclude<CheckName, 'linearizable'>;

interface Check {
  /** What a history must have for it to prove anything. */
  readonly needs: string;
  readonly applies: (history: History) => boolean;
}

interface PlainCheck extends Check {
  readonly run: (history: History, sessions: () => Sessions) => readonly Violation[];
}

const LINEARIZABLE: Check = {
  needs: 'keys that do not keep siblings',
  applies: ({ operations }) => registersOf(operations).length > 0,
};

const OTHERS: Readonly<Record<OtherCheck, PlainCheck>> = {
  ryw: ofSessions('ryw'),
  mr: ofSessions('mr'),
  mw: ofSessions('mw'),
  wfr: ofSessions('wfr'),
  causal: {
    ...ofSessions('ryw'),
    run: (_, sessions) => checkCausality(sessions()),
  },
  losses: {
    needs: 'keys that keep siblings ("replaces", "output.siblings" or "output.values")',
    applies: ({ operations }) => siblingKeys(operations).size > 0,
    run: checkLosses,
  },
  contents: {
    needs: '"add", "append" or "increment"',
    applies: ({ operations }) => hasContents(operations),
    run: checkContents,
  },
  convergence: {
    needs: 'several reads of a key with "final": true',
    applies: ({ operations }) => hasSeveralFinalReads(operations),
    run: ({ operations }) => checkConvergence(operations),
  },
};

/** Throws `UncheckableError` where the history does not have what a check needs. */
export function runChecks(history: History, options: CheckOptions): readonly CheckReport[] {
  const { checks = checksOf(history) } = options;
  let known: Sessions | undefined;
  const sessions = () => {
    known ??= sessionsOf(history.operations);
    return known;
  };
  return checks.map((check) => {
    if (check === 'linearizable') return linearizabilityReport(history, options);
    return { check, violations: OTHERS[check].run(history, sessions) };
  });
}

export function verdictOf(report: CheckReport): CheckResult<Operation>['verdict'] {
  if (report.check === 'linearizable') return report.result.verdict;
  return report.violations.length === 0 ? 'ok' : 'violation';
}

/** Those that were asked for, if they prove anything. Throws `UncheckableError`. */
export function checksOf(history: History, asked?: readonly CheckName[]): readonly CheckName[] {
  const names = asked ?? history.facts.checks;
  if (names === undefined) return CHECK_NAMES.filter((name) => checkOf(name).applies(history));
  return names.map((name) => {
    const known = CHECK_NAMES.find((one) => one === name);
    if (known === undefined) {
      const all = CHECK_NAMES.join(', ');
      throw new UncheckableError(`${JSON.stringify(name)} is not a check; there are: ${all}`);
    }
    const { needs, applies } = checkOf(known);
    if (known === 'linearizable' || applies(history)) return known;
    throw new UncheckableError(`the check ${known} needs ${needs}: the history has nothing of it`);
  });
}

function checkOf(name: CheckName): Check {
  return name === 'linearizable' ? LINEARIZABLE : OTHERS[name];
}

function ofSessions(guarantee: KeyGuarantee): PlainCheck {
  return {
    needs: '"session" with "output.clock" of reads and "output.dot" of writes',
    applies: ({ operations }) => hasSessions(operations),
    run: (_, sessions) => checkSessions(sessions(), [guarantee]),
  };
}

/** Keys that keep siblings are left out where there are others, and nobody asked for them. */
function linearizabilityReport(
  { operations }: History,
  { model, checks, ...limits }: CheckOptions,
): CheckReport {
  const others = checks === undefined ? registersOf(operations) : [];
  const registers = others.length === 0 ? operations : others;
  const groups = model === undefined ? modelsFor(registers) : new Map([[model, registers]]);
  const results = [...groups].map(([name, its]) => checkHistory(its, name, limits));
  return { check: 'linearizable', models: [...groups.keys()], result: together(results) };
}

function registersOf(operations: readonly Operation[]): readonly Operation[] {
  const keys = siblingKeys(operations);
  return keys.size === 0 ? operations : operations.filter(({ key }) => !keys.has(key));
}

function together(results: readonly CheckResult<Operation>[]): CheckResult<Operation> {
  const violation = results.find(({ verdict }) => verdict === 'violation');
  if (violation !== undefined) return violation;
  const undecided = results.filter((result) => result.verdict === 'unknown');
  const [first] = undecided;
  if (first === undefined) return { verdict: 'ok' };
  return { ...first, keys: undecided.flatMap(({ keys }) => keys) };
}
