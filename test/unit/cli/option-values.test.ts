import { expect, it } from 'vitest';
import { millisecondsOrNever, patience } from '../../../src/cli/option-values.ts';

it('takes milliseconds within bounds, or never', () => {
  expect(millisecondsOrNever('100')).toBe(100);
  expect(millisecondsOrNever('86400000')).toBe(86_400_000);
  expect(millisecondsOrNever('never')).toBe('never');
  for (const text of ['0', '99', '86400001', '3s', '1e3', '-5', '', 'NEVER']) {
    expect(() => millisecondsOrNever(text)).toThrow(/from 100 to 86400000, or never/);
  }
});

it('takes from when on something is slow, or never', () => {
  expect(patience('0')).toBe(0);
  expect(patience('0.5')).toBe(0.5);
  expect(patience('never')).toBe('never');
  for (const text of ['-1', '3600001', '1s', '']) {
    expect(() => patience(text)).toThrow(/from 0 to 3600000, or never/);
  }
});
