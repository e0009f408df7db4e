import { describe, expect, it } from 'vitest';
import { LAN } from '../../../src/gossip/options.ts';
import { Suspicion, suspicionLimits, suspicionTimeout } from '../../../src/gossip/suspicion.ts';

const limits = {
  minMs: 2_000,
  maxMs: 30_000,
  confirmations: 3,
  lastCalls: 2,
  callIntervalMs: 1_000,
};

describe('how long a suspicion runs', () => {
  it.each([
    [0, 30_000],
    [1, 16_000],
    [2, 7_810],
    [3, 2_000],
    [9, 2_000],
  ])('with %d confirmations of 3: %d ms', (confirmations, timeoutMs) => {
    expect(suspicionTimeout(limits, confirmations)).toBe(timeoutMs);
  });

  it.each([
    { reachable: 2, minMs: 4_000, confirmations: 0 },
    { reachable: 3, minMs: 4_000, confirmations: 0 },
    { reachable: 4, minMs: 4_000, confirmations: 2 },
    { reachable: 10, minMs: 4_000, confirmations: 2 },
    { reachable: 100, minMs: 8_000, confirmations: 2 },
    { reachable: 1_000, minMs: 12_000, confirmations: 2 },
  ])('of $reachable members in a LAN', ({ reachable, minMs, confirmations }) => {
    expect(suspicionLimits(LAN, reachable)).toMatchObject({
      minMs,
      maxMs: 6 * minMs,
      confirmations,
    });
  });

  it('is the least where nobody can confirm (Suspicion_Timer_ZeroK)', () => {
    const suspicion = new Suspicion(1, { ...limits, confirmations: 0 }, 500);
    expect(suspicion.endsAtMs).toBe(2_500);
    expect(suspicion.confirm(2)).toBe(false);
    expect(suspicion.endsAtMs).toBe(2_500);
  });
});

describe('confirmations', () => {
  it('count once for each accuser, and not for the first', () => {
    const suspicion = new Suspicion(1, limits, 0);
    expect(suspicion.confirm(1)).toBe(false);
    expect(suspicion.endsAtMs).toBe(30_000);
    expect(suspicion.confirm(2)).toBe(true);
    expect(suspicion.confirm(2)).toBe(false);
    expect(suspicion.endsAtMs).toBe(16_000);
  });

  it('count up to what is needed', () => {
    const suspicion = new Suspicion(1, limits, 0);
    for (const accuser of [2, 3, 4]) expect(suspicion.confirm(accuser)).toBe(true);
    expect(suspicion.confirm(5)).toBe(false);
    expect(suspicion.accusers).toEqual([1, 2, 3, 4]);
    expect(suspicion.endsAtMs).toBe(2_000);
  });
});

describe('a suspect is called', () => {
  it('in each of the last intervals, once', () => {
    const suspicion = new Suspicion(1, limits, 0);
    expect(suspicion.nextCallMs).toBe(28_000);
    expect(suspicion.call(27_999)).toBe(false);
    expect(suspicion.call(28_000)).toBe(true);
    expect(suspicion.call(28_000)).toBe(false);
    expect(suspicion.call(29_000)).toBe(true);
    expect(suspicion.nextCallMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('at once where confirmations brought the end near, and not twice for it', () => {
    const suspicion = new Suspicion(1, limits, 0);
    for (const accuser of [2, 3, 4]) suspicion.confirm(accuser);
    expect(suspicion.call(1_500)).toBe(true);
    expect(suspicion.call(1_500)).toBe(false);
  });
});
