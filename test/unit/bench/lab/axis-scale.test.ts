import { describe, expect, it } from 'vitest';
import { axisScale, shareOf } from '../../../../bench/lab/report/axis-scale.ts';
import { numberText } from '../../../../bench/lab/report/number-text.ts';

const texts = (...args: Parameters<typeof axisScale>) =>
  axisScale(...args).ticks.map(({ text }) => text);

describe('an axis', () => {
  it('has marks at round numbers', () => {
    expect(texts({ label: 'y' }, [3, 97], 'from-zero')).toEqual([
      '0',
      '20',
      '40',
      '60',
      '80',
      '100',
    ]);
    expect(texts({ label: 'y' }, [0.012, 0.048], 'round')).toEqual([
      '0.01',
      '0.02',
      '0.03',
      '0.04',
      '0.05',
    ]);
  });

  it('ends where it is told to', () => {
    expect(axisScale({ label: 'y', min: 5, max: 7 }, [0, 100], 'from-zero')).toMatchObject({
      min: 5,
      max: 7,
    });
    expect(axisScale({ label: 'x' }, [3, 97], 'snug')).toMatchObject({ min: 3, max: 97 });
  });

  it('goes below zero for data that does', () => {
    expect(axisScale({ label: 'y' }, [-3, 8], 'from-zero').min).toBeLessThanOrEqual(-3);
  });

  it('has an extent though all values are the same, or there are none', () => {
    for (const values of [[], [0], [7, 7], [-2], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
      for (const log of [{}, { log: true }] as const) {
        const { min, max, ticks } = axisScale({ label: 'y', ...log }, values, 'from-zero');
        expect(min).toBeLessThan(max);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThan(20);
      }
    }
  });

  it('gives equal factors equal room where it is logarithmic', () => {
    const scale = axisScale({ label: 'y', log: true }, [1, 1_000], 'from-zero');
    expect(shareOf(scale, 10)).toBeCloseTo(1 / 3);
    expect(scale.zero).toBeUndefined();
    expect(scale.ticks.map(({ text }) => text)).toEqual(['1', '10', '100', '1,000']);
  });

  it('shows zero at the end of a logarithmic axis, below all else', () => {
    const scale = axisScale({ label: 'y', log: true }, [0, 1, 1_000], 'from-zero');
    expect(scale.ticks.map(({ text }) => text)).toEqual(['0', '1', '10', '100', '1,000']);
    expect(shareOf(scale, 0)).toBe(0);
    expect(shareOf(scale, 1)).toBeCloseTo(0.09);
  });

  it('has few marks over many decades', () => {
    expect(texts({ label: 'y', log: true }, [1e-9, 1e12], 'from-zero').length).toBeLessThan(10);
  });
});

it('numbers have few digits', () => {
  const numbers = [0, 0.00012, 0.0123456, 4.567, 123.4, 12_345.6, 1_234_567, Number.NaN];
  expect(numbers.map(numberText)).toEqual([
    '0',
    '1.2e-4',
    '0.0123',
    '4.57',
    '123',
    '12,346',
    '1.2M',
    '–',
  ]);
});
