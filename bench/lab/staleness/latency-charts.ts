/** What E2 shows: latency beside staleness, a dot for each R and W. */

import type { Chart } from '../chart.ts';
import type { Table } from '../experiment.ts';
import type { Tail } from './tail.ts';
import { levelName, type Measured } from './trials.ts';

/** Of one law, every R and W. */
export interface Tried {
  readonly name: string;
  readonly title: string;
  readonly levels: readonly TriedLevel[];
}

export interface TriedLevel {
  readonly measured: Measured;
  readonly read: Latencies;
  readonly write: Latencies;
  /** From when on 99.9% of the reads are fresh. */
  readonly tail: Tail;
  readonly tailPredictedMs: number;
}

/** p50, p99 and p99.9, in milliseconds. */
interface Latencies {
  readonly measuredMs: readonly number[];
  readonly predictedMs: readonly number[];
}

const P999 = 2;

export function latencyChart({ name, title, levels }: Tried): Chart {
  const worst = levels.reduce((a, b) => (b.tailPredictedMs > a.tailPredictedMs ? b : a));
  const dearest = levels.reduce((a, b) =>
    costMs(b, 'measuredMs') > costMs(a, 'measuredMs') ? b : a,
  );
  return {
    kind: 'scatter',
    name: `latency-and-staleness-${name}`,
    title: `Latency and staleness: ${title}`,
    caption: `Dots on the ground (R+W>3) are never stale and pay for it in latency, up to ${costMs(dearest, 'measuredMs').toFixed(1)} ms at ${levelName(dearest.measured)}; ${levelName(worst.measured)} is the stalest.`,
    x: { label: 'latency of a read and a write together, each at p99.9 (ms)', min: 0 },
    y: { label: 'time until 99.9% of reads are fresh (ms)', min: 0 },
    series: [
      { name: 'measured', points: levels.map(measuredDot) },
      {
        name: 'predicted',
        dashed: true,
        points: levels.map((level) => ({
          x: costMs(level, 'predictedMs'),
          y: level.tailPredictedMs,
        })),
      },
    ],
  };
}

function measuredDot(level: TriedLevel) {
  const { fromMs = null, lowMs, highMs } = level.tail;
  return {
    x: costMs(level, 'measuredMs'),
    y: fromMs,
    low: lowMs,
    ...(highMs !== undefined && { high: highMs }),
    label: levelName(level.measured),
  };
}

function costMs({ read, write }: TriedLevel, which: keyof Latencies): number {
  return (read[which][P999] ?? 0) + (write[which][P999] ?? 0);
}

export function latencyTable(tried: readonly Tried[]): Table {
  return {
    title: 'Latency and staleness, in milliseconds: measured / predicted',
    head: [
      ...['law', 'R,W', 'read p50', 'read p99', 'read p99.9'],
      ...['write p50', 'write p99', 'write p99.9', '99.9% fresh from'],
    ],
    rows: tried.flatMap(({ title, levels }) =>
      levels.map(({ measured, read, write, tail, tailPredictedMs }) => [
        title,
        levelName(measured),
        ...pairs(read),
        ...pairs(write),
        `${tail.fromMs ?? 'not seen'} / ${tailPredictedMs.toFixed(1)}`,
      ]),
    ),
    caption:
      'A higher W moves the wait from readers to writers and a higher R back; where R+W>3 the last column is 0.',
  };
}

function pairs({ measuredMs, predictedMs }: Latencies): readonly string[] {
  return measuredMs.map((ms, i) => `${ms.toFixed(2)} / ${(predictedMs[i] ?? 0).toFixed(2)}`);
}
