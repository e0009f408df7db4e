/** The trace of a request as rows of bars: what each node was asked, and when. */

import type { Span, TraceDocument } from '../../kernel/trace.ts';

export type Tone = 'good' | 'quiet' | 'warn' | 'bad';

export interface Bar {
  readonly kind: string;
  readonly outcome: string;
  readonly tone: Tone;
  /** Asked because another node was late. */
  readonly isHedge: boolean;
  /** The replica in whose place the node was asked. */
  readonly place: string | undefined;
  readonly by: string;
  readonly sentMs: number;
  /** Null: it had not ended when the answer began. */
  readonly tookMs: number | null;
  /** Of the whole width, 0 to 1. */
  readonly from: number;
  readonly width: number;
}

export interface WaterfallRow {
  readonly node: string;
  readonly bars: readonly Bar[];
}

export interface Waterfall {
  /** Until the answer began. */
  readonly tookMs: number;
  /** What the whole width stands for. */
  readonly scaleMs: number;
  /** The node that was asked first, then others as they were asked. */
  readonly rows: readonly WaterfallRow[];
  readonly leftOut: number;
}

/** Thinner ones could not be seen. */
const WIDTH_MIN = 0.004;

export function waterfallOf({ node, tookMs, spans, leftOut }: TraceDocument): Waterfall {
  const ends = spans.map(({ sentMs, answeredMs }) => answeredMs ?? sentMs);
  const scaleMs = Math.max(tookMs, ...ends, 0.001);
  const names = [...new Set([node, ...spans.map((span) => span.node)])];
  const rows = names.map((name) => ({
    node: name,
    bars: spans.filter((span) => span.node === name).map((span) => barOf(span, scaleMs)),
  }));
  return { tookMs, scaleMs, rows, leftOut };
}

function barOf(span: Span, scaleMs: number): Bar {
  const { kind, outcome, hedge, by, sentMs, answeredMs } = span;
  const endMs = answeredMs ?? scaleMs;
  const from = Math.min(sentMs / scaleMs, 1 - WIDTH_MIN);
  return {
    kind,
    outcome,
    tone: toneOf(outcome),
    isHedge: hedge === true,
    place: span.for,
    by,
    sentMs,
    tookMs: answeredMs === null ? null : answeredMs - sentMs,
    from,
    width: Math.min(Math.max((endMs - sentMs) / scaleMs, WIDTH_MIN), 1 - from),
  };
}

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  same: 'good',
  absent: 'quiet',
  pending: 'warn',
};

/** Whatever else is said is the code of an error. */
export function toneOf(outcome: string): Tone {
  return TONES[outcome] ?? 'bad';
}

const WORDS: Readonly<Record<string, string>> = {
  body: 'body of the request',
  forward: 'request handed over',
  read: 'read',
  read_hints: 'read of hints',
  store: 'store',
  hint: 'hint stored',
  repair: 'read repair',
  wait_ring: 'waits for the ring',
  wait_bucket: 'waits for the bucket',
  wait_turn: 'waits for its turn',
  read_register: 'read',
  read_index: 'read index',
};

/** What is asked, in words. */
export function kindText(kind: string): string {
  return WORDS[kind] ?? kind.replaceAll('_', ' ');
}

export function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}
