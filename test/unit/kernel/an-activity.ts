/** What a node has done, for tests of what reads it. */

import type { NodeActivity, RequestCounts } from '../../../src/kernel/activity.ts';

export const LATENCY_BOUNDS = [0.01, 0.1];

/** `counts`: at or below each bound, and all. */
export function requestCounts(counts: readonly number[], failed = 0): RequestCounts {
  const all = counts.at(-1) ?? 0;
  return { succeeded: all - failed, failed, seconds: { bounds: LATENCY_BOUNDS, counts } };
}

/** Of a node that has been up for ten seconds, and did nothing but what is given. */
export function anActivity(given: Partial<NodeActivity> = {}): NodeActivity {
  return {
    life: 7,
    upMs: 10_000,
    ready: true,
    requests: {},
    problems: {},
    hints: { waiting: 0, waitingBytes: 0, stored: 0, delivered: 0 },
    antiEntropy: { exchanges: 0, failures: 0, keysPulled: 0, keysPushed: 0 },
    readRepairs: { begun: 0, failed: 0 },
    siblings: { bounds: [1, 2], counts: [0, 0, 0] },
    transfers: { running: 0, bytesIn: 0, bytesOut: 0 },
    raft: { role: 'follower', term: 1, commitIndex: 40, appliedIndex: 40 },
    ...given,
  };
}
