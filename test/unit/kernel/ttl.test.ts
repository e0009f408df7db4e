import { describe, expect, it } from 'vitest';
import { TTL_MS_MAX, ttlOf, ttlText } from '../../../src/kernel/ttl.ts';

describe('a ttl', () => {
  it.each([
    ['1', 1_000],
    [1, 1_000],
    ['90', 90_000],
    ['30s', 30_000],
    ['1500ms', 1_500],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['3650d', TTL_MS_MAX],
    ['none', 'none'],
  ])('of %j is %j', (given, ttlMs) => {
    expect(ttlOf(given)).toBe(ttlMs);
  });

  it.each([
    '',
    '0',
    '-1',
    '01',
    '1.5',
    0.5,
    0,
    -3,
    Number.NaN,
    '999ms',
    '3651d',
    '1e3',
    '30 s',
    '5min',
    '5M',
    'never',
    '9'.repeat(12),
    null,
    true,
    ['30s'],
    {},
  ])('cannot be %j', (given) => {
    expect(ttlOf(given)).toBeUndefined();
  });

  it.each([
    [1_000, '1s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [1_500, '1500ms'],
    [86_400_000, '1d'],
    [90_000_000, '25h'],
    [undefined, 'none'],
  ])('of %j ms is written %j, and read back', (ttlMs, text) => {
    expect(ttlText(ttlMs)).toBe(text);
    expect(ttlOf(text)).toBe(ttlMs ?? 'none');
  });
});
