import { decodeAcceptorRecord, encodeAcceptorRecord } from '../../src/paxos/acceptor-record.ts';
import type { Ballot } from '../../src/paxos/ballot.ts';
import { decodeListedRegister, listedRegister } from '../../src/paxos/listed-register.ts';
import { NEVER_WRITTEN, type Outcome, type Register } from '../../src/paxos/register.ts';
import { decodeRegister, encodeRegister } from '../../src/paxos/register-codec.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { siblings, WALL_TIME_MS } from './some-versions.ts';

const ballot = (counter: number): Ballot => ({ epoch: 300, counter, nodeNo: 2, boot: 9 });
const id = (last: number) => Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? last : at));

const refused: readonly Outcome[] = [
  'condition_failed',
  'not_found',
  'not_a_number',
  'out_of_range',
  'value_too_large',
];

const [first, second] = siblings.siblings;

const written: Register = {
  version: ballot(40),
  content: {
    value: first?.value ?? Buffer.alloc(0),
    contentType: 'text/plain',
    meta: first?.meta ?? [],
    expiresAt: WALL_TIME_MS,
    carried: Uint8Array.of(1, 2, 3),
  },
  changes: [
    ...refused.map((outcome, at) => {
      return { id: id(at), given: false, at: ballot(10 + at), outcome, version: ballot(3) };
    }),
    {
      id: id(200),
      given: true,
      at: ballot(40),
      outcome: 'applied',
      version: ballot(40),
      result: Number.MIN_SAFE_INTEGER,
      digest: 2 ** 48 - 1,
    },
  ],
  evicted: ballot(9),
  evictedAt: WALL_TIME_MS,
};

const deleted: Register = { ...written, content: undefined, changes: [] };
const forEver: Register = {
  ...deleted,
  content: { value: second?.value ?? Buffer.alloc(0), contentType: '', meta: [] },
};

const accepted = (register: Register, copied: boolean) => ({
  promised: ballot(2 ** 40),
  accepted: ballot(40),
  copied,
  register: encodeRegister(register),
});

describeGolden('v0.1.0', 'registers', [
  ...formsOf(
    { encode: encodeRegister, decode: decodeRegister },
    { 'never written': NEVER_WRITTEN, written, deleted, 'for ever': forEver },
  ),
  ...formsOf(
    { encode: encodeAcceptorRecord, decode: decodeAcceptorRecord },
    { 'record of an acceptor': accepted(written, false), 'copied record': accepted(deleted, true) },
  ),
  {
    name: 'listed register',
    value: { accepted: ballot(40), content: { expiresAt: WALL_TIME_MS } },
    encode: () => listedRegister(encodeAcceptorRecord(accepted(written, false))),
    decode: decodeListedRegister,
  },
  {
    name: 'listed register without a value',
    value: { accepted: ballot(40) },
    encode: () => listedRegister(encodeAcceptorRecord(accepted(deleted, true))),
    decode: decodeListedRegister,
  },
]);
