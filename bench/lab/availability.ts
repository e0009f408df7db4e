/** What became of requests over time: each counts at the time at which it was to be sent. */

import type { Outcome } from '../../src/checkers/history.ts';
import type { LineChart, Span, Tone } from './chart.ts';

export interface TimedRequest {
  readonly mode: string;
  /** Of the network, or who else asked. */
  readonly side: string;
  readonly op: 'read' | 'write';
  /** When it was to be sent, in milliseconds of the experiment's clock. */
  readonly atMs: number;
  /** From then until the answer came or waiting ended. */
  readonly elapsedMs: number;
  readonly outcome: Outcome;
  readonly error?: string;
}

export const BUCKET_MS = 250;

/** How many requests of a period of `BUCKET_MS` came to what. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

export function countOutcomes(requests: readonly Pick<TimedRequest, 'outcome'>[]): OutcomeCounts {
  const counts = { ok: 0, fail: 0, unknown: 0 };
  for (const { outcome } of requests) counts[outcome]++;
  return counts;
}

/** One element for each `BUCKET_MS` from 0 to `untilMs`. */
export function availability(
  requests: readonly TimedRequest[],
  untilMs: number,
): readonly OutcomeCounts[] {
  const buckets = Array.from({ length: Math.ceil(untilMs / BUCKET_MS) }, () => ({
    ok: 0,
    fail: 0,
    unknown: 0,
  }));
  for (const { atMs, outcome } of requests) {
    const bucket = buckets[Math.floor(atMs / BUCKET_MS)];
    if (bucket !== undefined) bucket[outcome]++;
  }
  return buckets;
}

/** Of those with `fromMs <= atMs < untilMs`. */
export function within<Request extends Pick<TimedRequest, 'atMs'>>(
  requests: readonly Request[],
  fromMs: number,
  untilMs: number,
): readonly Request[] {
  return requests.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
}

/** Between the times of sending of answered requests, and the ends of the period. */
export function longestGapMs(
  requests: readonly TimedRequest[],
  fromMs: number,
  untilMs: number,
): number {
  const answered = within(requests, fromMs, untilMs)
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ atMs }) => atMs)
    .sort((a, b) => a - b);
  const times = [fromMs, ...answered, untilMs];
  return Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)));
}

/** From `fromMs` to the first success that was answered after it; undefined: there was none. */
export function firstSuccessMs(
  requests: readonly TimedRequest[],
  fromMs: number,
): number | undefined {
  const answered = requests
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ atMs, elapsedMs }) => atMs + elapsedMs - fromMs)
    .filter((ms) => ms >= 0);
  return answered.length === 0 ? undefined : Math.min(...answered);
}

const SHOWN: readonly (readonly [outcome: Outcome, name: string, tone: Tone])[] = [
  ['ok', 'ok', 'ok'],
  ['fail', 'failed', 'bad'],
  ['unknown', 'unknown', 'unknown'],
];

/** Stacked areas; spans in milliseconds, as the requests. */
export function availabilityChart(
  about: Pick<LineChart, 'name' | 'title' | 'caption'>,
  requests: readonly TimedRequest[],
  { untilMs, spans }: { readonly untilMs: number; readonly spans: readonly Span[] },
): LineChart {
  const buckets = availability(requests, untilMs);
  return {
    ...about,
    kind: 'stacked',
    x: { label: 'time (s)', min: 0, max: untilMs / 1_000 },
    y: { label: `requests per ${BUCKET_MS} ms`, min: 0 },
    series: SHOWN.map(([outcome, name, tone]) => ({
      name,
      tone,
      points: buckets.map((counts, i) => ({ x: (i * BUCKET_MS) / 1_000, y: counts[outcome] })),
    })),
    spans: spans.map(({ from, until, label }) => ({
      from: from / 1_000,
      until: until / 1_000,
      label,
    })),
  };
}
