/**
 * E2: what freshness costs. The latencies of reads and writes at every R and W of three replicas,
 * and from when on after its acknowledgement 99.9% of the reads return a write. It runs in the
 * simulator alone, with three nodes whatever was asked for.
 */

import { FITS, type FitName } from '../../../src/pbs/fits.ts';
import { freshness } from '../../../src/pbs/prediction.ts';
import type { WarsTrials } from '../../../src/pbs/wars.ts';
import type { Claim, Experiment, Findings, Lab } from '../experiment.ts';
import { overlaps } from '../levels.ts';
import { type Scale, sizeOf } from '../scale.ts';
import { Z_CLAIM } from './comparison.ts';
import { latencyChart, latencyTable, type Tried, type TriedLevel } from './latency-charts.ts';
import { predictTrials } from './predicted.ts';
import { simulateTrials } from './simulated-trials.ts';
import { percentilesOf, SHARES, shareOff, tailOf } from './tail.ts';
import { type Measured, REPLICAS, triedOf } from './trials.ts';
import { count } from './visibility-charts.ts';

interface Size {
  readonly fits: readonly FitName[];
  /** Of each fit, at each W. */
  readonly writes: number;
  /** Of each prediction. */
  readonly trials: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  tiny: { fits: ['disk'], writes: 60, trials: 20_000 },
  small: { fits: ['ssd', 'disk'], writes: 2_000, trials: 200_000 },
  full: { fits: ['ssd', 'disk', 'ymmr', 'wan'], writes: 5_000, trials: 500_000 },
};

/** Of the reads that are to be fresh. */
export const WANTED = 0.999;

/** Reads are tried from when so many are fresh by the prediction, for each R and W. */
const LOOKED_AT = [0.98, 0.995, 0.998, WANTED, 0.9998];

/**
 * A percentile may be that of a share so much higher or lower, beyond its interval: a node takes
 * the 99th percentile of its last 128 answers for the time after which one is late, and that many
 * answers tell it no better than to about one point.
 */
const SHARE_TOLERANCE = 0.01;

export const latency: Experiment = {
  id: 'E2',
  title: 'What freshness costs',
  question:
    'What do reads and writes take at each R and W, and how long can reads be stale for it?',
  hypothesis:
    'Each further replica that is waited for costs latency, most of all in the tail; what it buys is a shorter time of staleness, which is none where R+W>N.',
  nodes: 0,
  run,
};

async function run({ seed, scale, signal, progress }: Lab): Promise<Findings> {
  const { fits, writes, trials } = sizeOf(scale, SIZES);
  const tried: Tried[] = [];
  for (const [i, name] of fits.entries()) {
    const { remote: laws, title } = FITS[name];
    const predicted = predictTrials(laws, { n: REPLICAS, seed, trials });
    const measured = await simulateTrials({
      ...{ n: REPLICAS, laws, seed, writes, timesMs: timesOfTails(predicted), signal },
      onShare: (share) => progress.at((i + share) / fits.length, title),
    });
    tried.push({ name, title, levels: measured.map((one) => triedLevel(one, predicted)) });
  }
  return {
    summary: summaryOf(tried),
    claims: [...tried.map(latencyClaim), sureClaim(tried), ...tried.flatMap(tailClaims)],
    setUp: [
      ['replicas', String(REPLICAS)],
      ['laws', fits.map((name) => FITS[name].title).join('; ')],
      [
        'trials',
        `in the simulator, ${count(writes)} writes at each W and law, by any node; another node reads each, at each R`,
      ],
      [
        'own copy',
        'a coordinator keeps one replica itself, at once: R=1 and W=1 wait for nobody else',
      ],
      ['off', 'read repair, sloppy quorums, anti-entropy; disks take no time'],
      [
        'read latency',
        'from R answers; one more replica is asked when one is late (99th percentile)',
      ],
    ],
    faults: [],
    charts: tried.map(latencyChart),
    tables: [latencyTable(tried)],
    histories: [],
    figures: Object.fromEntries(tried.map(({ name, levels }) => [name, levels.map(figuresOf)])),
  };
}

/** Rising from 0. */
function timesOfTails(predicted: WarsTrials): readonly number[] {
  const levels = triedOf(REPLICAS);
  const risky = levels
    .flatMap((r) => levels.map((w) => ({ n: REPLICAS, r, w })))
    .filter((at) => !overlaps(at));
  const times = risky.flatMap(({ r, w }) => {
    const asked = { atMs: [], probabilities: LOOKED_AT };
    return freshness(predicted.freshFromMs(r, w), asked).freshFrom.map(({ fromMs }) =>
      Number(fromMs.toPrecision(3)),
    );
  });
  return [...new Set([0, ...times])].sort((a, b) => a - b);
}

function triedLevel(measured: Measured, predicted: WarsTrials): TriedLevel {
  const { r, w, points, readsMs, writesMs } = measured;
  const asked = { atMs: [], probabilities: [WANTED] };
  const [from] = freshness(predicted.freshFromMs(r, w), asked).freshFrom;
  return {
    measured,
    read: { measuredMs: percentilesOf(readsMs), predictedMs: percentilesOf(predicted.readsMs(r)) },
    write: {
      measuredMs: percentilesOf(writesMs),
      predictedMs: percentilesOf(predicted.writesMs(w)),
    },
    tail: tailOf(points, WANTED),
    tailPredictedMs: from?.fromMs ?? 0,
  };
}

function summaryOf(tried: readonly Tried[]): string {
  return tried
    .map(({ title, levels }) => {
      const one = levels.find(({ measured: { r, w } }) => r === 1 && w === 1);
      const two = levels.find(({ measured: { r, w } }) => r === 2 && w === 2);
      const from =
        one?.tail.fromMs === undefined ? 'later than was tried' : `${one.tail.fromMs} ms`;
      return `${title}: at R=W=1 nobody else is waited for, and 99.9% of the reads are fresh from ${from} on; at R=W=2 all are, for ${two?.read.measuredMs[2]?.toFixed(1)} ms of a read and ${two?.write.measuredMs[2]?.toFixed(1)} ms of a write at the 99.9th percentile.`;
    })
    .join(' ');
}

function latencyClaim({ title, levels }: Tried): Claim {
  const offs = levels.flatMap(({ measured, read, write }) =>
    SHARES.flatMap((share, i) => [
      shareOff(measured.readsMs, read.predictedMs[i] ?? 0, share, Z_CLAIM),
      shareOff(measured.writesMs, write.predictedMs[i] ?? 0, share, Z_CLAIM),
    ]),
  );
  const worst = Math.max(...offs);
  return {
    text: `${title}: p50, p99 and p99.9 of reads and writes are those that PBS predicts`,
    holds: worst <= SHARE_TOLERANCE,
    evidence: `of ${offs.length} percentiles the worst is off by ${(100 * worst).toFixed(2)} points beyond its interval`,
  };
}

function sureClaim(tried: readonly Tried[]): Claim {
  const points = tried
    .flatMap(({ levels }) => levels.map(({ measured }) => measured))
    .filter(overlaps)
    .flatMap((measured) => measured.points);
  const reads = points.reduce((sum, point) => sum + point.reads, 0);
  const fresh = points.reduce((sum, point) => sum + point.fresh, 0);
  return {
    text: 'Where R+W>N reads are fresh from the acknowledgement on',
    holds: reads > 0 && fresh === reads,
    evidence: `${count(reads - fresh)} of ${count(reads)} reads were stale`,
  };
}

function tailClaims({ title, levels }: Tried): readonly Claim[] {
  const risky = levels.filter(({ measured }) => !overlaps(measured));
  const tails = risky.map(({ measured, tailPredictedMs }) => {
    const { lowMs, highMs = Number.POSITIVE_INFINITY } = tailOf(measured.points, WANTED, Z_CLAIM);
    return { measured, tailPredictedMs, lowMs, highMs };
  });
  return [
    {
      text: `${title}: from when on 99.9% of the reads are fresh is not where counting excludes it`,
      holds: tails.every(({ tailPredictedMs, lowMs, highMs }) => {
        return tailPredictedMs >= lowMs * 0.9 && tailPredictedMs * 0.9 <= highMs;
      }),
      evidence: tails
        .map(({ measured: { r, w }, tailPredictedMs, lowMs, highMs }) => {
          const most = Number.isFinite(highMs) ? `${highMs} ms` : 'any';
          return `R=${r}, W=${w}: ${tailPredictedMs.toFixed(1)} ms predicted, from ${lowMs} ms to ${most} possible`;
        })
        .join('; '),
    },
    {
      text: `${title}: at R=W=1 reads can be stale`,
      holds: risky.some(({ measured: { r, w, points } }) => {
        return r === 1 && w === 1 && points.some(({ reads, fresh }) => fresh < reads);
      }),
      evidence: risky
        .map(({ measured: { r, w, points } }) => {
          const stale = points.reduce((sum, { reads, fresh }) => sum + reads - fresh, 0);
          return `R=${r}, W=${w}: ${stale} stale`;
        })
        .join('; '),
    },
  ];
}

function figuresOf({ measured, read, write, tail, tailPredictedMs }: TriedLevel) {
  const { r, w, points, failed } = measured;
  return { r, w, points, failed, read, write, tail, tailPredictedMs };
}
