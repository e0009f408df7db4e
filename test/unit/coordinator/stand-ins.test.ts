import { describe, expect, it } from 'vitest';
import { StandIns, standInAfterMs } from '../../../src/coordinator/stand-ins.ts';

describe('stand-ins', () => {
  it('are handed out in order, each to one primary while there are enough', () => {
    const standIns = new StandIns(['f1', 'f2']);
    expect([standIns.next('p1'), standIns.next('p2')]).toEqual(['f1', 'f2']);
    expect(standIns.unused).toEqual([]);
  });

  it('stand in for several when there are fewer, the least burdened first', () => {
    const standIns = new StandIns(['f1', 'f2']);
    standIns.use('f1', 'p1');
    expect(['p2', 'p3', 'p4'].map((primary) => standIns.next(primary))).toEqual(['f2', 'f1', 'f2']);
  });

  it('are not asked twice for one primary, nor at all after they refused', () => {
    const standIns = new StandIns(['f1', 'f2']);
    standIns.next('p1');
    standIns.next('p1');
    expect(standIns.next('p1')).toBeUndefined();
    standIns.drop('f1');
    expect([standIns.next('p2'), standIns.next('p2')]).toEqual(['f2', undefined]);
  });
});

describe('a primary', () => {
  it('is late after a quarter of the time there is, at most half a second', () => {
    expect(standInAfterMs(1_100, 1_000)).toBe(25);
    expect(standInAfterMs(3_000, 1_000)).toBe(500);
    expect(standInAfterMs(61_000, 1_000)).toBe(500);
    expect(standInAfterMs(900, 1_000)).toBe(0);
  });
});
