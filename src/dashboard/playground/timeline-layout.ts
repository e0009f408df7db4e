/**
 * Where operations and faults stand on a timeline: a lane for each node, in it a row for changes
 * and one for reads; time goes from left to right. Lengths are CSS pixels.
 */

import type { FaultWindow } from '../../checkers/history.ts';
import type { Judged, Verdict } from './freshness.ts';
import { SOMEWHERE } from './tally.ts';

/** Milliseconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export interface Mark {
  readonly judged: Judged;
  /** Where it began and ended. */
  readonly from: number;
  readonly x: number;
  readonly y: number;
  readonly verdict: Verdict;
  readonly isRead: boolean;
  /** Beside the mark; absent: there is no room. */
  readonly label: string | undefined;
}

export interface Shade {
  readonly from: number;
  readonly until: number;
  readonly text: string;
}

export interface Timeline {
  readonly marks: readonly Mark[];
  readonly shades: readonly Shade[];
  /** Of time: where, and how it is called. */
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
}

export interface TimelineInput {
  /** In the order in which they ended. */
  readonly judged: readonly Judged[];
  readonly faults: readonly FaultWindow[];
  readonly lanes: readonly string[];
  readonly span: Span;
  /** Up to which what has no end is drawn. */
  readonly now: number;
  readonly width: number;
}

/** Of names at the left. */
export const GUTTER = 48;
/** At the right: half of a mark. */
export const EDGE = 8;
/** Of faults and their texts above the lanes. */
export const HEAD = 24;
export const LANE_HEIGHT = 56;
/** Of times below the lanes. */
export const FOOT = 22;

const CHANGES_Y = 18;
const READS_Y = 40;
/** A label needs so much until the next mark of its row. */
const LABEL_WIDTH = 26;

export function heightOf(lanes: number): number {
  return HEAD + lanes * LANE_HEIGHT + FOOT;
}

export function layOut(input: TimelineInput): Timeline {
  const { span, width } = input;
  const scale = (width - GUTTER - EDGE) / (span.until - span.from);
  const xOf = (ms: number) => GUTTER + (ms - span.from) * scale;
  return { marks: marksOf(input, xOf), shades: shadesOf(input, xOf), ticks: ticksOf(span, xOf) };
}

/** What falls onto a mark of its own kind is not drawn again. */
function marksOf({ judged, lanes, span, now }: TimelineInput, xOf: (ms: number) => number): Mark[] {
  const marks = new Map<string, Mark>();
  const lastLabelled = new Map<number, number>();
  for (let place = firstEnding(judged, span.from); place < judged.length; place++) {
    const one = judged[place] as Judged;
    const { operation, verdict } = one;
    if (operation.invoke > span.until) continue;
    const lane = lanes.indexOf(operation.at ?? SOMEWHERE);
    if (lane < 0) continue;
    const isRead = operation.op === 'read';
    const x = xOf(Math.min(operation.complete ?? now, span.until));
    const y = HEAD + lane * LANE_HEIGHT + (isRead ? READS_Y : CHANGES_Y);
    const key = `${Math.round(x)} ${y} ${verdict}`;
    if (marks.has(key)) continue;
    const text = labelOf(one);
    const hasRoom = text !== undefined && x - (lastLabelled.get(y) ?? 0) >= LABEL_WIDTH;
    if (hasRoom) lastLabelled.set(y, x);
    const from = Math.max(GUTTER, xOf(operation.invoke));
    marks.set(key, { judged: one, from, x, y, verdict, isRead, label: hasRoom ? text : undefined });
  }
  return [...marks.values()];
}

/** The first that ended at this time or later; operations that never ended come last. */
export function firstEnding(judged: readonly Judged[], time: number): number {
  let [low, high] = [0, judged.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(judged[middle] as Judged) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function endOf({ operation: { complete } }: Judged): number {
  return complete ?? Number.POSITIVE_INFINITY;
}

function labelOf({ operation, verdict, behind }: Judged): string | undefined {
  if (verdict === 'stale') return `−${behind}`;
  if (operation.op === 'read' || operation.op === 'delete' || operation.op === 'increment') {
    return undefined;
  }
  const text = String(operation.value);
  return text.length <= 4 ? text : undefined;
}

function shadesOf({ faults, span, now }: TimelineInput, xOf: (ms: number) => number): Shade[] {
  return faults.flatMap(({ fault: text, from, until }) => {
    const end = Math.min(until ?? now, span.until);
    const start = Math.max(from, span.from);
    return end <= start ? [] : [{ from: xOf(start), until: xOf(end), text }];
  });
}

const STEPS_MS = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];
const TICKS_MAX = 8;

function ticksOf({ from, until }: Span, xOf: (ms: number) => number) {
  const step = STEPS_MS.find((ms) => (until - from) / ms <= TICKS_MAX) ?? 600_000;
  const ticks = [];
  for (let at = Math.max(0, Math.ceil(from / step)) * step; at <= until; at += step) {
    ticks.push({ x: xOf(at), text: secondsText(at, step) });
  }
  return ticks;
}

function secondsText(ms: number, step: number): string {
  const decimals = step >= 1_000 ? 0 : step >= 100 ? 1 : 2;
  return `${(ms / 1_000).toFixed(decimals)} s`;
}

/** The one that is nearest to a point, and near. */
export function markAt(marks: readonly Mark[], x: number, y: number): Mark | undefined {
  let [nearest, best] = [undefined as Mark | undefined, NEAR_PX];
  for (const mark of marks) {
    const distance = Math.hypot(mark.x - x, mark.y - y);
    if (distance < best) [nearest, best] = [mark, distance];
  }
  return nearest;
}

const NEAR_PX = 14;
