/** What members of the metadata group, and of the cluster, say of themselves to each other. */

import type { Message as GossipMessage, MemberRecord, Presence } from '../../src/gossip/message.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import {
  ASK_STANDING,
  PROPOSE,
  RAFT_APPEND,
  RAFT_BEAT,
  READ_INDEX,
  ROLLED_BACK,
  SNAPSHOT_CHUNK,
  type Speaker,
  TRANSFER,
} from '../../src/node/metadata-group/group-messages.ts';
import { TRANSFER_STATUS } from '../../src/node/ring-moves/transfer-status.ts';
import type { Entry } from '../../src/raft/entry.ts';
import type { Message as RaftMessage } from '../../src/raft/message.ts';
import { describeGolden } from './golden-forms.ts';
import { asked, replied, sent } from './said.ts';
import { WALL_TIME_MS } from './some-versions.ts';

const from: Speaker = {
  member: 2,
  start: { bootNumber: 3, life: 2 ** 48 - 1, since: [11, 12] },
  address: { host: '127.0.0.1', port: 9_102 },
};
const term = 300;
const configuration = { voters: [1, 2, 300], outgoing: [1, 4], learners: [5] };
const entries: readonly Entry[] = [
  { type: 'empty', index: 2 ** 33, term },
  { type: 'command', index: 2 ** 33 + 1, term, data: utf8('command') },
  { type: 'configuration', index: 2 ** 33 + 2, term, configuration },
];

const raftMessages: readonly RaftMessage[] = [
  { type: 'vote', term, lastIndex: 9, lastTerm: 3, transfer: true },
  { type: 'pre_vote', term, lastIndex: 9, lastTerm: 3, transfer: false },
  { type: 'vote_reply', term, granted: true },
  { type: 'pre_vote_reply', term, granted: false },
  { type: 'append', term, prevIndex: 2 ** 33 - 1, prevTerm: 3, entries, commit: 9 },
  { type: 'append_accepted', term, matchIndex: 2 ** 33 },
  { type: 'append_rejected', term, prevIndex: 9, hintIndex: 8, hintTerm: 2 },
  { type: 'heartbeat', term, commit: 9, round: 70_000 },
  { type: 'heartbeat_reply', term, round: 70_000 },
  { type: 'timeout_now', term },
  { type: 'committed_request', term, prevIndex: 9, prevTerm: 3 },
  { type: 'committed_entries', term, prevIndex: 9, prevTerm: 3, entries },
];

const sender: Presence = {
  member: 300,
  name: 'n300',
  address: { host: '127.0.0.1', peerPort: 9_101, clientPort: 8_101 },
  incarnation: 7,
  sequence: 70_000,
  facts: { metadataIndex: 2 ** 33, hintHorizon: 5 },
};
const accused = { member: 4, incarnation: 6, accuser: 300 };
const news = [
  { type: 'alive' as const, ...sender },
  { type: 'suspect' as const, ...accused },
  { type: 'dead' as const, ...accused },
];
const members: readonly MemberRecord[] = (['alive', 'suspect', 'dead', 'left'] as const).map(
  (state) => ({ ...sender, state, stateIncarnation: 7, accuser: 4 }),
);

const gossip: readonly GossipMessage[] = [
  { type: 'ping', probe: 9, target: 4, sender, wallTimeMs: WALL_TIME_MS, news },
  {
    type: 'ack',
    probe: 9,
    sender,
    pingWallTimeMs: WALL_TIME_MS,
    wallTimeMs: WALL_TIME_MS + 0.5,
    news: [],
  },
  { type: 'indirect_ping', probe: 9, target: 4 },
  { type: 'indirect_ack', probe: 9 },
  { type: 'nack', probe: 9 },
  { type: 'gossip', news },
  { type: 'push_pull', isReply: true, cluster: '0123456789abcdef', members },
];

const refusal = {
  ok: false,
  code: 'change_refused',
  detail: 'n1 has left the cluster',
  facts: { parameter: 'zone' },
} as const;

describeGolden('v0.1.0', 'group-messages', [
  ...raftMessages.map((message) => {
    const { kind } = message.type.startsWith('append') ? RAFT_APPEND : RAFT_BEAT;
    return sent(kind, { from, message }, message.type);
  }),
  ...gossip.map((message) => sent('gossip', { from: 300, message }, message.type)),
  sent(
    ROLLED_BACK.kind,
    { refused: { bootNumber: 3, life: 5 }, known: { bootNumber: 4, life: 6 } },
    'told',
  ),
  asked(ASK_STANDING, { nodeNo: 3, directoryId: '0123456789abcdef' }),
  replied(ASK_STANDING, { status: 'dead', replacedBy: 'n4' }),
  replied(ASK_STANDING, { status: 'left', replacedBy: null }, ' of one that left'),
  replied(ASK_STANDING, null, ' of a member'),
  asked(SNAPSHOT_CHUNK, {
    from,
    term,
    meta: { index: 2 ** 33, term, configuration },
    chunk: 3,
    last: true,
    bytes: utf8('chunk'),
  }),
  replied(SNAPSHOT_CHUNK, true),
  asked(PROPOSE, utf8('command')),
  replied(PROPOSE, { index: 2 ** 33, reply: refusal }),
  replied(PROPOSE, { index: 9, reply: { ok: true, type: 'grant_lease', id: 9 } }, ' and taken'),
  asked(READ_INDEX, null),
  replied(READ_INDEX, 2 ** 33),
  asked(TRANSFER, 3),
  replied(TRANSFER, true),
  asked(TRANSFER_STATUS, null),
  replied(TRANSFER_STATUS, {
    taking: [{ partition: 258, session: 7, keys: 5, bytes: 2 ** 33, of: null }],
    bytesTaken: 2 ** 40,
    hintsHeld: 3,
    departing: false,
    waits: [[258, 'n3 does not answer']],
  }),
]);
