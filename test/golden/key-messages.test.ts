/** What nodes ask each other for the sake of a client's request. */

import {
  COORDINATE_READ,
  COORDINATE_WRITE,
  type ReadRequest,
  type WriteRequest,
} from '../../src/coordinator/requests.ts';
import { EMPTY_BYTES, utf8 } from '../../src/kernel/bytes.ts';
import type { Ballot } from '../../src/paxos/ballot.ts';
import { listOfBallot } from '../../src/paxos/ballot.ts';
import {
  ACCEPT,
  acceptRequest,
  COORDINATE_REGISTER_READ,
  PREPARE,
  PROPOSE_CHANGE,
  prepareRequest,
  READ_REGISTER,
  readRegisterRequest,
  SETTLE_REGISTER,
} from '../../src/paxos/messages.ts';
import { LIST_REGISTERS } from '../../src/paxos/register-listing.ts';
import {
  type Addressed,
  FETCH_HINTS,
  FETCH_OBJECT,
  fetchRequest,
  hintRequest,
  LIST_KEYS,
  STORE_HINT,
  STORE_OBJECT,
  STORE_OBJECTS,
  storeRequest,
} from '../../src/replica/messages.ts';
import type { Forwarded } from '../../src/routing/forward.ts';
import { describeGolden } from './golden-forms.ts';
import { asked, replied } from './said.ts';
import { context, WALL_TIME_MS } from './some-versions.ts';

const key = Uint8Array.of(0, 255);
const address: Addressed = { partition: 258, bucketNumber: 300, key, epoch: 2 ** 33 };
const object = utf8('object');
const stored = storeRequest(address, { encoded: object, reap: 70_000 });
const page = {
  bucketNumber: 300,
  partitions: [{ partition: 258, epoch: 2 ** 33 }],
  prefix: EMPTY_BYTES,
  after: key,
  limit: 100,
};
const listed = { entries: [{ key, version: utf8('version') }], complete: false };

const quorum = { coordinator: 'n2', reached: ['n1', 'n4'], standIns: { n4: 'n3' }, needed: 2 };
const forwarded = <Request>(request: Request): Forwarded<Request> => {
  return { request, bucketNumber: 300, epoch: 2 ** 33 };
};
const named = { bucket: 'carts', key };
const demands = [{ context: 'token', absent: true }];
const read: ReadRequest = {
  ...named,
  r: 'quorum',
  pr: 1,
  readRepair: 'async',
  sloppy: true,
  demands,
};
const write: WriteRequest = {
  ...named,
  content: { value: utf8('milk'), contentType: '', meta: [['author', 'Zoë']], carried: object },
  contexts: ['token'],
  w: 2,
  pw: 0,
  sloppy: false,
  r: undefined,
  ttlMs: 30_000,
  returnBody: true,
};

const ballot = (counter: number): Ballot => ({ epoch: 2 ** 33, counter, nodeNo: 2, boot: 9 });
const accepted = listOfBallot(ballot(70_000));
const condition = { ifMatch: [ballot(3)] };
const content = { value: utf8('5'), contentType: '', meta: [], expiresAt: WALL_TIME_MS };

describeGolden('v0.1.0', 'key-messages', [
  asked(STORE_OBJECT, stored),
  replied(STORE_OBJECT, true),
  asked(STORE_OBJECTS, [stored]),
  replied(STORE_OBJECTS, ['durable', 'stale_reap']),
  asked(STORE_HINT, hintRequest(address, { encoded: object, reap: 0 }, 'n3')),
  replied(STORE_HINT, true),
  asked(FETCH_OBJECT, fetchRequest(address, 2n ** 64n - 1n)),
  asked(FETCH_OBJECT, fetchRequest(address, null), ' in full'),
  replied(FETCH_OBJECT, [70_000, 3, object]),
  replied(FETCH_OBJECT, [70_000, 3, 'same'], ' as the same'),
  replied(FETCH_OBJECT, [0, 0, 'absent'], ' as absent'),
  asked(FETCH_HINTS, fetchRequest(address, null)),
  asked(LIST_KEYS, page),
  replied(LIST_KEYS, listed),
  asked(COORDINATE_READ, forwarded(read)),
  replied(COORDINATE_READ, { object, reap: 70_000, quorum, outlived: false }),
  asked(COORDINATE_WRITE, forwarded(write)),
  asked(COORDINATE_WRITE, forwarded({ ...write, content: null }), ' of nothing'),
  replied(COORDINATE_WRITE, { context: 'token', object, clock: context.clock, quorum }),
  replied(COORDINATE_WRITE, { context: 'token', object: null, quorum }, ' without the object'),
  asked(PREPARE, prepareRequest(address, ballot(70_001), ballot(70_000))),
  asked(PREPARE, prepareRequest(address, ballot(70_001), undefined), ' with nothing known'),
  replied(PREPARE, [accepted, false, object]),
  replied(PREPARE, [accepted, true, 'same'], ' as the same'),
  replied(PREPARE, [accepted], ' as too late'),
  asked(ACCEPT, acceptRequest(address, ballot(70_001), object, ballot(70_002))),
  asked(ACCEPT, acceptRequest(address, ballot(70_001), object, undefined), ' and no more'),
  replied(ACCEPT, true),
  replied(ACCEPT, accepted, ' as too late'),
  asked(READ_REGISTER, readRegisterRequest(address, ballot(70_000))),
  replied(READ_REGISTER, [accepted, false, 'same']),
  asked(LIST_REGISTERS, page),
  replied(LIST_REGISTERS, listed),
  asked(COORDINATE_REGISTER_READ, forwarded(named)),
  replied(COORDINATE_REGISTER_READ, { version: ballot(3), content, quorum }),
  asked(SETTLE_REGISTER, forwarded(named)),
  asked(
    PROPOSE_CHANGE,
    forwarded({
      ...named,
      change: {
        type: 'put',
        value: object,
        contentType: '',
        meta: [],
        condition,
        ttlMs: 'none',
        carried: object,
      },
      id: Buffer.alloc(16, 7),
      showsPresent: true,
    }),
    ' of a put',
  ),
  asked(
    PROPOSE_CHANGE,
    forwarded({ ...named, change: { type: 'delete', condition: { ifNoneMatch: 'any' } } }),
    ' of a delete',
  ),
  asked(
    PROPOSE_CHANGE,
    forwarded({ ...named, change: { type: 'increment', by: -300, condition: 'none' } }),
    ' of an increment',
  ),
  asked(
    PROPOSE_CHANGE,
    forwarded({
      ...named,
      change: {
        type: 'append',
        bytes: object,
        contentType: 'text/plain',
        bytesMax: 65_536,
        condition: 'none',
      },
    }),
    ' of an append',
  ),
  replied(PROPOSE_CHANGE, {
    outcome: 'applied',
    version: ballot(70_001),
    result: -5,
    shown: { carried: object },
    quorum,
  }),
  replied(
    PROPOSE_CHANGE,
    { outcome: 'condition_failed', version: ballot(3), present: content, quorum },
    ' as refused',
  ),
]);
