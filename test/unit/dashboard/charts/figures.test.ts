/** The numbers that charts draw. */

import { describe, expect, it } from 'vitest';
import { CHARTS, type Chart } from '../../../../src/dashboard/charts/catalog.ts';
import { figureOf, figuresOf, linesOf } from '../../../../src/dashboard/charts/figures.ts';
import { lineLook } from '../../../../src/dashboard/charts/line-look.ts';
import type { NodeActivity } from '../../../../src/kernel/activity.ts';
import { ratesBetween } from '../../../../src/kernel/activity-rates.ts';
import { anActivity, requestCounts } from '../../kernel/an-activity.ts';

function figures(done: Partial<NodeActivity>) {
  const rates = ratesBetween(anActivity(), anActivity({ upMs: 11_000, ...done }));
  if (rates === undefined) throw new Error('no rates');
  return figuresOf(rates);
}

function chart(name: string): Chart {
  const found = CHARTS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no chart ${name}`);
  return found;
}

/** By label. */
function drawn(name: string, done: Partial<NodeActivity>) {
  const seen = figures(done);
  const lines = linesOf(chart(name), [seen]);
  return Object.fromEntries(lines.map((line) => [line.label, figureOf(seen, line)]));
}

describe('the lines of a chart', () => {
  it('count requests, those that failed among them', () => {
    const requests = { get: requestCounts([3, 4, 5], 2), list: requestCounts([0, 0, 1]) };
    expect(drawn('requests', { requests })).toEqual({
      gets: 5,
      puts: 0,
      deletes: 0,
      updates: 0,
      listings: 1,
    });
  });

  it('tell latencies in milliseconds, and nothing where there were no requests', () => {
    const requests = { get: requestCounts([50, 100, 100]), put: requestCounts([0, 0, 0]) };
    const latencies = drawn('get-latency', { requests });
    expect(latencies.p50).toBeCloseTo(10);
    expect(latencies.p99).toBeCloseTo(98.2);
    expect(drawn('put-latency', { requests })).toEqual({ p50: null, p95: null, p99: null });
  });

  it('are of siblings what keys had at most', () => {
    const of = (counts: readonly number[]) =>
      drawn('siblings', { siblings: { bounds: [1, 2], counts } });
    expect(of([99, 100, 100])).toEqual({ p50: 1, p99: 1, most: 2 });
    expect(of([0, 0, 3])).toEqual({ p50: 2, p99: 2, most: 2 });
    expect(of([0, 0, 0])).toEqual({ p50: null, p99: null, most: null });
  });

  it('are of errors those that were met, and 0 where they were not', () => {
    const one = figures({ problems: { not_found: 4, overloaded: 1 } });
    const other = figures({ problems: { bad_key: 2, not_found: 0 } });
    const lines = linesOf(chart('errors'), [one, undefined, other]);
    expect(lines.map(({ label }) => label)).toEqual(['bad_key', 'not_found', 'overloaded']);
    const seen = [one, undefined, other].map((look) => lines.map((line) => figureOf(look, line)));
    expect(seen).toEqual([
      [0, 4, 1],
      [null, null, null],
      [2, 0, 0],
    ]);
  });

  it('tell how replicas were brought up to date', () => {
    const hints = { waiting: 7, waitingBytes: 70, stored: 0, delivered: 3 };
    const antiEntropy = { exchanges: 9, failures: 0, keysPulled: 2, keysPushed: 1 };
    const done = { hints, antiEntropy, readRepairs: { begun: 5, failed: 5 } };
    expect(drawn('repair', done)).toEqual({ hints: 3, 'read repair': 5, 'anti-entropy': 3 });
    expect(drawn('hints', done)).toEqual({ waiting: 7 });
  });
});

it('lines have ids of their own, and no two of a chart look alike', () => {
  const ids = CHARTS.flatMap(({ lines }) => lines.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  const looks = Array.from({ length: 12 }, (_, place) => JSON.stringify(lineLook(place)));
  expect(new Set(looks).size).toBe(looks.length);
});
