import { expect, it } from 'vitest';
import type { Measurement } from '../../../bench/throughput/recording.ts';
import { benchText } from '../../../src/cli/bench-text.ts';

const MEASURED: Measurement = {
  seconds: 2,
  succeeded: 20_000,
  answered: 22_000,
  opsPerS: 10_000,
  p50Ms: 1.234,
  p99Ms: 12.34,
  p999Ms: 56.78,
  maxMs: 123.4,
  errors: {},
  histogram: '',
};

it('has a line for what was asked, and one for both', () => {
  const writes = { ...MEASURED, opsPerS: 500, errors: { 'status 503': 3, timeout: 2 } };
  expect(benchText({ reads: MEASURED, writes })).toBe(`\
         requests/s   p50       p99       p99.9     longest    errors
reads    10,000       1.23 ms   12.3 ms   56.8 ms   123.4 ms   0
writes   500          1.23 ms   12.3 ms   56.8 ms   123.4 ms   5
all      10,500
3 times: status 503
2 times: timeout`);
});

it('does not pass off what it was too late for', () => {
  const text = benchText({ reads: { ...MEASURED, voided: true }, writes: undefined });
  expect(text.split('\n').slice(1)).toEqual([
    'reads   10,000       1.23 ms   12.3 ms   56.8 ms   123.4 ms   0',
    'this command was too late with its requests to be believed: give a lower --rate',
  ]);
});
