/** Marks, shades and ticks of a timeline, the tally, and the words of an operation. */

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../../src/checkers/history.ts';
import type { Judged, Verdict } from '../../../../src/dashboard/playground/freshness.ts';
import { operationText } from '../../../../src/dashboard/playground/operation-text.ts';
import { tallyOf } from '../../../../src/dashboard/playground/tally.ts';
import {
  EDGE,
  firstEnding,
  GUTTER,
  HEAD,
  heightOf,
  LANE_HEIGHT,
  layOut,
  markAt,
} from '../../../../src/dashboard/playground/timeline-layout.ts';

interface Given {
  readonly at?: string;
  readonly from: number;
  readonly until: number | null;
  readonly verdict?: Verdict;
  readonly behind?: number;
}

function read({ at = 'n1', from, until, verdict = 'fresh', behind = 0 }: Given): Judged {
  const base = { process: 0, key: 'k', at, invoke: from, complete: until } as const;
  const operation: Operation = { ...base, op: 'read', outcome: 'ok', output: { values: [1] } };
  return { operation, verdict, behind };
}

function write(value: number, { at = 'n1', from, until, verdict = 'acknowledged' }: Given): Judged {
  const base = { process: 0, key: 'k', at, invoke: from, complete: until } as const;
  return { operation: { ...base, op: 'write', value, outcome: 'ok' }, verdict, behind: 0 };
}

const BASE = {
  faults: [],
  lanes: ['n1', 'n2'],
  span: { from: 1_000, until: 2_000 },
  now: 2_000,
  width: GUTTER + 1_000 + EDGE,
};

describe('a timeline', () => {
  it('has a lane for each node, with changes above reads', () => {
    const judged = [
      read({ from: 1_100, until: 1_200 }),
      write(7, { at: 'n2', from: 1_250, until: 1_300 }),
    ];
    const { marks } = layOut({ ...BASE, judged });
    expect(marks.map(({ from, x, y, label }) => [from, x, y, label])).toEqual([
      [GUTTER + 100, GUTTER + 200, HEAD + 40, undefined],
      [GUTTER + 250, GUTTER + 300, HEAD + LANE_HEIGHT + 18, '7'],
    ]);
    expect(heightOf(2)).toBeGreaterThan(HEAD + 2 * LANE_HEIGHT);
  });

  it('shows what falls into its time, also what began before or has not ended', () => {
    const judged = [
      read({ from: 100, until: 900 }),
      read({ from: 900, until: 1_100 }),
      read({ from: 1_900, until: 2_500, verdict: 'stale' }),
      read({ from: 2_100, until: 2_600 }),
      write(1, { from: 1_500, until: null, verdict: 'unknown' }),
    ];
    const { marks } = layOut({ ...BASE, judged });
    expect(marks.map(({ from, x }) => [from, x])).toEqual([
      [GUTTER, GUTTER + 100],
      [GUTTER + 900, GUTTER + 1_000],
      [GUTTER + 500, GUTTER + 1_000],
    ]);
    expect(firstEnding(judged, 1_000)).toBe(1);
    expect(firstEnding(judged, 3_000)).toBe(4);
    expect(layOut({ ...BASE, judged, lanes: ['n9'] }).marks).toEqual([]);
  });

  it('says how many changes a stale read is behind, where there is room', () => {
    const stale = { verdict: 'stale', behind: 12 } as const;
    const judged = [1_100, 1_110, 1_140].map((from) => read({ from, until: from + 5, ...stale }));
    expect(layOut({ ...BASE, judged }).marks.map(({ label }) => label)).toEqual([
      ...['−12', undefined, '−12'],
    ]);
  });

  it('draws a thousand marks in one place once', () => {
    const judged = Array.from({ length: 1_000 }, () => read({ from: 1_500, until: 1_500.2 }));
    const { marks } = layOut({ ...BASE, judged });
    expect(marks).toHaveLength(1);
    expect(markAt(marks, GUTTER + 495, HEAD + 45)).toBe(marks[0]);
    expect(markAt(marks, GUTTER + 400, HEAD + 40)).toBeUndefined();
  });

  it('shades the time of faults, and tells the time', () => {
    const faults = [
      { fault: 'partition n1 | n2', from: 500, until: 1_250 },
      { fault: 'pause n1', from: 1_900, until: null },
      { fault: 'over', from: 0, until: 900 },
    ];
    const { shades, ticks } = layOut({ ...BASE, judged: [], faults });
    expect(shades).toEqual([
      { from: GUTTER, until: GUTTER + 250, text: 'partition n1 | n2' },
      { from: GUTTER + 900, until: GUTTER + 1_000, text: 'pause n1' },
    ]);
    expect(ticks.map(({ text }) => text)).toEqual([
      '1.0 s',
      '1.2 s',
      '1.4 s',
      '1.6 s',
      '1.8 s',
      '2.0 s',
    ]);
  });
});

describe('a tally', () => {
  it('counts by node and end', () => {
    const judged = [
      read({ from: 0, until: 1 }),
      read({ from: 0, until: 1, verdict: 'stale', behind: 3 }),
      read({ from: 0, until: 1, verdict: 'refused' }),
      write(1, { at: 'n2', from: 0, until: 1 }),
      write(2, { at: 'n2', from: 0, until: 1, verdict: 'unknown' }),
      write(3, { at: 'n9', from: 0, until: 1, verdict: 'refused' }),
    ];
    const none = { reads: { fresh: 0, stale: 0, refused: 0 }, worst: 0 };
    expect(tallyOf(judged, ['n1', 'n2']).map((counts) => ({ ...counts }))).toEqual([
      {
        node: 'n1',
        reads: { fresh: 1, stale: 1, refused: 1 },
        writes: { acknowledged: 0, refused: 0, unknown: 0 },
        worst: 3,
      },
      { node: 'n2', ...none, writes: { acknowledged: 1, refused: 0, unknown: 1 } },
      { node: 'n9', ...none, writes: { acknowledged: 0, refused: 1, unknown: 0 } },
    ]);
  });
});

describe('an operation in words', () => {
  const base = { process: 0, key: 'k', at: 'n1', invoke: 10, complete: 22.4 } as const;
  const text = (operation: Operation, verdict: Verdict, behind = 0) =>
    operationText({ operation, verdict, behind });

  it.each([
    [
      { ...base, op: 'read', outcome: 'ok', output: { values: [3, 4] } },
      ...(['stale', 2, 'n1: read k, found 3, 4: 2 writes behind (12 ms)'] as const),
    ],
    [
      { ...base, op: 'read', outcome: 'ok', output: { value: null } },
      ...(['fresh', 0, 'n1: read k, found nothing (12 ms)'] as const),
    ],
    [
      { ...base, op: 'read', outcome: 'fail', info: { code: 'read_quorum_not_met' } },
      ...(['refused', 0, 'n1: read k, refused with read_quorum_not_met (12 ms)'] as const),
    ],
    [
      { ...base, op: 'write', value: 'x'.repeat(50), outcome: 'unknown', complete: null },
      ...(['unknown', 0, `n1: write ${'x'.repeat(39)}…, outcome unknown (not ended)`] as const),
    ],
    [
      { ...base, op: 'increment', by: 2, outcome: 'ok' },
      ...(['acknowledged', 0, 'n1: increment k by 2, acknowledged (12 ms)'] as const),
    ],
    [
      { ...base, op: 'delete', outcome: 'ok', output: { applied: false } },
      ...(['acknowledged', 0, 'n1: delete k, its condition did not hold (12 ms)'] as const),
    ],
  ] as const)('%#', (operation, verdict, behind, words) => {
    expect(text(operation as Operation, verdict, behind)).toBe(words);
  });
});
