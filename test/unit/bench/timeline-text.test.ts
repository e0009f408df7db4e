import { expect, it } from 'vitest';
import type { Outcome, TimedRequest } from '../../../bench/consistency/timeline.ts';
import { cellOf, longestGapMs, timelineLines } from '../../../bench/consistency/timeline-text.ts';

function request(atMs: number, outcome: Outcome): TimedRequest {
  return { atMs, elapsedMs: 1, outcome };
}

it('shows with one character what became of the requests of a cell', () => {
  const cells: readonly (readonly [readonly Outcome[], string])[] = [
    [[], ' '],
    [['ok', 'ok'], 'O'],
    [['failed', 'failed'], 'F'],
    [['unknown'], '?'],
    [['ok', 'unknown'], 'o'],
    [['failed', 'ok'], 'o'],
    [['failed', 'unknown'], 'x'],
  ];
  for (const [outcomes, character] of cells) expect(cellOf(outcomes)).toBe(character);
});

it('measures the longest time without an answered request, from and to the ends', () => {
  const requests = [request(1_100, 'ok'), request(1_500, 'failed'), request(1_700, 'ok')];
  expect(longestGapMs(requests, 1_000, 2_000)).toBe(600);
  expect(longestGapMs(requests, 0, 2_000)).toBe(1_100);
  expect(longestGapMs([], 1_000, 2_000)).toBe(1_000);
});

it('puts the marks of cut and heal above the first characters that they concern', () => {
  const outcomes: readonly Outcome[] = [
    ...(['ok', 'ok', 'ok', 'ok'] as const),
    ...(['unknown', 'failed', 'failed', 'failed'] as const),
    ...(['ok', 'ok', 'ok', 'ok'] as const),
  ];
  const requests = outcomes.map((outcome, i) => request(i * 250, outcome));
  const lines = timelineLines({
    minority: ['n1'],
    majority: ['n2', 'n3'],
    cutAtMs: 1_000,
    healedAtMs: 2_000,
    endedAtMs: 3_000,
    lanes: [{ side: 'n1', kind: 'raft', operation: 'put', requests }],
  });
  const [, marks = '', picture = ''] = lines
    .flatMap((line) => line.split('\n'))
    .filter((line) => /0 +1 +2$|\|cut|OOOO/.test(line));
  const cutAt = picture.indexOf('OOOO?FFFOOOO') + 4;
  expect(marks.indexOf('|cut')).toBe(cutAt);
  expect(marks.indexOf('|healed')).toBe(cutAt + 4);
});
