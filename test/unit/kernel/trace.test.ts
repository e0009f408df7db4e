/** What a request made its nodes do, in times relative to its beginning. */

import { describe, expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { spanned, Trace, type TraceDocument, withTrace } from '../../../src/kernel/trace.ts';

/** A clock that is where it is put. */
function tracing(recording = true) {
  const clock = { nowMs: 1_000 };
  const trace = new Trace({ id: 'r1', node: 'n1', now: () => clock.nowMs, recording });
  return { clock, trace };
}

describe('a trace', () => {
  it('tells times since its request began, to the microsecond', () => {
    const { clock, trace } = tracing();
    clock.nowMs = 1_000.123_456;
    const span = trace.begin('read', 'n2');
    clock.nowMs = 1_001.5;
    span?.end('same');
    clock.nowMs = 1_002;
    expect(trace.document()).toEqual({
      requestId: 'r1',
      node: 'n1',
      tookMs: 2,
      spans: [
        { node: 'n2', by: 'n1', kind: 'read', sentMs: 0.123, answeredMs: 1.5, outcome: 'same' },
      ],
      leftOut: 0,
    });
  });

  it('names what has not ended, whom a fallback stands for, and what was asked for late', () => {
    const { trace } = tracing();
    trace.begin('hint', 'n4', 'n2');
    trace.begin('read', 'n3', 'n3', true);
    const [hint, hedge] = trace.document().spans;
    expect(hint).toMatchObject({ node: 'n4', for: 'n2', answeredMs: null, outcome: 'pending' });
    expect(hedge).toMatchObject({ node: 'n3', hedge: true });
    expect(hedge).not.toHaveProperty('for');
  });

  it('tells of failures by their codes', async () => {
    const { trace } = tracing();
    for (const error of [
      new QuorateError('stale_epoch', 'x'),
      new TransportError('timeout', 'x'),
      new Error('x'),
    ]) {
      await expect(spanned(trace.begin('store', 'n2'), Promise.reject(error))).rejects.toBe(error);
    }
    const outcomes = trace.document().spans.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['stale_epoch', 'timeout', 'failed']);
  });

  it('records nothing unless it is to', () => {
    const { trace } = tracing(false);
    expect(trace.begin('read', 'n2')).toBeUndefined();
    trace.show();
    expect(trace.begin('read', 'n2')).toBeDefined();
    expect(trace.order).toEqual({ id: 'r1', wanted: true });
  });

  it('holds so many spans and counts the others', () => {
    const { trace } = tracing();
    for (let i = 0; i < 70; i++) trace.begin('read', 'n2')?.end();
    expect(trace.document().spans).toHaveLength(64);
    expect(trace.document().leftOut).toBe(6);
  });
});

describe('a request that is handed over', () => {
  const told = (tookMs: number): TraceDocument => ({
    requestId: 'r1',
    node: 'n2',
    tookMs,
    spans: [
      { node: 'n3', by: 'n2', kind: 'read', sentMs: 1, answeredMs: 2, outcome: 'ok' },
      { node: 'n4', by: 'n2', kind: 'read', sentMs: 1, answeredMs: null, outcome: 'pending' },
    ],
    leftOut: 3,
  });

  it('comes back with what the other node recorded, half of the way later', () => {
    const { clock, trace } = tracing();
    clock.nowMs = 1_010;
    const span = trace.begin('forward', 'n2');
    clock.nowMs = 1_020;
    span?.end();
    trace.adopt(span, told(6));
    const { spans, leftOut } = trace.document();
    expect(spans.map(({ by, sentMs, answeredMs }) => [by, sentMs, answeredMs])).toEqual([
      ['n1', 10, 20],
      ['n2', 13, 14],
      ['n2', 13, null],
    ]);
    expect(leftOut).toBe(3);
  });

  it('is told by the other node where it is wanted, under its id', () => {
    const now = () => 5;
    const wanted = Trace.handedOver({ id: 'r1', wanted: true }, 'n2', now);
    wanted?.begin('read', 'n3');
    expect(withTrace({}, wanted)).toMatchObject({ trace: { requestId: 'r1', node: 'n2' } });
    const unwanted = Trace.handedOver({ id: 'r1', wanted: false }, 'n2', now);
    expect(unwanted?.id).toBe('r1');
    expect(withTrace({}, unwanted)).toEqual({});
    expect(Trace.handedOver(undefined, 'n2', now)).toBeUndefined();
  });
});
