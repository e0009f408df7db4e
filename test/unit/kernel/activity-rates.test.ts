import { describe, expect, it } from 'vitest';
import type { ActivityRates } from '../../../src/kernel/activity-rates.ts';
import {
  DATA_OPERATIONS,
  ratesBetween,
  ratesTogether,
  requestsOf,
} from '../../../src/kernel/activity-rates.ts';
import { anActivity, LATENCY_BOUNDS, requestCounts } from './an-activity.ts';

const BEFORE = anActivity({
  requests: { get: requestCounts([80, 90, 100], 10) },
  problems: { not_found: 4 },
  hints: { waiting: 9, waitingBytes: 900, stored: 20, delivered: 11 },
});

function rates(...looks: Parameters<typeof ratesBetween>): ActivityRates {
  const found = ratesBetween(...looks);
  if (found === undefined) throw new Error('no rates');
  return found;
}

describe('rates of a node', () => {
  const now = anActivity({
    upMs: 12_000,
    requests: { get: requestCounts([100, 120, 130], 20), put: requestCounts([2, 2, 2]) },
    problems: { not_found: 4, overloaded: 6 },
    hints: { waiting: 5, waitingBytes: 500, stored: 22, delivered: 17 },
    antiEntropy: { exchanges: 2, failures: 4, keysPulled: 10, keysPushed: 1 },
    readRepairs: { begun: 4, failed: 2 },
    siblings: { bounds: [1, 2], counts: [3, 4, 5] },
    transfers: { running: 3, bytesIn: 2_000, bytesOut: 0 },
    raft: { role: 'leader', term: 3, commitIndex: 46, appliedIndex: 44 },
  });

  it('are differences by the time that passed on its own clock', () => {
    expect(ratesBetween(BEFORE, now)).toEqual({
      requests: {
        get: {
          succeeded: 10,
          failed: 5,
          seconds: { bounds: LATENCY_BOUNDS, counts: [20, 30, 30] },
        },
        put: { succeeded: 1, failed: 0, seconds: { bounds: LATENCY_BOUNDS, counts: [2, 2, 2] } },
      },
      problems: { not_found: 0, overloaded: 3 },
      hints: { waiting: 5, waitingBytes: 500, stored: 1, delivered: 3 },
      antiEntropy: { exchanges: 1, failures: 2, keysPulled: 5, keysPushed: 0.5 },
      readRepairs: { begun: 2, failed: 1 },
      siblings: { bounds: [1, 2], counts: [3, 4, 5] },
      transfers: { running: 3, bytesIn: 1_000, bytesOut: 0 },
      raft: { role: 'leader', term: 3, commits: 3 },
    });
  });

  it('that was started anew count from 0 on, and commits from before do not count', () => {
    const restarted = anActivity({
      life: 8,
      upMs: 500,
      requests: { get: requestCounts([3, 4, 5], 1) },
    });
    expect(ratesBetween(BEFORE, restarted)).toMatchObject({
      requests: {
        get: { succeeded: 8, failed: 2, seconds: { bounds: LATENCY_BOUNDS, counts: [3, 4, 5] } },
      },
      hints: { stored: 0, delivered: 0 },
      raft: { commits: 0 },
    });
  });

  it('are none where no time has passed', () => {
    expect(ratesBetween(BEFORE, BEFORE)).toBeUndefined();
  });
});

describe('rates of several nodes', () => {
  const one = rates(BEFORE, {
    ...BEFORE,
    upMs: 11_000,
    requests: { get: requestCounts([90, 100, 110], 10) },
    raft: { role: 'leader', term: 1, commitIndex: 43, appliedIndex: 43 },
  });
  const other = rates(anActivity(), {
    ...anActivity({ requests: { get: requestCounts([0, 0, 4], 4) } }),
    upMs: 12_000,
    hints: { waiting: 1, waitingBytes: 10, stored: 2, delivered: 0 },
    // It has just heard of what was committed long ago.
    raft: { role: 'follower', term: 1, commitIndex: 90, appliedIndex: 41 },
  });

  it('are summed, but what all commit is one and the same, and the leader knows', () => {
    expect(ratesTogether([one, other])).toMatchObject({
      requests: {
        get: {
          succeeded: 10,
          failed: 2,
          seconds: { bounds: LATENCY_BOUNDS, counts: [10, 10, 14] },
        },
      },
      problems: { not_found: 0 },
      hints: { waiting: 10, waitingBytes: 910, stored: 1, delivered: 0 },
      raft: { role: 'leader', commits: 3 },
    });
  });

  it('commit as much as any has heard of where no leader is among them', () => {
    const raft = { role: 'follower', term: 1, commits: 3 } as const;
    const together = ratesTogether([
      other,
      { ...other, raft },
      { ...other, raft: { ...raft, commits: 2 } },
    ]);
    expect(together.raft.commits).toBe(other.raft.commits);
  });

  it('of some operations', () => {
    const requests = {
      get: requestCounts([1, 2, 3]),
      list: requestCounts([0, 0, 1], 1),
      admin: requestCounts([50, 50, 50]),
    };
    expect(requestsOf({ requests }, DATA_OPERATIONS)).toEqual(requestCounts([1, 2, 4], 1));
    expect(requestsOf({ requests }, ['put'])).toMatchObject({ succeeded: 0, failed: 0 });
  });
});
