import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import {
  BLANK,
  decodeAcceptorRecord,
  encodeAcceptorRecord,
} from '../../../src/paxos/acceptor-record.ts';
import { CHANGES_MAX, NEVER_WRITTEN, type Register } from '../../../src/paxos/register.ts';
import { decodeRegister, encodeRegister } from '../../../src/paxos/register-codec.ts';
import { ballot, content, requestId } from './some.ts';

const number = fc.nat(Number.MAX_SAFE_INTEGER);
const ballots = fc.record({ epoch: number, counter: number, nodeNo: number, boot: number });
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const changes = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array)),
  given: fc.boolean(),
  at: ballots,
  outcome: fc.constantFrom('applied', 'condition_failed', 'not_found', 'value_too_large'),
  version: ballots,
  result: fc.option(fc.maxSafeInteger(), { nil: undefined }),
  digest: fc.nat(2 ** 48 - 1),
});
const registers: fc.Arbitrary<Register> = fc.record({
  version: ballots,
  evicted: ballots,
  evictedAt: number,
  changes: fc.array(
    changes.map((one) => (one.given ? one : { ...one, digest: undefined })),
    { maxLength: CHANGES_MAX },
  ),
  content: fc.option(
    fc.record({
      value: bytes,
      contentType: fc.string({ unit: 'binary' }),
      meta: fc.array(fc.tuple(fc.string(), fc.string())),
      expiresAt: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
      carried: fc.option(bytes, { nil: undefined }),
    }),
    { nil: undefined },
  ),
});

describe('the binary form of a register', () => {
  it('reads as what was written', () => {
    fc.assert(
      fc.property(registers, (register) => {
        expect(decodeRegister(encodeRegister(register))).toEqual(register);
      }),
    );
  });

  it('cut short is no register, unless it ends within the value', () => {
    const encoded = encodeRegister({ ...NEVER_WRITTEN, content: content('') });
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeRegister(encoded.subarray(0, length))).toThrow(DecodeError);
    }
  });
});

describe('the record of an acceptor', () => {
  const at = ballot(3);
  const outcome = { outcome: 'applied', version: at, digest: 7 } as const;
  const changed = { id: requestId(1), given: true, at, ...outcome };
  const register = encodeRegister({ ...NEVER_WRITTEN, changes: [changed], content: content('v') });
  const record = { promised: ballot(4), accepted: at, copied: true, register };

  it('reads as what was written', () => {
    expect(decodeAcceptorRecord(encodeAcceptorRecord(record))).toEqual(record);
    expect(decodeAcceptorRecord(encodeAcceptorRecord(BLANK))).toEqual(BLANK);
    expect(decodeRegister(BLANK.register)).toEqual(NEVER_WRITTEN);
  });

  it('is refused with any bit flipped, or cut short', () => {
    const encoded = encodeAcceptorRecord(record);
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const flipped = Buffer.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeAcceptorRecord(flipped)).toThrow(DecodeError);
    }
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeAcceptorRecord(encoded.subarray(0, length))).toThrow(DecodeError);
    }
  });

  it('is never made with more accepted than promised', () => {
    expect(() => encodeAcceptorRecord({ ...record, promised: ballot(2) })).toThrow();
  });
});
