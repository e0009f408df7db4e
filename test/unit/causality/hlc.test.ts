import { describe, expect, it } from 'vitest';
import { HLC_MAX, hlcAfter, hlcAt, wallTimeOf } from '../../../src/causality/hlc.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('a reading of a hybrid logical clock', () => {
  it('tells its wall time, whatever its counter', () => {
    expect(wallTimeOf(hlcAt(NOW))).toBe(NOW);
    expect(wallTimeOf(hlcAt(NOW) + 1_023)).toBe(NOW);
    expect(wallTimeOf(hlcAt(NOW + 0.9))).toBe(NOW);
  });

  it('carries a full counter over into the milliseconds', () => {
    const full = hlcAt(NOW) + 1_023;
    expect(hlcAfter(full)).toBe(hlcAt(NOW + 1));
  });

  it('is a safe integer until September 2248, and stays one after it', () => {
    expect(Number.isSafeInteger(hlcAt(Date.UTC(2248, 7, 31)))).toBe(true);
    expect(wallTimeOf(HLC_MAX)).toBe(8_796_093_022_207);
    expect(new Date(wallTimeOf(HLC_MAX)).toISOString()).toMatch(/^2248-09-/);
    expect(hlcAt(Date.UTC(2300, 0, 1))).toBe(HLC_MAX);
    expect(hlcAfter(HLC_MAX)).toBe(HLC_MAX);
  });

  it('is 0 for a clock that stands before 1970', () => {
    expect(hlcAt(-1)).toBe(0);
  });
});
