/** A partition as a picture: one character for what was sent in a quarter of a second. */

import { tableText } from '../../src/cli/table-text.ts';
import {
  type Lane,
  type Outcome,
  REQUEST_MS_MAX,
  type TimedRequest,
  type Timeline,
} from './timeline.ts';

export const CELL_MS = 250;
const CELLS_A_SECOND = 1_000 / CELL_MS;

export const LEGEND = [
  'each character: the requests that were to be sent in 250 ms',
  'O all answered   F all failed for certain   ? all of unknown outcome',
  'o some answered, some not   x some failed, some unknown',
  `each waits up to ${REQUEST_MS_MAX} ms: one sent shortly before the end of the cut may be answered after it`,
];

const OF_ALL: Readonly<Record<Outcome, string>> = { ok: 'O', failed: 'F', unknown: '?' };

export function cellOf(outcomes: readonly Outcome[]): string {
  const [first] = outcomes;
  if (first === undefined) return ' ';
  if (outcomes.every((outcome) => outcome === first)) return OF_ALL[first];
  return outcomes.includes('ok') ? 'o' : 'x';
}

export function timelineLines(timeline: Timeline): readonly string[] {
  const { minority, majority, cutAtMs, healedAtMs } = timeline;
  const pictures = timeline.lanes.map((lane) => [...nameCells(lane), pictureOf(lane, timeline)]);
  return [
    `${minority} cut off from ${majority.join(' and ')} from ${cutAtMs / 1_000} s to ${healedAtMs / 1_000} s; ${minority} led the metadata group`,
    ...LEGEND,
    '',
    tableText(
      ['side', 'bucket', '', rulerOf(timeline)],
      [['', '', '', markersOf(timeline)], ...pictures],
    ),
    '',
    'answered / failed / unknown; and without an answer longest',
    '',
    tableText(
      ['side', 'bucket', '', 'before', 'cut off', 'healed', 'gap when cut', 'gap when healed'],
      timeline.lanes.map((lane) => [...nameCells(lane), ...countCells(lane, timeline)]),
    ),
  ];
}

function nameCells({ side, kind, operation }: Lane): readonly string[] {
  return [side, kind, operation];
}

function pictureOf({ requests }: Lane, { endedAtMs }: Timeline): string {
  const cells: Outcome[][] = Array.from({ length: Math.ceil(endedAtMs / CELL_MS) }, () => []);
  for (const { atMs, outcome } of requests) cells[Math.floor(atMs / CELL_MS)]?.push(outcome);
  return cells.map(cellOf).join('');
}

/** The seconds, each where its first character stands. */
function rulerOf({ endedAtMs }: Timeline): string {
  const seconds = Array.from({ length: Math.ceil(endedAtMs / 1_000) }, (_, i) => String(i));
  return seconds.map((second) => second.padEnd(CELLS_A_SECOND)).join('');
}

function markersOf({ cutAtMs, healedAtMs }: Timeline): string {
  const beforeCut = ' '.repeat(cutAtMs / CELL_MS);
  return `${beforeCut}|cut`.padEnd(healedAtMs / CELL_MS).concat('|healed');
}

function countCells({ requests }: Lane, timeline: Timeline): readonly string[] {
  const { cutAtMs, healedAtMs, endedAtMs } = timeline;
  const within = (fromMs: number, toMs: number) =>
    requests.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const gap = (fromMs: number, toMs: number) => {
    return `${(longestGapMs(within(fromMs, toMs), fromMs, toMs) / 1_000).toFixed(2)} s`;
  };
  return [
    countsText(within(0, cutAtMs)),
    countsText(within(cutAtMs, healedAtMs)),
    countsText(within(healedAtMs, endedAtMs)),
    gap(cutAtMs, healedAtMs),
    gap(healedAtMs, endedAtMs),
  ];
}

function countsText(requests: readonly TimedRequest[]): string {
  const count = (wanted: Outcome) => requests.filter(({ outcome }) => outcome === wanted).length;
  return `${count('ok')} / ${count('failed')} / ${count('unknown')}`;
}

/** Between the times of sending of answered requests, and the ends of the period. */
export function longestGapMs(
  requests: readonly TimedRequest[],
  fromMs: number,
  toMs: number,
): number {
  const answered = requests.filter(({ outcome }) => outcome === 'ok').map(({ atMs }) => atMs);
  const times = [fromMs, ...answered, toMs];
  return Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)));
}
