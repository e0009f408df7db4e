/** What a race counts beside its verdict: reads that missed something, by what they missed. */

import { describe, expect, it } from 'vitest';
import { judgedRace, racesOf } from '../../../../bench/lab/quorum-registers/judged-race.ts';
import { type RacingMode, racingAt } from '../../../../bench/lab/quorum-registers/race-modes.ts';
import type { Operation } from '../../../../src/checkers/history.ts';

const [mode] = racingAt({ n: 3, r: 2, w: 2 }) as readonly [RacingMode];
const common = { key: 'k', outcome: 'ok' } as const;

function write(value: string, invoke: number, complete: number): Operation {
  return { ...common, process: 0, op: 'write', value, invoke, complete };
}

function read(value: string | null, invoke: number, complete: number): Operation {
  return { ...common, process: 1, op: 'read', invoke, complete, output: { value } };
}

function racesWith(operations: readonly Operation[]) {
  return racesOf(mode, [judgedRace(mode, 1, { facts: {}, operations, faults: [] })]);
}

describe('a race', () => {
  it('counts a read that missed an acknowledged write as stale', () => {
    const races = racesWith([write('1', 0, 10), read(null, 11, 12)]);
    expect(races).toMatchObject({ violated: 1, staleReads: 1, invertedReads: 0 });
  });

  it('counts a read that missed only what an earlier read had shown as inverted', () => {
    const races = racesWith([write('1', 0, 10), read('1', 1, 2), read(null, 3, 4)]);
    expect(races).toMatchObject({ violated: 1, staleReads: 0, invertedReads: 1 });
  });

  it('lets reads at the same time as the write, and as each other, differ', () => {
    const races = racesWith([write('1', 0, 10), read('1', 1, 4), read(null, 3, 5)]);
    expect(races).toMatchObject({ violated: 0, undecided: 0, staleReads: 0, invertedReads: 0 });
    expect(races).toMatchObject({ reads: 2, writes: 1, readMs: 2.5, writeMs: 10 });
  });

  it('takes a read of several values for none of a register', () => {
    const both: Operation = { ...read(null, 21, 22), output: { values: ['1', '2'] } };
    const races = racesWith([write('1', 0, 10), write('2', 11, 20), both]);
    expect(races).toMatchObject({ violated: 1, siblingReads: 1, staleReads: 0 });
  });
});
