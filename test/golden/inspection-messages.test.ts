/** What nodes ask each other about a key that an operator looks into. */

import { utf8 } from '../../src/kernel/bytes.ts';
import {
  type HeldKey,
  type HeldVersion,
  INSPECT_KEY,
  type InspectRequest,
} from '../../src/node/inspection/held-key.ts';
import { describeGolden } from './golden-forms.ts';
import { asked, replied } from './said.ts';
import { WALL_TIME_MS } from './some-versions.ts';

const request: InspectRequest = {
  partition: 258,
  bucketNumber: 300,
  key: Uint8Array.of(0, 255),
  mode: 'dynamo',
  values: true,
};

const dot = { lineage: 2 ** 47, actorEpoch: 300, counter: 7 };
const content = {
  contentType: 'text/plain',
  meta: [['author', 'Zoë']] as const,
  expiresAt: null,
  bytes: 4,
  head: utf8('milk'),
};
const version: HeldVersion = {
  digest: 2n ** 64n - 1n,
  clock: [dot],
  siblings: [{ dot, hlc: WALL_TIME_MS * 1_024, ...content }],
  self: dot,
};
const holder = { epoch: 2 ** 33, applied: 2 ** 33 + 1, counted: true, lineage: 2 ** 47 };
const ballot = [2 ** 33, 70_000, 2, 9] as const;

const told = (holding: HeldKey['holding']): HeldKey => ({ ...holder, holding });

describeGolden('v0.2.0', 'inspection-messages', [
  asked(INSPECT_KEY, request),
  replied(
    INSPECT_KEY,
    told({
      mode: 'dynamo',
      record: version,
      hints: [
        { target: 'n3', storedAt: WALL_TIME_MS, version: { ...version, self: null } },
        { target: 'n4', storedAt: WALL_TIME_MS, version: 'damaged' },
      ],
    }),
  ),
  replied(
    INSPECT_KEY,
    { ...told({ mode: 'dynamo', record: null, hints: [] }), epoch: null, counted: false },
    ' as nothing',
  ),
  replied(
    INSPECT_KEY,
    told({
      mode: 'paxos',
      register: {
        promised: ballot,
        accepted: ballot,
        copied: false,
        version: ballot,
        content: { ...content, expiresAt: WALL_TIME_MS },
      },
    }),
    ' of a register',
  ),
  replied(
    INSPECT_KEY,
    told({ mode: 'raft', value: { ...content, revision: 2 ** 33, lease: 12 } }),
    ' of a value',
  ),
]);
