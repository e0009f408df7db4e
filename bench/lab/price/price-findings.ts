/** What the measurements of E9 say. */

import { spreadOf } from '../../throughput/spread.ts';
import type { Chart, Series } from '../chart.ts';
import type { Claim, Findings, Lab, Table } from '../experiment.ts';
import type { Score } from '../peers/turns.ts';
import { YCSB } from '../ycsb/workloads.ts';
import type { PriceCell, PriceSize } from './price.ts';

const ALONE = 'quorate R=W=1';
const QUORUM = 'quorate strict';
const CONSENSUS = ['quorate paxos', 'quorate raft'];
/** Of timers, disks and two cores, in milliseconds beside what the network takes. */
const OTHER_MS = 20;
/** Timers of the delays may be early by so much. */
const EARLY = 0.9;

export function findingsOf(cells: readonly PriceCell[], size: PriceSize, lab: Lab): Findings {
  const workloads = [...new Set(cells.map(({ workload }) => workload))];
  return {
    summary: summaryOf(cells),
    claims: claimsOf(cells),
    setUp: [
      ['nodes', `${lab.nodes}, any two of them so far apart: ${size.roundTripsMs.join(', ')} ms`],
      ['records', `${size.records} of 1,000 bytes`],
      ['rounds', `${size.rounds}, in turns, of ${(lab.durationMs ?? size.measureMs) / 1_000} s`],
      [
        'rates',
        `${size.shares.map((share) => share * 100).join(', ')} % of what the slowest can do`,
      ],
      ['clients', 'ask every node in turn, whoever leads or keeps the key'],
    ],
    faults: [],
    charts: workloads.flatMap((workload) => {
      const own = cells.filter((cell) => cell.workload === workload);
      return [distanceChart(own), ...curveCharts(own)];
    }),
    tables: [priceTable(cells)],
    histories: [],
    figures: { cells },
  };
}

/** At the middle rate; NaN where the generator lagged in all rounds. */
function p50At(cell: PriceCell, name: string): number {
  return scoreAt(cell, name)?.p50Ms.median ?? Number.NaN;
}

/** Of all rounds: against a round trip it says enough that the generator lagged by milliseconds. */
function anyP50At(cell: PriceCell, name: string): number {
  const rounds = scoreAt(cell, name)?.rounds ?? [];
  return spreadOf(rounds.map(({ all }) => all.p50)).median;
}

function scoreAt({ paced }: PriceCell, name: string): Score | undefined {
  const middle = paced[Math.floor((paced.length - 1) / 2)];
  return middle?.scores.find(({ contestant }) => contestant === name);
}

function summaryOf(cells: readonly PriceCell[]): string {
  const farthest = cells.reduce((a, b) => (b.roundTripMs > a.roundTripMs ? b : a));
  const names = farthest.saturation.map(({ contestant }) => contestant);
  const texts = names.map((name) => `${name} ${anyP50At(farthest, name).toFixed(1)} ms`);
  return `With nodes ${farthest.roundTripMs} ms apart, half of the operations of workload ${farthest.workload} take at most: ${texts.join(', ')}.`;
}

function claimsOf(cells: readonly PriceCell[]): readonly Claim[] {
  const apart = cells.filter(({ roundTripMs }) => roundTripMs >= OTHER_MS);
  const claim = (text: string, name: string, holds: (cell: PriceCell, p50: number) => boolean) => {
    const seen = apart.map((cell) => ({ cell, p50: anyP50At(cell, name) }));
    return {
      text,
      holds: seen.every(({ cell, p50 }) => holds(cell, p50)),
      evidence: seen
        .map(({ cell, p50 }) => `${cell.workload} at ${cell.roundTripMs} ms: ${p50.toFixed(1)} ms`)
        .join(', '),
    };
  };
  return [
    claim(
      'R=W=1 waits for no other node: half of the operations take less than a round trip',
      ALONE,
      (cell, p50) => p50 < cell.roundTripMs,
    ),
    claim('A strict quorum waits for one round trip', QUORUM, waitsFor(1)),
    ...CONSENSUS.map((name) =>
      claim(`${name} waits for at least one round trip, for reads too`, name, waitsFor(1)),
    ),
  ];
}

function waitsFor(roundTrips: number) {
  return (cell: PriceCell, p50: number) => p50 >= EARLY * roundTrips * cell.roundTripMs;
}

function distanceChart(cells: readonly PriceCell[]): Chart {
  const [first] = cells;
  const workload = first?.workload ?? 'A';
  const names = first?.saturation.map(({ contestant }) => contestant) ?? [];
  return {
    kind: 'lines',
    name: `distance-${workload.toLowerCase()}`,
    title: `Workload ${workload}, ${YCSB[workload].title}: half of the operations take at most`,
    caption: 'How steep a line is tells how many round trips an operation waits for.',
    x: { label: 'round trip between nodes (ms)', min: 0 },
    y: { label: 'median from the intended time (ms)', min: 0 },
    series: names.map((name) => ({
      name,
      points: cells.map((cell) => ({ x: cell.roundTripMs, y: orNull(p50At(cell, name)) })),
    })),
  };
}

/** One for each distance, where several rates were measured. */
function curveCharts(cells: readonly PriceCell[]): readonly Chart[] {
  return cells
    .filter(({ paced }) => paced.length > 1)
    .map((cell) => ({
      kind: 'lines',
      name: `curve-${cell.workload.toLowerCase()}-${cell.roundTripMs}`,
      title: `Workload ${cell.workload}, ${cell.roundTripMs} ms apart: latency as the rate rises`,
      caption:
        'All are asked at the same rates; the last dot of each is what it can do in a closed loop.',
      x: { label: 'operations a second', log: true },
      y: { label: '99th percentile (ms)', log: true },
      series: cell.saturation.map((score) => curveOf(cell, score)),
    }));
}

function curveOf({ paced }: PriceCell, saturated: Score): Series {
  const points = paced.flatMap(({ rate, scores }) => {
    const score = scores.find(({ contestant }) => contestant === saturated.contestant);
    return score === undefined ? [] : [{ x: rate, y: orNull(score.p99Ms.median) }];
  });
  const last = { x: saturated.opsPerS.median, y: orNull(saturated.p99Ms.median) };
  return { name: saturated.contestant, points: [...points, last].sort((a, b) => a.x - b.x) };
}

function priceTable(cells: readonly PriceCell[]): Table {
  return {
    title: 'What it costs',
    head: [
      'workload',
      'apart ms',
      'mode',
      'ops/s at most',
      'p50 ms',
      'p99 ms',
      'messages',
      'errors',
    ],
    rows: cells.flatMap((cell) =>
      cell.saturation.map((score) => {
        const paced = scoreAt(cell, score.contestant);
        return [
          cell.workload,
          String(cell.roundTripMs),
          score.contestant,
          Math.round(score.opsPerS.median).toLocaleString('en'),
          textOf(paced?.p50Ms.median),
          textOf(paced?.p99Ms.median),
          (cell.messages[score.contestant] ?? 0).toFixed(1),
          errorsText([score, ...(paced === undefined ? [] : [paced])]),
        ];
      }),
    ),
    caption:
      'Percentiles at the middle rate, from the intended time of sending; messages: frames between ' +
      'nodes for one operation in the closed loop, gossip and heartbeats among them.',
  };
}

function errorsText(scores: readonly Score[]): string {
  const texts = scores.flatMap(({ errors }) =>
    Object.entries(errors).map(([what, count]) => `${count} x ${what}`),
  );
  return texts.length === 0 ? '0' : texts.join(', ');
}

function textOf(ms: number | undefined): string {
  return ms === undefined || Number.isNaN(ms) ? '-' : ms.toFixed(1);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
