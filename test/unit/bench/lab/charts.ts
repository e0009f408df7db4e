/** Charts of every kind, with figures as experiments find them. */

import type { BarChart, Chart, HeatChart, LineChart, Point } from '../../../../bench/lab/chart.ts';

/** Evenly, both ends included. */
function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** What looks like chance and is the same each time. */
function wobble(i: number): number {
  return Math.sin(i * 12.9898) * 0.5 + Math.sin(i * 4.1414) * 0.5;
}

const TIMES = [0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

function freshness(name: string, start: number, pace: number): LineChart['series'] {
  const share = (t: number) => 1 - (1 - start) * Math.exp(-t / pace);
  const measured = TIMES.map((x, i): Point => {
    const y = Math.min(1, share(x) + 0.006 * wobble(i + pace));
    return { x, y, low: Math.max(0, y - 0.02), high: Math.min(1, y + 0.015) };
  });
  const predicted = range(0, 200, 1).map((x) => ({ x, y: share(x) }));
  return [
    { name: `${name} measured`, points: measured },
    { name: `${name} predicted`, points: predicted, dashed: true },
  ];
}

export const FRESHNESS: LineChart = {
  kind: 'lines',
  name: 'freshness',
  title: 'How soon a read is fresh',
  caption:
    'With R=1 and W=1 about 44 of 100 reads right after a write are fresh, and 99 of 100 after 45 ms; where R+W exceeds N every read is.',
  x: { label: 'time since the write was acknowledged (ms)', log: true },
  y: { label: 'share of reads that are fresh', min: 0, max: 1 },
  series: [
    ...freshness('R=1 W=1', 0.44, 11),
    ...freshness('R=1 W=2', 0.62, 9),
    ...freshness('R=2 W=1', 0.7, 4),
    ...freshness('R=2 W=2', 1, 1),
  ],
};

const outcomes = (name: string, tone: 'ok' | 'bad' | 'unknown', at: (t: number) => number) => ({
  name,
  tone,
  points: range(0, 30, 0.25).map((x) => ({ x, y: Math.max(0, Math.round(at(x))) })),
});

const isCut = (t: number) => t >= 10 && t < 20;

export const PARTITION: LineChart = {
  kind: 'stacked',
  name: 'strict-minority',
  title: 'Strict quorum, clients of the minority side',
  caption:
    'While the cluster is cut, clients on the side of two nodes are refused; 0.5 s after the heal they are served again.',
  x: { label: 'time (s)' },
  y: { label: 'operations per 250 ms' },
  spans: [{ from: 10, until: 20, label: 'partition n1 n2 | n3 n4 n5' }],
  series: [
    outcomes('ok', 'ok', (t) => (isCut(t) ? 0 : 24 + 2 * wobble(t))),
    outcomes('failed', 'bad', (t) => (isCut(t) && t > 11 ? 21 + 2 * wobble(t) : 0)),
    outcomes('unknown', 'unknown', (t) => (isCut(t) && t <= 11 ? 14 : t > 20 && t < 20.6 ? 5 : 0)),
  ],
};

const decay = (name: string, pace: number, rest: number) => ({
  name,
  points: range(0, 60, 1).map((x, i) => {
    const keys = Math.round(2_000 * Math.exp(-x / pace) * (1 + 0.08 * wobble(i)) + rest - 0.4);
    return { x, y: Math.max(0, keys) };
  }),
});

export const CONVERGENCE: LineChart = {
  kind: 'lines',
  name: 'convergence',
  title: 'Keys that differ between replicas, after a node comes back',
  caption:
    'Hints bring a node up to date within 10 s, anti-entropy alone within 40 s; without either, 260 keys stay different.',
  x: { label: 'time since the node came back (s)' },
  y: { label: 'keys that differ', log: true },
  series: [
    decay('all three', 1.1, 0),
    decay('hints only', 1.6, 0),
    decay('anti-entropy only', 6, 0),
    decay('read repair only', 14, 120),
    decay('none', 4_000, 0),
  ],
};

export const TRADE: LineChart = {
  kind: 'scatter',
  name: 'latency-against-staleness',
  title: 'What freshness costs',
  caption: 'A dot for each R,W: those at the bottom are never stale, and answer later.',
  x: { label: 'read latency at 99.9% (ms)' },
  y: { label: 'time until 99.9% of reads are fresh (ms)' },
  series: [
    {
      name: 'SSD',
      points: [
        { x: 0.66, y: 1.85, label: 'R1 W1' },
        { x: 0.66, y: 1.79, label: 'R1 W2' },
        { x: 1.63, y: 0, label: 'R2 W1' },
        { x: 1.62, y: 0, label: 'R2 W2' },
      ],
    },
    {
      name: 'disk',
      points: [
        { x: 0.66, y: 45.5, low: 41, high: 52, label: 'R1 W1' },
        { x: 0.65, y: 43.3, low: 40, high: 47, label: 'R1 W2' },
        { x: 1.63, y: 13.6, low: 12, high: 15, label: 'R2 W1' },
        { x: 1.64, y: 0, label: 'R2 W2' },
      ],
    },
  ],
};

const MODES = [
  'dynamo, sloppy quorum',
  'dynamo, strict quorum',
  'strict quorum, blocking read repair',
  'paxos',
  'raft',
];

export const VERDICTS: BarChart = {
  kind: 'stacked-bars',
  name: 'verdicts',
  title: 'Is it linearizable? The checker over 50 seeds',
  caption: 'Quorums that overlap are not enough: only paxos and raft passed under every seed.',
  y: { label: 'histories' },
  groups: MODES,
  series: [
    { name: 'linearizable', tone: 'ok', values: [3, 12, 41, 50, 50] },
    { name: 'violation', tone: 'bad', values: [47, 38, 8, 0, 0] },
    { name: 'undecided', tone: 'unknown', values: [0, 0, 1, 0, 0] },
  ],
};

export const LOSSES: BarChart = {
  kind: 'bars',
  name: 'losses',
  title: 'Acknowledged writes that are gone',
  caption: 'Last-write-wins forgets most of what was acknowledged; with siblings nothing is lost.',
  y: { label: 'lost (% of acknowledged writes)', max: 100 },
  groups: ['no skew', '50 ms skew', '500 ms skew'],
  series: [
    {
      name: 'last write wins',
      values: [71.7, 83.2, 91.4],
      ranges: [
        [69, 74],
        [80.5, 86],
        [90, 93],
      ],
    },
    { name: 'siblings', values: [0, 0, 0] },
    { name: 'not measured', values: [null, 12, Number.NaN] },
  ],
};

export const SESSIONS: HeatChart = {
  kind: 'heat',
  name: 'session-violations',
  title: 'What sessions prevent',
  caption: 'Each guarantee brings its own violations to zero; without any, reads go backwards.',
  label: 'violations per 10,000 operations',
  rows: ['no guarantee', 'read your writes', 'monotonic reads', 'writes follow reads', 'all four'],
  columns: ['own writes missed', 'reads backwards', 'writes reordered', 'causes missed'],
  cells: [
    [312, 148, 21, 4],
    [0, 96, 19, 3],
    [201, 0, 22, 4],
    [null, 130, 0, 0],
    [0, 0, 0, 0],
  ],
};

export const CHARTS: readonly Chart[] = [
  FRESHNESS,
  PARTITION,
  CONVERGENCE,
  TRADE,
  VERDICTS,
  LOSSES,
  SESSIONS,
];
