/** The verdict on a campaign: one table, and the histories that failed as files. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyOf } from '../../bench/workloads/rounds.ts';
import {
  type Counts,
  countsOf,
  judgedOrRefused,
  type Verdict,
} from '../../bench/workloads/verdicts.ts';
import type { Facts } from '../../src/checkers/history.ts';
import { decodeHistory, encodeHistory } from '../../src/checkers/history-codec.ts';
import { tableText } from '../../src/cli/table-text.ts';
import type { Campaign, WorkloadRecord } from './campaign.ts';

export interface Row extends Counts, Omit<Verdict, 'text'> {
  readonly workload: string;
  readonly mode: string;
}

export interface JudgedRound {
  readonly file: string;
  readonly verdict: Verdict;
}

export interface Report {
  readonly rows: readonly Row[];
  /** Those that are not all well. */
  readonly bad: readonly JudgedRound[];
}

/** @param directory where the histories go: all of them, or those that are not well */
export async function reportOf(
  campaign: Campaign,
  { facts, directory, keepAll }: { facts: Facts; directory: string; keepAll: boolean },
): Promise<Report> {
  const rows: Row[] = [];
  const bad: JudgedRound[] = [];
  await mkdir(directory, { recursive: true });
  for (const record of campaign.records) {
    const row = { ...rowOf(record), ...ZERO };
    for (const round of record.rounds) {
      const { bucket, checks } = record.workload;
      const about = { ...facts, workload: bucket, round: round.number, checks };
      const text = encodeHistory(historyOf(round, about, campaign.faults));
      const verdict = judgedOrRefused(decodeHistory(text), checks);
      addUp(row, countsOf(round.recorder), verdict);
      const file = join(directory, `${bucket}-${round.number}.jsonl`);
      if (keepAll || verdict.text !== undefined) await writeFile(file, text);
      if (verdict.text !== undefined) bad.push({ file, verdict });
    }
    rows.push(row);
  }
  return { rows, bad };
}

export function reportTable(rows: readonly Row[]): string {
  const head = ['workload', 'mode', 'operations', 'acknowledged', 'unknown', 'failed', 'lost'];
  return tableText(
    [...head, 'violations'],
    rows.map((row) => [
      row.workload,
      row.mode,
      ...[row.operations, row.acknowledged, row.unknown, row.failed, row.lost].map(counted),
      row.undecided === 0
        ? counted(row.violations)
        : `${row.violations}, ${row.undecided} undecided`,
    ]),
  );
}

type Sums = { -readonly [Name in Exclude<keyof Row, 'workload' | 'mode'>]: number };

const ZERO: Sums = {
  operations: 0,
  acknowledged: 0,
  unknown: 0,
  failed: 0,
  lost: 0,
  violations: 0,
  undecided: 0,
};

function rowOf({ workload: { name, mode } }: WorkloadRecord) {
  return { workload: name, mode };
}

function addUp(row: Sums, counts: Counts, verdict: Verdict): void {
  row.operations += counts.operations;
  row.acknowledged += counts.acknowledged;
  row.unknown += counts.unknown;
  row.failed += counts.failed;
  row.lost += verdict.lost;
  row.violations += verdict.violations;
  row.undecided += verdict.undecided;
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
