import { describe, expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../../../src/adapters/prometheus-metrics.ts';
import { quantileMs, ratesOf } from '../../../../src/cli/top/node-rates.ts';
import { type NodeSample, nodeSampleOf } from '../../../../src/cli/top/node-sample.ts';

const NOTHING: NodeSample = { requests: new Map(), atMost: [], hints: 0, transfers: 0 };

function sample(gets: number, failed = 0): NodeSample {
  return { ...NOTHING, requests: new Map([['get', { succeeded: gets, failed }]]) };
}

describe('a sample', () => {
  it('is read from what a node exposes', async () => {
    const metrics = createPrometheusMetrics();
    const seconds = (operation: string, outcome: string) =>
      metrics.histogram(
        { name: 'request_seconds', help: 'h', labels: { operation, outcome } },
        [0.01, 0.1],
      );
    seconds('get', 'succeeded').observe(0.005);
    seconds('get', 'succeeded').observe(0.05);
    seconds('get', 'failed').observe(0.05);
    seconds('put', 'succeeded').observe(7);
    seconds('admin', 'succeeded').observe(7);
    metrics.gauge({ name: 'hints_waiting', help: 'h' }).set(3);
    metrics.gauge({ name: 'transfers_running', help: 'h' }).set(2);
    expect(nodeSampleOf(await metrics.exposition())).toEqual({
      requests: new Map([
        ['get', { succeeded: 2, failed: 1 }],
        ['put', { succeeded: 1, failed: 0 }],
        ['admin', { succeeded: 1, failed: 0 }],
      ]),
      atMost: [
        [0.01, 1],
        [0.1, 3],
        [Infinity, 4],
      ],
      hints: 3,
      transfers: 2,
    });
  });

  it('has no more than what is there', () => {
    expect(nodeSampleOf('')).toEqual(NOTHING);
    expect(nodeSampleOf('<html>\nnot found {\n')).toEqual(NOTHING);
  });
});

describe('rates', () => {
  it('are differences by the time that passed', () => {
    const now = { ...sample(130, 20), hints: 7, transfers: 1 };
    expect(ratesOf(sample(100, 10), now, 2)).toEqual({
      gets: 20,
      puts: 0,
      others: 0,
      errors: 5,
      p50Ms: null,
      p99Ms: null,
      hints: 7,
      transfers: 1,
    });
  });

  it('of a node that was started anew count from 0', () => {
    expect(ratesOf(sample(1_000), sample(30), 1).gets).toBe(30);
    const latencies = {
      ...sample(30),
      atMost: [
        [0.1, 30],
        [Infinity, 30],
      ] as const,
    };
    const before = {
      ...sample(1_000),
      atMost: [
        [0.1, 1_000],
        [Infinity, 1_000],
      ] as const,
    };
    expect(ratesOf(before, latencies, 1).p50Ms).toBe(50);
  });

  it('requests about the cluster are left out', () => {
    const now = new Map([
      ['admin', { succeeded: 50, failed: 50 }],
      ['list', { succeeded: 1, failed: 1 }],
    ]);
    const rates = ratesOf(NOTHING, { ...NOTHING, requests: now }, 1);
    expect(rates).toMatchObject({ gets: 0, puts: 0, others: 2, errors: 1 });
  });
});

describe('a quantile', () => {
  const atMost = [
    [0.01, 50],
    [0.1, 99],
    [1, 99],
    [Infinity, 100],
  ] as const;

  it.each([
    [0.25, 5],
    [0.5, 10],
    [0.99, 100],
    [1, 1_000],
  ])('%d', (share, ms) => {
    expect(quantileMs(atMost, share)).toBeCloseTo(ms);
  });

  it('of no requests is none', () => {
    expect(quantileMs([], 0.5)).toBe(null);
    expect(
      quantileMs(
        [
          [1, 0],
          [Infinity, 0],
        ],
        0.5,
      ),
    ).toBe(null);
  });
});
