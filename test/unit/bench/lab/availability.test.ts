import { expect, it } from 'vitest';
import {
  availability,
  availabilityChart,
  firstSuccessMs,
  longestGapMs,
  type TimedRequest,
} from '../../../../bench/lab/availability.ts';

function request(atMs: number, outcome: TimedRequest['outcome'], elapsedMs = 1): TimedRequest {
  return { mode: 'raft', side: 'n1', op: 'write', atMs, elapsedMs, outcome };
}

it('counts each request at the time at which it was to be sent', () => {
  const requests = [request(0, 'ok', 900), request(249, 'fail'), request(250, 'unknown')];
  expect(availability(requests, 500)).toEqual([
    { ok: 1, fail: 1, unknown: 0 },
    { ok: 0, fail: 0, unknown: 1 },
  ]);
});

it('measures the longest time without a success, from and to the ends', () => {
  const requests = [request(1_700, 'ok'), request(1_100, 'ok'), request(1_500, 'fail')];
  expect(longestGapMs(requests, 1_000, 2_000)).toBe(600);
  expect(longestGapMs(requests, 0, 2_000)).toBe(1_100);
  expect(longestGapMs([], 1_000, 2_000)).toBe(1_000);
});

it('finds the first success that was answered after a moment, whenever it was sent', () => {
  const requests = [request(100, 'ok', 50), request(900, 'ok', 300), request(1_300, 'ok', 10)];
  expect(firstSuccessMs(requests, 1_000)).toBe(200);
  expect(firstSuccessMs(requests, 2_000)).toBeUndefined();
  expect(firstSuccessMs([request(1_100, 'fail')], 1_000)).toBeUndefined();
});

it('draws seconds, with the fault shaded', () => {
  const about = { name: 'raft', title: 'raft', caption: 'As it was.' };
  const spans = [{ from: 250, until: 500, label: 'cut' }];
  const chart = availabilityChart(about, [request(300, 'unknown')], { untilMs: 500, spans });
  expect(chart.spans).toEqual([{ from: 0.25, until: 0.5, label: 'cut' }]);
  const unknown = chart.series.find(({ name }) => name === 'unknown');
  expect(unknown?.points).toEqual([
    { x: 0, y: 0 },
    { x: 0.25, y: 1 },
  ]);
});
