/** What was tried on sockets, beside what PBS predicts from the law that was injected there. */

import { FITS, type WarsLaws } from '../../../src/pbs/fits.ts';
import { type Law, measured, stretched } from '../../../src/pbs/laws.ts';
import { freshness, quantile } from '../../../src/pbs/prediction.ts';
import type { Levels } from '../levels.ts';
import { type Compared, comparedOf } from './comparison.ts';
import { type Predicting, predictTrials } from './predicted.ts';
import { type SocketRead, type SocketTimes, socketLevels } from './socket-trials.ts';
import type { Tried } from './visibility-charts.ts';

export interface SocketsCompared extends Tried {
  /** Of a read that needs no message between nodes, the median. */
  readonly httpMs: number;
  /** Of a write, until it is on the coordinator's disk, the median. */
  readonly diskMs: number;
  readonly failed: number;
}

/** What processes and sockets take themselves must be little beside it. */
const STRETCH = 5;

export const SOCKET_LAW: Law = stretched(FITS.disk.remote.w, STRETCH);
export const SOCKET_LAW_TEXT = `writes of ${FITS.disk.title}, times ${STRETCH}`;

export function compareSockets(times: SocketTimes, predicting: Predicting): SocketsCompared {
  const { reads, writesOfOneMs, failed } = times;
  const httpMs = medianOf(reads.filter(({ r }) => r === 1).map(({ tookMs }) => tookMs));
  const ownDiskMs = writesOfOneMs.map((ms) => Math.max(0, ms - httpMs));
  const ownDisk = measured(ownDiskMs);
  const predicted = predictTrials(lawsWith(ownDisk), predicting, ownDisk);
  const { n } = predicting;
  const levels = socketLevels(n);
  const compared = levels.flatMap((r) =>
    levels.map((w) => {
      const those = reads.filter((read) => read.r === r && read.w === w);
      return comparedAt({ n, r, w }, those, httpMs, predicted.freshFromMs(r, w));
    }),
  );
  return {
    name: `sockets-n-${n}`,
    title: `real processes (${SOCKET_LAW_TEXT}), N=${n}`,
    n,
    compared,
    predicted,
    httpMs,
    diskMs: medianOf(ownDiskMs),
    failed,
  };
}

/** Every replica answers a write when it is on its disk. */
function lawsWith(disk: Law): WarsLaws {
  const law = SOCKET_LAW;
  return { w: law, a: (float) => law(float) + disk(float), r: law, s: law };
}

/**
 * Each group of reads at the median of its times; each is predicted at its own. Half of what HTTP
 * takes is between the acknowledgement and its reader, half between the next reader and its node:
 * about, so what is predicted without any of it and with twice as much goes along.
 */
function comparedAt(
  level: Levels,
  reads: readonly SocketRead[],
  httpMs: number,
  freshFromMs: Float64Array,
): Compared {
  const timesMs = [...new Set(reads.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  return comparedOf(
    level,
    timesMs.map((time) => {
      const those = reads.filter(({ atMs }) => atMs === time);
      const predictedAfter = (httpTimes: number) => {
        const atMs = those.map(({ afterMs }) => afterMs + httpTimes * httpMs);
        const { fresh } = freshness(freshFromMs, { atMs, probabilities: [] });
        return fresh.reduce((sum, { probability }) => sum + probability, 0) / those.length;
      };
      return {
        atMs: Number((medianOf(those.map(({ afterMs }) => afterMs)) + httpMs).toFixed(2)),
        reads: those.length,
        fresh: those.filter((read) => read.fresh).length,
        predicted: predictedAfter(1),
        predictedRange: [predictedAfter(0), predictedAfter(2)] as const,
      };
    }),
  );
}

function medianOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : quantile(Float64Array.from(numbers).sort(), 0.5);
}
