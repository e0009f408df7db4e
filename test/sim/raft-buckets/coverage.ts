/** What runs on raft buckets have to meet for their history to be worth a check. */

import { conditionsOf, isMismatch, type Operation } from '../../../src/checkers/history.ts';
import { type CountingCounts, sumOfCounts } from './counting-client.ts';

const NOTHING_RECORDED = {
  puts: 0,
  deletes: 0,
  /** Deletes that found nothing. */
  emptyDeletes: 0,
  conditionsMet: 0,
  /** 412. */
  conditionsFailed: 0,
  readsOfValues: 0,
  readsOfAbsence: 0,
  writesRefused: 0,
  writesUnknown: 0,
  /** Of those in doubt: whose value somebody read. */
  writesSurfaced: 0,
};

const NOTHING_OBSERVED = {
  leaderChanges: 0,
  /** Voters replaced by others. */
  voterChanges: 0,
  /** Members that made a snapshot of their own state, or took up that of a leader. */
  snapshots: 0,
  snapshotChunksSent: 0,
};

export type HistoryCounts = typeof NOTHING_RECORDED;
export type GroupCounts = typeof NOTHING_OBSERVED;
export type Coverage = HistoryCounts & CountingCounts & GroupCounts;

export function newCoverage(): Coverage {
  return { ...NOTHING_RECORDED, ...sumOfCounts([]), ...NOTHING_OBSERVED };
}

/** What clients met, who count left out. */
export function countHistory(history: readonly Operation[]): HistoryCounts {
  const counts = { ...NOTHING_RECORDED };
  const seen = new Set(history.map(({ op, output }) => (op === 'read' ? output?.value : null)));
  for (const operation of history) {
    for (const name of countersOf(operation, seen)) counts[name]++;
  }
  return counts;
}

type CounterName = keyof HistoryCounts;

function countersOf(operation: Operation, seen: ReadonlySet<unknown>): readonly CounterName[] {
  const { op, outcome, output } = operation;
  if (op === 'increment') return [];
  if (op === 'read') {
    if (outcome !== 'ok') return [];
    return [output?.value === null ? 'readsOfAbsence' : 'readsOfValues'];
  }
  if (outcome === 'fail') return ['writesRefused'];
  if (outcome === 'unknown') {
    const surfaced = op === 'write' && seen.has(operation.value);
    return surfaced ? ['writesUnknown', 'writesSurfaced'] : ['writesUnknown'];
  }
  const isConditional = Object.keys(conditionsOf(operation)).length > 0;
  if (isMismatch(operation)) return [isConditional ? 'conditionsFailed' : 'emptyDeletes'];
  const done = op === 'delete' ? 'deletes' : 'puts';
  return isConditional ? [done, 'conditionsMet'] : [done];
}
