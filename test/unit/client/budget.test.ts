import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../../src/client/budget.ts';
import { Latencies } from '../../../src/client/latencies.ts';
import { sdkRetries } from '../../../src/client/sdk-retries.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';

describe('a budget', () => {
  it('never lets more be spent than the share of what was earned for, and what was there', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.boolean(), { maxLength: 400 }),
        (share, tokens, steps) => {
          const budget = new Budget(share, 50, tokens);
          let [earned, spent] = [0, 0];
          for (const isRequest of steps) {
            if (isRequest) {
              budget.earn();
              earned += 1;
            } else if (budget.spend()) spent += 1;
            expect(spent).toBeLessThanOrEqual(earned * share + tokens + 1e-9);
          }
        },
      ),
    );
  });

  it('saves up no more than it holds', () => {
    const budget = new Budget(0.5, 3, 0);
    for (let i = 0; i < 100; i++) budget.earn();
    expect([1, 2, 3, 4].map(() => budget.spend())).toEqual([true, true, true, false]);
  });
});

describe('latencies', () => {
  it('are late after the 95th percentile of the last ones', () => {
    const latencies = new Latencies();
    expect(latencies.lateAfterMs).toBe(50);
    for (let i = 0; i < 96; i++) latencies.add(i % 32 === 0 ? 200 : 4);
    expect(latencies.lateAfterMs).toBe(4);
    for (let i = 0; i < 64; i++) latencies.add(30);
    expect(latencies.lateAfterMs).toBe(30);
    for (let i = 0; i < 512; i++) latencies.add(0.2);
    expect(latencies.lateAfterMs).toBe(2);
  });
});

describe('retries of the SDK', () => {
  const elsewhere = new QuorateError('not_ready', 'no', { retryAfterMs: 1_000 });
  const everywhere = new QuorateError('read_quorum_not_met', 'no', { retryAfterMs: 1_000 });

  it('wait for a time that is drawn, and for Retry-After where no other node would do better', () => {
    const { pauseMs } = sdkRetries();
    const pauses = Array.from({ length: 200 }, () => pauseMs(4, elsewhere));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(80);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(20);
    expect(pauseMs(20, new TransportError('unreachable', 'no'))).toBeLessThanOrEqual(1_000);
    expect(pauseMs(1, everywhere)).toBeGreaterThanOrEqual(1_000);
  });

  it('are one in ten after those that were saved up, or none', () => {
    const { budget, attemptsMax } = sdkRetries();
    expect(attemptsMax).toBe(8);
    for (let i = 0; i < 100; i++) expect(budget?.spend()).toBe(true);
    expect(budget?.spend()).toBe(false);
    for (let i = 0; i < 11; i++) budget?.earn();
    expect([budget?.spend(), budget?.spend()]).toEqual([true, false]);
    expect(sdkRetries(false).attemptsMax).toBe(1);
  });
});
