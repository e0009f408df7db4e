/** What nodes tell each other of what they have done. */

import type { NodeActivity } from '../../src/kernel/activity.ts';
import { NODE_ACTIVITY } from '../../src/node/cluster-activity.ts';
import { describeGolden } from './golden-forms.ts';
import { asked, replied } from './said.ts';

const activity: NodeActivity = {
  life: 2 ** 47 + 1,
  upMs: 1_500.25,
  ready: true,
  requests: {
    get: {
      succeeded: 70_000,
      failed: 3,
      seconds: { bounds: [0.0005, 2.5], counts: [5, 6, 70_003] },
    },
  },
  problems: { not_found: 300 },
  hints: { waiting: 1, waitingBytes: 2 ** 33, stored: 5, delivered: 4 },
  antiEntropy: { exchanges: 1, failures: 0, keysPulled: 300, keysPushed: 2 },
  readRepairs: { begun: 7, failed: 1 },
  siblings: { bounds: [1, 2], counts: [5, 6, 6] },
  transfers: { running: 2, bytesIn: 2 ** 33, bytesOut: 0 },
  raft: { role: 'pre_candidate', term: 3, commitIndex: 70_000, appliedIndex: 69_999 },
};

describeGolden('v0.2.0', 'activity-messages', [
  asked(NODE_ACTIVITY, null),
  replied(NODE_ACTIVITY, activity),
]);
