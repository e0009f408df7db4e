import { expect, it } from 'vitest';
import { nodeRates } from '../../../../src/cli/top/node-rates.ts';
import { anActivity, requestCounts } from '../../kernel/an-activity.ts';

it('tells gets and puts apart, and leaves requests about the cluster out', () => {
  const now = anActivity({
    upMs: 12_000,
    requests: {
      get: requestCounts([20, 40, 40], 2),
      put: requestCounts([0, 0, 20]),
      list: requestCounts([0, 0, 2], 2),
      delete: requestCounts([2, 2, 2]),
      admin: requestCounts([50, 50, 50], 50),
    },
    hints: { waiting: 7, waitingBytes: 70, stored: 7, delivered: 0 },
    transfers: { running: 1, bytesIn: 0, bytesOut: 0 },
  });
  expect(nodeRates(anActivity(), now)).toEqual({
    gets: 20,
    puts: 10,
    others: 2,
    errors: 2,
    p50Ms: expect.closeTo(55),
    p99Ms: 100,
    hints: 7,
    transfers: 1,
  });
});

it('has no latencies where there were no requests', () => {
  const now = anActivity({ upMs: 12_000, requests: { get: requestCounts([0, 0, 0]) } });
  expect(nodeRates(anActivity(), now)).toMatchObject({ gets: 0, p50Ms: null, p99Ms: null });
});

it('is nothing where no time has passed', () => {
  expect(nodeRates(anActivity(), anActivity())).toBe(null);
});
