/** How two nodes come to speak with each other: greetings, introductions, frames. */

import {
  admit,
  type Greeting,
  greetingHeaders,
  PEER_PROTOCOL,
  pathOfLane,
  reasonToDistrustAnswer,
} from '../../src/adapters/peer/handshake.ts';
import {
  answerBody,
  proofHeaders,
  questionBody,
  readAnswer,
  readQuestion,
} from '../../src/adapters/peer/introduction-wire.ts';
import {
  BEAT_FRAME,
  callFrame,
  failureFrame,
  readReply,
  readRequest,
  replyFrame,
  sendFrame,
} from '../../src/adapters/peer/message.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { ErrorOnWire } from '../../src/kernel/errors.ts';
import { frameIn } from './frame-in.ts';
import { describeGolden, formsOf, type GoldenForm } from './golden-forms.ts';

const SECRET = 'sesame';
const greeting: Greeting = {
  clusterId: '0123456789abcdef',
  from: 'n1',
  to: 'n2',
  lane: 'control',
  nonce: 'AAECAwQFBgcICQoLDA0ODw',
};
const called = { self: 'n2', clusterId: greeting.clusterId, secret: SECRET };

const headersOf = (bytes: Buffer): Record<string, string> => JSON.parse(bytes.toString());

/** Only the caller's protocol tells the version: node's client writes the other headers. */
const hello = { upgrade: PEER_PROTOCOL, ...greetingHeaders(greeting, SECRET) };
const admission = admit(pathOfLane('control'), hello, called);
const welcome = admission.admitted ? admission.headers : {};

const greetings: readonly GoldenForm[] = [
  {
    name: 'greeting',
    value: { admitted: true, greeting, headers: welcome },
    encode: () => Buffer.from(JSON.stringify(hello)),
    decode: (bytes) => admit('/peer/control', headersOf(bytes), called),
  },
  {
    name: 'answer to a greeting',
    value: undefined,
    encode: () => Buffer.from(JSON.stringify(welcome)),
    decode: (bytes) => reasonToDistrustAnswer(headersOf(bytes), greeting, SECRET),
  },
  {
    name: 'paths of the lanes',
    value: '/peer/control /peer/data /peer/bulk',
    encode: () => utf8((['control', 'data', 'bulk'] as const).map(pathOfLane).join(' ')),
    decode: String,
  },
  {
    name: 'proof of an introduction',
    value: {
      'quorate-proof': proofHeaders('client', 'nonce', utf8('{}'), SECRET)['quorate-proof'],
    },
    encode: () => Buffer.from(JSON.stringify(proofHeaders('client', 'nonce', utf8('{}'), SECRET))),
    decode: headersOf,
  },
];

const error: ErrorOnWire = { code: 'stale_epoch', detail: 'a later ring', facts: { epoch: 300 } };
const body = [1, null, 'text', Uint8Array.of(0, 255), 2n ** 64n - 1n, { epoch: 2 ** 40, on: true }];

describeGolden('v0.1.0', 'peer-protocol', [
  ...greetings,
  ...formsOf(
    { encode: questionBody, decode: readQuestion },
    { 'introduction asked': { timeLeftMs: 1_500, request: { kind: 'admit', name: 'n3' } } },
  ),
  ...formsOf(
    { encode: answerBody, decode: readAnswer },
    { 'introduction answered': { reply: [1, 'a'] }, 'introduction refused': { error } },
  ),
  {
    name: 'call',
    value: [0, 70_000, 'replica.fetch', 1_500, body],
    encode: () => callFrame(70_000, 'replica.fetch', 1_500, body),
    decode: (bytes) => readRequest(frameIn(bytes)),
  },
  {
    name: 'message',
    value: [1, 'gossip', body],
    encode: () => sendFrame('gossip', body),
    decode: (bytes) => readRequest(frameIn(bytes)),
  },
  {
    name: 'reply',
    value: [2, 70_000, body],
    encode: () => replyFrame(70_000, body),
    decode: (bytes) => readReply(frameIn(bytes)),
  },
  {
    name: 'failure',
    value: [3, 70_000, error],
    encode: () => failureFrame(70_000, error),
    decode: (bytes) => readReply(frameIn(bytes)),
  },
  {
    name: 'beat',
    value: [4],
    encode: () => BEAT_FRAME,
    decode: (bytes) => readReply(frameIn(bytes)),
  },
]);
