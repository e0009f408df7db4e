/**
 * When nodes made snapshots, read from what was seen of them: a snapshot is of the index that
 * was applied when it was begun, and is told of when it is whole. Good to one poll.
 */

import type { Sample } from './group-watch.ts';
import { type Spread, spreadOf } from './throughput/spread.ts';

/** The log is cut after the snapshot, which is a part of what it costs. */
const CUTTING_MS = 1_000;

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface SnapshotFigures {
  readonly node: string;
  readonly snapshots: number;
  readonly tookMs: Spread;
  /** Longest block of the event loop in each snapshot. */
  readonly blockMs: Spread;
  /** Longest block between two polls while there was none. */
  readonly blockOtherwiseMs: Spread;
}

/** Of one node, in the order of their coming; a snapshot begun before the first does not count. */
export function snapshotFigures(samples: readonly Sample[]): SnapshotFigures {
  const spans = spansIn(samples);
  const blocksIn = spans.map((span) => {
    const within = samples.filter((_, i) => touches(span, samples, i));
    return Math.max(...within.map(({ blockMs }) => blockMs));
  });
  const otherwise = samples.filter((_, i) => !spans.some((span) => touches(span, samples, i)));
  return {
    node: samples[0]?.node ?? '',
    snapshots: spans.length,
    tookMs: spreadOf(spans.map(({ startedAt, endedAt }) => endedAt - startedAt)),
    blockMs: spreadOf(blocksIn),
    // The first tells of the time before it, too.
    blockOtherwiseMs: spreadOf(otherwise.slice(1).map(({ blockMs }) => blockMs)),
  };
}

export function spansIn(samples: readonly Sample[]): readonly Span[] {
  const spans: Span[] = [];
  for (const [i, { at, status }] of samples.entries()) {
    const index = status.snapshotIndex;
    const before = samples[i - 1];
    if (before === undefined || before.status.snapshotIndex === index) continue;
    const begun = samples.findLast((sample) => sample.status.appliedIndex <= index);
    if (begun !== undefined) spans.push({ startedAt: begun.at, endedAt: at });
  }
  return spans;
}

/** Whether the time that the sample tells of is in part within the span. */
function touches({ startedAt, endedAt }: Span, samples: readonly Sample[], i: number): boolean {
  const from = samples[i - 1]?.at ?? 0;
  return (samples[i] as Sample).at > startedAt && from < endedAt + CUTTING_MS;
}
