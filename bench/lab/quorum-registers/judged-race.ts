/** Races with what the checker says of them, by mode. */

import { type CheckReport, runChecks, verdictOf } from '../../../src/checkers/checks.ts';
import { type History, type Operation, valuesFound } from '../../../src/checkers/history.ts';
import { spreadOf } from '../../throughput/spread.ts';
import { compressedLatencies } from '../compressed-latencies.ts';
import type { RacingMode } from './race-modes.ts';

export interface JudgedRace {
  readonly mode: RacingMode;
  readonly seed: number;
  readonly history: History;
  readonly verdict: 'ok' | 'violation' | 'unknown';
  readonly report: CheckReport;
}

/** All races of one mode. */
export interface ModeRaces {
  readonly mode: RacingMode;
  readonly races: readonly JudgedRace[];
  readonly violated: number;
  readonly undecided: number;
  readonly reads: number;
  readonly writes: number;
  /** Of reads and writes: no answer, or in doubt. */
  readonly unanswered: number;
  /** That showed several values. */
  readonly siblingReads: number;
  /** Reads that missed a write which was acknowledged before they began. */
  readonly staleReads: number;
  /** Reads that missed only what a read had shown that ended before they began. */
  readonly invertedReads: number;
  /** The median, as that of writes. */
  readonly readMs: number;
  readonly writeMs: number;
  /** As `compressedLatencies`. */
  readonly readLatencies: string;
  readonly writeLatencies: string;
}

const CHECK_MS_MAX = 20_000;

export function judgedRace(mode: RacingMode, seed: number, history: History): JudgedRace {
  const reports = runChecks(history, {
    checks: ['linearizable'],
    now: () => performance.now(),
    timeMs: CHECK_MS_MAX,
  });
  const report = reports[0] as CheckReport;
  return { mode, seed, history, report, verdict: verdictOf(report) };
}

export function racesOf(mode: RacingMode, all: readonly JudgedRace[]): ModeRaces {
  const races = all.filter((race) => race.mode === mode);
  const operations = races.flatMap(({ history }) => history.operations);
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  const reads = answered.filter(({ op }) => op === 'read');
  const writes = answered.filter(({ op }) => op === 'write');
  const count = (verdict: JudgedRace['verdict']) =>
    races.filter((race) => race.verdict === verdict).length;
  return {
    mode,
    races,
    violated: count('violation'),
    undecided: count('unknown'),
    reads: reads.length,
    writes: writes.length,
    unanswered: operations.length - answered.length,
    siblingReads: reads.filter((read) => (valuesFound(read) ?? []).length > 1).length,
    ...sum(races.map(({ history }) => missedIn(history))),
    readMs: spreadOf(reads.map(tookMs)).median,
    writeMs: spreadOf(writes.map(tookMs)).median,
    readLatencies: compressedLatencies(reads.map(tookMs)),
    writeLatencies: compressedLatencies(writes.map(tookMs)),
  };
}

interface Missed {
  readonly staleReads: number;
  readonly invertedReads: number;
}

/** The single writer numbers its values, so that of two the later one is known. */
function missedIn({ operations }: History): Missed {
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  const reads = answered.filter(({ op }) => op === 'read');
  const writes = answered.filter(({ op }) => op === 'write');
  const latest = (before: readonly Operation[], atMs: number) =>
    Math.max(0, ...before.filter((one) => Number(one.complete) < atMs).map(numberOf));
  const isStale = (read: Operation) => numberOf(read) < latest(writes, read.invoke);
  const stale = reads.filter(isStale);
  const inverted = reads.filter(
    (read) => !isStale(read) && numberOf(read) < latest(reads, read.invoke),
  );
  return { staleReads: stale.length, invertedReads: inverted.length };
}

function sum(missed: readonly Missed[]): Missed {
  const of = (field: keyof Missed) => missed.reduce((total, one) => total + one[field], 0);
  return { staleReads: of('staleReads'), invertedReads: of('invertedReads') };
}

/** 0: before the first write. */
export function numberOf(operation: Operation): number {
  const values = operation.op === 'write' ? [operation.value] : (valuesFound(operation) ?? []);
  return Math.max(0, ...values.map(Number));
}

function tookMs({ invoke, complete }: Operation): number {
  return (complete as number) - invoke;
}
