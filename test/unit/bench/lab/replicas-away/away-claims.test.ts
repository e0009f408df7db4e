import { expect, it } from 'vitest';
import { claimsOf } from '../../../../../bench/lab/replicas-away/away-claims.ts';
import type { AwayFigures } from '../../../../../bench/lab/replicas-away/away-findings.ts';

function figures(change: Partial<AwayFigures>): AwayFigures {
  const none = { writes: 10, acknowledged: 0, found: 0, missed: 0, unread: 0 };
  return { variant: 'strict', away: 2, ...none, hintsMost: 0, handedOverMs: 0, ...change };
}

const SLOPPY = figures({ variant: 'sloppy, hints', acknowledged: 10, missed: 10 });
const STRICT = figures({});

function held(all: readonly AwayFigures[]): readonly boolean[] {
  return claimsOf(all, { n: 3, r: 2, w: 2 }, 5).map(({ holds }) => holds);
}

it('claims nothing of strict reads where R+W is not above N, and of writes what W demands', () => {
  const lone = { n: 3, r: 1, w: 1 };
  const claims = claimsOf([SLOPPY, figures({ acknowledged: 10, missed: 10 })], lone, 5);
  expect(claims.map(({ holds }) => holds)).toEqual([true, true, true]);
  expect(claims.map(({ text }) => text).join()).not.toContain('R+W>N');
});

it('holds where sloppy quorums take and miss, and strict ones refuse', () => {
  expect(held([SLOPPY, STRICT])).toEqual([true, true, true, true]);
});

it('fails where a sloppy quorum with hints takes too little, or misses nothing', () => {
  expect(held([{ ...SLOPPY, acknowledged: 4 }, STRICT])[0]).toBe(false);
  expect(held([{ ...SLOPPY, missed: 9, found: 1 }, STRICT])[3]).toBe(false);
});

it('fails where a strict quorum takes a write without two replicas, or misses one', () => {
  expect(held([SLOPPY, { ...STRICT, acknowledged: 1, unread: 1 }])[1]).toBe(false);
  expect(held([SLOPPY, figures({ away: 1, acknowledged: 1, missed: 1 })])[2]).toBe(false);
});
