/** Rates over the last seconds. */

import { describe, expect, it } from 'vitest';
import {
  bytesPerSecond,
  type Sample,
  sampleOf,
  secondsLeft,
  secondsLeftOf,
  withSample,
} from '../../../../src/dashboard/ring/progress.ts';
import { simulatedMove, simulatedTransfers } from './simulated.ts';

/** A second apart, with so many bytes moved and so many keys of partition 5 copied. */
function samplesOf(counts: readonly (readonly [bytes: number, keys: number])[]) {
  return counts.reduce<readonly Sample[]>((samples, [bytesMoved, keys], i) => {
    const document = simulatedTransfers([simulatedMove({ keys })], { bytesMoved });
    return withSample(samples, sampleOf(document, i * 1_000));
  }, []);
}

describe('the rate', () => {
  it('is not known before there are two samples', () => {
    expect(bytesPerSecond([])).toBeUndefined();
    expect(bytesPerSecond(samplesOf([[500, 1]]))).toBeUndefined();
  });

  it('is that of the window', () => {
    const early = Array.from({ length: 20 }, (_, i) => [i * 5_000, 0] as const);
    const late = Array.from({ length: 12 }, (_, i) => [100_000 + i * 100, 0] as const);
    expect(bytesPerSecond(samplesOf([...early, ...late]))).toBeCloseTo(100);
  });

  it('begins anew where the node counts from 0 again', () => {
    const samples = samplesOf([
      [9_000, 0],
      [10_000, 0],
      [10, 0],
      [20, 0],
    ]);
    expect(bytesPerSecond(samples)).toBeCloseTo(10);
  });

  it('does not count the same sample twice', () => {
    const samples = samplesOf([[0, 0]]);
    expect(withSample(samples, samples[0] as Sample)).toBe(samples);
  });

  it('keeps a bounded number of samples', () => {
    const many = Array.from({ length: 500 }, (_, i) => [i, 0] as const);
    expect(samplesOf(many).length).toBeLessThanOrEqual(13);
  });
});

describe('the time left', () => {
  const samples = samplesOf([
    [0, 100],
    [1_000, 150],
    [2_000, 200],
  ]);

  it('of all is by bytes', () => {
    expect(secondsLeft(samples, { bytesLeft: 30_000 })).toBeCloseTo(30);
    expect(secondsLeft(samples, { bytesLeft: null })).toBeUndefined();
  });

  it('of all is not known where nothing goes on', () => {
    const still = samplesOf([
      [10, 1],
      [10, 1],
    ]);
    expect(secondsLeft(still, { bytesLeft: 30_000 })).toBeUndefined();
  });

  it('of one partition is by its keys', () => {
    expect(secondsLeftOf(samples, 5, 1_000)).toBeCloseTo(16);
    expect(secondsLeftOf(samples, 5, null)).toBeUndefined();
    expect(secondsLeftOf(samples, 6, 1_000)).toBeUndefined();
  });

  it('of one partition begins anew with its next move', () => {
    const moves = samplesOf([
      [0, 900],
      [0, 1_000],
      [0, 10],
      [0, 20],
    ]);
    expect(secondsLeftOf(moves, 5, 120)).toBeCloseTo(10);
  });
});
