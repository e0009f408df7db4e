/** What became of the elements of all rounds of one policy under one condition. */

import { runChecks } from '../../../src/checkers/checks.ts';
import type { FaultWindow, History, Operation } from '../../../src/checkers/history.ts';
import { type Spread, spreadOf } from '../../throughput/spread.ts';
import type { Condition, Policy } from './conditions.ts';
import type { SetRound } from './set-round.ts';

/** Of a round that is over. */
export interface SetRecord extends Pick<SetRound, 'policy' | 'condition' | 'repeat' | 'siblings'> {
  readonly recorder: { readonly operations: readonly Operation[] };
}

export interface SetTally {
  readonly policy: Policy;
  readonly condition: Condition;
  readonly rounds: readonly SetRecord[];
  /** Elements. */
  readonly acknowledged: number;
  /** Of these, those that are shown in the end. */
  readonly survivors: number;
  readonly lost: number;
  /** Of what was acknowledged in a round, from 0 to 1. */
  readonly lostShare: Spread;
  /** What the checker of contents found. */
  readonly violations: number;
  /** How many values each key has in the end. */
  readonly siblings: readonly number[];
}

export function tallyOf(policy: Policy, condition: Condition, all: readonly SetRecord[]): SetTally {
  const rounds = all.filter((round) => round.policy === policy && round.condition === condition);
  const counts = rounds.map(survivorsOf);
  const sum = (count: (one: Survivors) => number) =>
    counts.reduce((total, one) => total + count(one), 0);
  const acknowledged = sum((one) => one.acknowledged);
  const survivors = sum((one) => one.survivors);
  return {
    policy,
    condition,
    rounds,
    acknowledged,
    survivors,
    lost: acknowledged - survivors,
    lostShare: spreadOf(counts.map((one) => 1 - one.survivors / Math.max(1, one.acknowledged))),
    violations: rounds.reduce((total, round) => total + violationsIn(historyOf(round, [])), 0),
    siblings: rounds.flatMap((round) => [...round.siblings.values()]),
  };
}

/** @param faults of the whole run: those of the round are kept */
export function historyOf(
  { recorder, policy, condition, repeat }: SetRecord,
  faults: readonly FaultWindow[],
): History {
  const { operations } = recorder;
  const added = operations.filter(({ op }) => op === 'add');
  const from = Math.min(...added.map(({ invoke }) => invoke));
  const until = Math.max(...added.map(({ invoke }) => invoke));
  return {
    facts: { experiment: 'E6', policy: policy.name, condition: condition.name, repeat },
    operations,
    faults: faults.filter((fault) => fault.from <= until && Number(fault.until) >= from),
  };
}

interface Survivors {
  readonly acknowledged: number;
  readonly survivors: number;
}

function survivorsOf({ recorder: { operations } }: SetRecord): Survivors {
  const finals = new Map<string, ReadonlySet<unknown>>();
  for (const operation of operations) {
    if (operation.op !== 'read' || operation.final !== true || operation.outcome !== 'ok') continue;
    finals.set(operation.key, new Set(operation.output?.values));
  }
  let acknowledged = 0;
  let survivors = 0;
  for (const operation of operations) {
    if (operation.op !== 'add' || operation.outcome !== 'ok') continue;
    acknowledged++;
    if (finals.get(operation.key)?.has(operation.value)) survivors++;
  }
  return { acknowledged, survivors };
}

function violationsIn(history: History): number {
  const reports = runChecks(history, {
    checks: ['contents'],
    now: () => performance.now(),
    timeMs: Number.POSITIVE_INFINITY,
  });
  return reports.reduce((total, report) => {
    return total + (report.check === 'linearizable' ? 0 : report.violations.length);
  }, 0);
}
