/** What E1 shows: how soon after its acknowledgement a write is read, measured and predicted. */

import { freshness } from '../../../src/pbs/prediction.ts';
import type { WarsTrials } from '../../../src/pbs/wars.ts';
import type { Chart, Point, Series } from '../chart.ts';
import type { Table } from '../experiment.ts';
import { wilson } from '../wilson.ts';
import { byOverlap, type Compared, greatestDistance, totals } from './comparison.ts';
import { levelName } from './trials.ts';

/** One law, tried and predicted. */
export interface Tried {
  /** Kebab-case. */
  readonly name: string;
  /** Names N. */
  readonly title: string;
  /** Replicas. */
  readonly n: number;
  readonly compared: readonly Compared[];
  readonly predicted: WarsTrials;
}

/** Of a predicted line, beside that at once: as far from each other on a logarithmic axis. */
const LINE_POINTS = 120;
/** From the first of them to the last. */
const LINE_SPAN = 2_000;

export function visibilityChart({ name, title, n, compared, predicted }: Tried): Chart {
  const { sure, risky } = byOverlap(compared);
  const lastMs = Math.max(...compared.flatMap(({ points }) => points.map(({ atMs }) => atMs)));
  const lines = risky.flatMap((one): readonly Series[] => [
    { name: `${levelName(one)} measured`, points: one.points.map(pointOf), unjoined: true },
    {
      name: `${levelName(one)} predicted`,
      points: predictedPoints(predicted, one, lastMs),
      dashed: true,
    },
  ]);
  const distance = percent(greatestDistance(risky));
  const { reads, stale } = totals(sure);
  return {
    kind: 'lines',
    name: `fresh-reads-${name}`,
    title: `Fresh reads: ${title}`,
    caption: `The measured dots (whiskers: 95% intervals) lie on the dashed lines that PBS predicts, nowhere farther off than ${distance}; where R+W>${n}, ${stale} of ${count(reads)} reads were stale.`,
    x: { label: 'time since the write was acknowledged (ms)', log: true },
    y: { label: 'reads that return the write (%)', min: 0, max: 100 },
    series: [
      ...lines,
      { name: `R+W>${n} measured`, points: pooledPoints(sure), unjoined: true, tone: 'ok' },
      {
        name: `R+W>${n} predicted`,
        points: [0, lastMs].map((x) => ({ x, y: 100 })),
        dashed: true,
        tone: 'ok',
      },
    ],
  };
}

function pointOf({ atMs, fresh, reads }: Compared['points'][number]): Point {
  const { low, high } = wilson(fresh, reads);
  return { x: atMs, y: (100 * fresh) / reads, low: 100 * low, high: 100 * high };
}

function predictedPoints(
  predicted: WarsTrials,
  { r, w }: Compared,
  lastMs: number,
): readonly Point[] {
  const later = Array.from({ length: LINE_POINTS }, (_, i) => {
    return lastMs * LINE_SPAN ** (i / (LINE_POINTS - 1) - 1);
  });
  const atMs = [0, ...later];
  const { fresh } = freshness(predicted.freshFromMs(r, w), { atMs, probabilities: [] });
  return fresh.map(({ atMs, probability }) => ({ x: atMs, y: 100 * probability }));
}

/** All of them at each time. */
function pooledPoints(compared: readonly Compared[]): readonly Point[] {
  const pooled = new Map<number, { atMs: number; reads: number; fresh: number }>();
  for (const { atMs, reads, fresh } of compared.flatMap(({ points }) => points)) {
    const one = pooled.get(atMs) ?? { atMs, reads: 0, fresh: 0 };
    pooled.set(atMs, { atMs, reads: one.reads + reads, fresh: one.fresh + fresh });
  }
  return [...pooled.values()].map((one) => pointOf({ ...one, share: 0, predicted: 0 }));
}

export function visibilityTable(tried: readonly Tried[]): Table {
  return {
    title: 'Stale reads, measured and predicted',
    head: ['law', 'R,W', 'reads', 'stale', 'stale by PBS', 'fresh at once', 'predicted'],
    rows: tried.flatMap(({ title, compared }) =>
      compared.map((one) => {
        const [first] = one.points;
        return [
          title,
          levelName(one),
          count(one.reads),
          count(one.stale),
          count(one.staleExpected),
          percent(first?.share ?? 0),
          percent(first?.predicted ?? 0),
        ];
      }),
    ),
    caption:
      'Reads at all times together, and those that began with the acknowledgement: where R+W>N none is stale, and elsewhere as many as PBS says.',
  };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

export function count(number: number): string {
  return Math.round(number).toLocaleString('en');
}
