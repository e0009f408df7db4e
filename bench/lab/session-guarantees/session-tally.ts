/** All rounds of one variant together. */

import { type Spread, spreadOf } from '../../throughput/spread.ts';
import { compressedLatencies } from '../compressed-latencies.ts';
import type { Timed } from './hopping-client.ts';
import type { Traffic } from './session-traffic.ts';
import { JUDGED_BY, type SessionVariant } from './session-variants.ts';

export interface VariantTally {
  readonly variant: SessionVariant;
  /** Answered, while the replica lagged, as are the others. */
  readonly reads: number;
  /** Reads by what they violate. */
  readonly violations: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly unavailable: number;
  /** In milliseconds; each round has one. */
  readonly readP99: Spread;
  readonly writeP99: Spread;
  /** As `compressedLatencies`. */
  readonly readLatencies: string;
  readonly writeLatencies: string;
  /** While the replica was cut off. */
  readonly cutOff: Pick<Traffic, 'reads' | 'requests' | 'unavailable' | 'violations'>;
}

export function tallyOf(
  variant: SessionVariant,
  lagging: readonly Traffic[],
  cutOff: readonly Traffic[],
): VariantTally {
  const rounds = lagging.filter((traffic) => traffic.variant === variant);
  const cut = cutOff.filter((traffic) => traffic.variant === variant);
  const latencies = (op: Timed['op']) =>
    compressedLatencies(rounds.flatMap((round) => timesOf(round, op)));
  const p99 = (op: Timed['op']) => spreadOf(rounds.map((round) => p99Of(round, op)));
  return {
    variant,
    ...together(rounds),
    readP99: p99('read'),
    writeP99: p99('write'),
    readLatencies: latencies('read'),
    writeLatencies: latencies('write'),
    cutOff: together(cut),
  };
}

function together(rounds: readonly Traffic[]) {
  const sum = (count: (round: Traffic) => number) =>
    rounds.reduce((total, round) => total + count(round), 0);
  return {
    reads: sum(({ reads }) => reads),
    requests: sum(({ requests }) => requests),
    unavailable: sum(({ unavailable }) => unavailable),
    violations: Object.fromEntries(
      JUDGED_BY.map((check) => [check, sum(({ violations }) => violations[check] ?? 0)]),
    ),
  };
}

function timesOf({ timed }: Traffic, op: Timed['op']): readonly number[] {
  return timed.filter((one) => one.op === op).map(({ tookMs }) => tookMs);
}

/** Nearest rank. */
function p99Of(traffic: Traffic, op: Timed['op']): number {
  const sorted = timesOf(traffic, op).toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? Number.NaN;
}
