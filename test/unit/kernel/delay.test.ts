import { describe, expect, it } from 'vitest';
import { DELAY_MS_MAX, type Delay, delayOf, drawDelayMs } from '../../../src/kernel/delay.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';

const DRAWS = 50_000;

/** Sorted. */
function drawn(delay: Delay): readonly number[] {
  const random = new SeededRandom(7);
  return Float64Array.from({ length: DRAWS }, () =>
    drawDelayMs(delay, () => random.float()),
  ).sort() as unknown as number[];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const median = (values: readonly number[]) => values[DRAWS / 2] as number;

describe('delays', () => {
  it('of constant distribution are all the same', () => {
    const values = drawn({ distribution: 'constant', ms: 12.5 });
    expect([values[0], values.at(-1)]).toEqual([12.5, 12.5]);
  });

  it('of uniform distribution fill their range evenly', () => {
    const values = drawn({ distribution: 'uniform', minMs: 10, maxMs: 30 });
    expect(values[0]).toBeGreaterThanOrEqual(10);
    expect(values.at(-1)).toBeLessThan(30);
    expect(mean(values)).toBeCloseTo(20, 0);
    expect(values[DRAWS / 4]).toBeCloseTo(15, 0);
  });

  it('of exponential distribution have their mean, and a median of ln 2 of it', () => {
    const values = drawn({ distribution: 'exponential', meanMs: 40 });
    expect(mean(values) / 40).toBeCloseTo(1, 1);
    expect(median(values) / (40 * Math.LN2)).toBeCloseTo(1, 1);
  });

  it('of normal distribution have their mean and deviation, and are never negative', () => {
    const values = drawn({ distribution: 'normal', meanMs: 50, deviationMs: 5 });
    expect(mean(values) / 50).toBeCloseTo(1, 2);
    const variance = mean(values.map((value) => (value - 50) ** 2));
    expect(Math.sqrt(variance) / 5).toBeCloseTo(1, 1);
    expect(drawn({ distribution: 'normal', meanMs: 1, deviationMs: 10 })[0]).toBe(0);
  });

  it('of lognormal distribution have their median and their tail, up to the bound', () => {
    const values = drawn({ distribution: 'lognormal', medianMs: 20, sigma: 0.5 });
    expect(median(values) / 20).toBeCloseTo(1, 1);
    // One deviation of the logarithm above the median.
    expect((values[Math.floor(DRAWS * 0.8413)] as number) / (20 * Math.exp(0.5))).toBeCloseTo(1, 1);
    expect(drawn({ distribution: 'lognormal', medianMs: 1_000, sigma: 10 }).at(-1)).toBe(
      DELAY_MS_MAX,
    );
  });

  it('of samples are these, each as often as the others', () => {
    const values = drawn({ distribution: 'samples', samplesMs: [1, 5, 100, 5] });
    expect(new Set(values)).toEqual(new Set([1, 5, 100]));
    expect(values.filter((value) => value === 5).length / DRAWS).toBeCloseTo(0.5, 1);
  });
});

describe('documents of delays', () => {
  it.each<Delay>([
    { distribution: 'constant', ms: 0 },
    { distribution: 'uniform', minMs: 1, maxMs: 1 },
    { distribution: 'exponential', meanMs: 0.25 },
    { distribution: 'normal', meanMs: 3, deviationMs: 0 },
    { distribution: 'lognormal', medianMs: 3, sigma: 1 },
    { distribution: 'samples', samplesMs: [0, 60_000] },
  ])('are taken as they are: $distribution', (delay) => {
    expect(delayOf({ ...delay }, 'delay')).toEqual(delay);
  });

  it.each([
    [25, 'links.n2.delay must be an object such as'],
    [{}, 'links.n2.delay.distribution must be one of constant, uniform'],
    [{ distribution: 'pareto' }, 'links.n2.delay.distribution must be one of'],
    [{ distribution: 'constant' }, 'links.n2.delay.ms must be a number from 0 to 60000'],
    [{ distribution: 'constant', ms: '5' }, 'links.n2.delay.ms must be a number'],
    [{ distribution: 'constant', ms: -1 }, 'links.n2.delay.ms must be a number'],
    [{ distribution: 'constant', ms: 60_001 }, 'links.n2.delay.ms must be a number'],
    [{ distribution: 'constant', ms: 5, meanMs: 5 }, 'links.n2.delay.meanMs is not known here'],
    [{ distribution: 'uniform', minMs: 9, maxMs: 3 }, 'links.n2.delay.minMs is above maxMs'],
    [{ distribution: 'lognormal', medianMs: 9, sigma: 11 }, 'sigma must be a number from 0 to 10'],
    [{ distribution: 'samples', samplesMs: [] }, 'samplesMs must be a list of 1 to 10000 numbers'],
    [{ distribution: 'samples', samplesMs: [1, null] }, 'samplesMs[1] must be a number'],
  ])('that are wrong are refused: %j', (document, why) => {
    const parse = () => delayOf(document, 'links.n2.delay');
    expect(parse).toThrow(QuorateError);
    expect(parse).toThrow(why);
  });
});
