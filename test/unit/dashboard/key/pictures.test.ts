/** The ring, the waterfall, and how nodes stand, as they are drawn and said. */

import { describe, expect, it } from 'vitest';
import type {
  InspectedNode,
  InspectionDocument,
} from '../../../../src/client/inspection-document.ts';
import { holdingBadges, isIdle, summaryOf } from '../../../../src/dashboard/key/holding-text.ts';
import {
  contentTypeOf,
  keptValue,
  textsTogether,
  unionOfArrays,
} from '../../../../src/dashboard/key/resolution.ts';
import { ringPicture, shareOfHash } from '../../../../src/dashboard/key/ring-picture.ts';
import { waterfallOf } from '../../../../src/dashboard/key/waterfall.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import type { Span, TraceDocument } from '../../../../src/kernel/trace.ts';

describe('the ring', () => {
  it('has the hash where it lies, from the top clockwise', () => {
    expect(shareOfHash('0000000000000000')).toBe(0);
    expect(shareOfHash('8000000000000000')).toBe(0.5);
    const { mark } = ringPicture({ hash: '4000000000000000', partition: 16, partitions: 64 });
    expect(mark).toMatchObject({ y1: 0, y2: 0 });
    expect(mark.x1).toBeGreaterThan(40);
  });

  it('of one partition is a slice that can be drawn', () => {
    const { slice } = ringPicture({ hash: '0'.repeat(16), partition: 0, partitions: 1 });
    expect(slice).toMatch(/^M 0 -40 A 40 40 0 1 1 /);
    expect(slice).not.toMatch(/A 40 40 0 1 1 0 -40$/);
  });
});

describe('the waterfall', () => {
  const span = (change: Partial<Span>): Span => ({
    ...{ node: 'n2', by: 'n1', kind: 'read', sentMs: 1, answeredMs: 3, outcome: 'ok' },
    ...change,
  });
  const trace = (spans: readonly Span[], tookMs = 10): TraceDocument => {
    return { requestId: 'r', node: 'n1', tookMs, spans, leftOut: 0 };
  };

  it('has a row for each node, the one that was asked first', () => {
    const spans = [span({ node: 'n3' }), span({}), span({ node: 'n3', kind: 'hint', for: 'n4' })];
    const { rows } = waterfallOf(trace(spans));
    expect(rows.map(({ node, bars }) => [node, bars.length])).toEqual([
      ['n1', 0],
      ['n3', 2],
      ['n2', 1],
    ]);
    expect(rows[1]?.bars[1]?.place).toBe('n4');
  });

  it('has bars from sending to answering, and to the end where there is no answer', () => {
    const pending = span({ answeredMs: null, outcome: 'pending', hedge: true, sentMs: 4 });
    const bars = waterfallOf(trace([span({}), pending])).rows[1]?.bars ?? [];
    expect(bars[0]).toMatchObject({ from: 0.1, tone: 'good', isHedge: false, tookMs: 2 });
    expect(bars[0]?.width).toBeCloseTo(0.2);
    expect(bars[1]).toMatchObject({ from: 0.4, width: 0.6, tone: 'warn', isHedge: true });
    expect(bars[1]?.tookMs).toBeNull();
  });

  it('stays within its width', () => {
    const late = [span({ sentMs: 12, answeredMs: 12 }), span({ sentMs: 0, answeredMs: 40 })];
    for (const { from, width } of waterfallOf(trace(late, 0)).rows[1]?.bars ?? []) {
      expect(from + width).toBeLessThanOrEqual(1);
      expect(width).toBeGreaterThan(0);
    }
  });

  it('calls by its tone what failed', () => {
    const tones = ['same', 'absent', 'timeout', 'stale_epoch'].map(
      (outcome) => waterfallOf(trace([span({ outcome })])).rows[1]?.bars[0]?.tone,
    );
    expect(tones).toEqual(['good', 'quiet', 'bad', 'bad']);
  });
});

describe('how nodes stand', () => {
  const node = (change: Partial<InspectedNode>): InspectedNode => ({
    ...{ node: 'n1', role: 'replica', reachable: true, tookMs: 1, outcome: 'ok', behind: false },
    ...change,
  });
  const found = (nodes: readonly InspectedNode[], siblings = ['a.1:1']): InspectionDocument => ({
    ...{ node: 'n1', bucket: { name: 'b', mode: 'dynamo' }, key: 'k', hash: '', partition: 1 },
    ...{ epoch: 1, replicas: [], fallbacks: [], move: null, actors: {}, nodes },
    known: { digest: '', clock: { 'a.1': 1 }, siblings },
  });

  it('is said with the worst first', () => {
    expect(summaryOf(found([node({}), node({ node: 'n2' })])).badge).toBe('all replicas agree');
    const differ = summaryOf(
      found([node({ outcome: 'silent' }), node({ node: 'n2', behind: true })], ['a.1:1', 'b.1:1']),
    );
    expect(differ).toMatchObject({ tone: 'warn', badge: 'replicas differ' });
    expect(differ.text).toBe('n1 did not tell · n2 is behind · 2 siblings');
    const nothing = summaryOf(found([node({ outcome: 'absent' })]));
    expect(nothing.badge).toBe('nothing');
  });

  it('has marks that are words as well', () => {
    const compared = { behind: true, lacks: {}, alone: { 'a.1': 1 }, replaced: [] };
    const texts = (one: InspectedNode) => holdingBadges(one).map(({ text }) => text);
    expect(texts(node({ behind: true, compared }))).toEqual([
      ...['replica', 'behind', 'knows what others do not'],
    ]);
    expect(texts(node({ outcome: 'damaged', counted: false }))).toEqual([
      ...['replica', 'damaged', 'counts for no quorum yet'],
    ]);
    expect(isIdle(node({ role: 'fallback', outcome: 'absent' }))).toBe(true);
  });
});

describe('a resolution', () => {
  const values = (...texts: readonly string[]) =>
    texts.map((text) => ({ value: Uint8Array.from(utf8(text)) }));

  it('is the union of arrays, each thing once', () => {
    expect(unionOfArrays(values('["a","b"]', '["b","c"]'))).toEqual({
      ok: true,
      text: '["a","b","c"]',
    });
    expect(unionOfArrays(values('[{"a":1,"b":2}]', '[{"b":2,"a":1},1,"1"]'))).toEqual({
      ok: true,
      text: '[{"a":1,"b":2},1,"1"]',
    });
    for (const other of ['{}', 'x', '']) expect(unionOfArrays(values('[1]', other)).ok).toBe(false);
  });

  it('begins with all texts, and not with what is none', () => {
    expect(textsTogether(values('milk', 'bread'))).toEqual({ ok: true, text: 'milk\nbread' });
    const bytes = [...values('milk'), { value: Uint8Array.of(255) }];
    expect(textsTogether(bytes).ok).toBe(false);
    expect(textsTogether(values('x'.repeat(200_000), 'y')).ok).toBe(false);
  });

  it('that keeps one keeps its annotations, and when it goes', () => {
    const [one = { value: new Uint8Array() }] = values('milk');
    const kept = { ...one, contentType: 'a/b', meta: { by: 'Zoe' }, dot: 'a.1:1' };
    expect(keptValue(kept, 0)).toEqual({
      ...one,
      contentType: 'a/b',
      meta: { by: 'Zoe' },
      ttl: 'none',
    });
    const expiresAt = new Date(61_000).toISOString();
    expect(keptValue({ ...kept, expiresAt }, 1_000).ttl).toBe('60000ms');
    expect(keptValue({ ...kept, expiresAt }, 90_000).ttl).toBe('1000ms');
  });

  it('has the content type of all, where they agree', () => {
    const types = (...all: readonly string[]) => all.map((contentType) => ({ contentType }));
    expect(contentTypeOf(types('a/b', 'a/b'))).toBe('a/b');
    expect(contentTypeOf(types('a/b', 'c/d'))).toBe('text/plain');
  });
});
