/** A trace as the client that asked for it gets it. */

import type { Span, TraceDocument } from '../kernel/trace.ts';
import {
  component,
  count,
  listOf,
  number,
  object,
  orNull,
  type Schema,
  text,
} from './openapi/schema.ts';

const SPAN: Schema = component('Span', {
  description: 'Something that a node was asked for, or waited for.',
  ...object(
    {
      node: text('Who did it.'),
      by: text('Who asked for it.'),
      kind: text('What it was: `read`, `store`, `propose` and so on.'),
      sentMs: number('When it was asked for: milliseconds since the request began.'),
      answeredMs: orNull(
        'When it was done; null: not before the answer began.',
        number('Milliseconds since the request began.'),
      ),
      outcome: text('`ok`, `same`, `absent`, `pending`, or why it failed.'),
    },
    {
      for: text('The replica in whose place the node was asked.'),
      hedge: { description: 'Asked because another node was late.', const: true },
    },
  ),
});

export const TRACE_SCHEMA: Schema = component('Trace', {
  description: 'What a request made nodes do, and when.',
  ...object({
    requestId: text('As in `X-Request-Id`.'),
    node: text('The node that the client asked.'),
    tookMs: number('Milliseconds until the answer began.'),
    spans: listOf(SPAN, 'In the order in which they began.'),
    leftOut: count('Spans for which there was no room.'),
  }),
});

/** Clients and proxies take only so much in headers. */
export const TRACE_BYTES_MAX = 4_096;

const TIMINGS_MAX = 16;

/**
 * `X-Quorate-Trace`: the document as JSON, without its last spans where it would be too long;
 * `Server-Timing`: what has ended, for developer tools.
 */
export function traceHeaders(trace: TraceDocument): Record<string, string> {
  return { 'x-quorate-trace': boundedText(trace), 'server-timing': serverTiming(trace) };
}

function boundedText(trace: TraceDocument): string {
  const spans = [...trace.spans];
  for (;;) {
    const leftOut = trace.leftOut + trace.spans.length - spans.length;
    const text = JSON.stringify({ ...trace, spans, leftOut });
    if (text.length <= TRACE_BYTES_MAX || spans.length === 0) return text;
    spans.pop();
  }
}

function serverTiming({ tookMs, spans }: TraceDocument): string {
  const hasEnded = ({ answeredMs }: Span) => answeredMs !== null;
  const timings = spans
    .filter(hasEnded)
    .slice(0, TIMINGS_MAX)
    .map(({ kind, node, sentMs, answeredMs }) => {
      const tookSpanMs = ((answeredMs ?? sentMs) - sentMs).toFixed(3);
      return `${kind};desc="${node}";dur=${tookSpanMs}`;
    });
  return [`total;dur=${tookMs}`, ...timings].join(', ');
}
