import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeObject, encodeObject } from '../../../src/causality/object-codec.ts';
import { type SiblingObject, versionDigest } from '../../../src/causality/sibling-object.ts';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { decodeRecord, encodeRecord } from '../../../src/replica/record-codec.ts';

const dot = { lineage: 0xfeed_beef_cafe, actorEpoch: 3, counter: 300 };
const object: SiblingObject = {
  clock: [dot],
  siblings: [
    {
      dot,
      value: Buffer.from('value'),
      contentType: 'text/plain',
      meta: [
        ['colour', 'grün'],
        ['__proto__', 'kept'],
      ],
      wallTime: 1_700_000_000_000,
    },
  ],
};

describe('the binary form of an object', () => {
  it('gives back every field', () => {
    expect(decodeObject(encodeObject(object))).toEqual(object);
  });

  it('reports every single flipped bit', () => {
    const encoded = encodeObject(object);
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const flipped = Buffer.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeObject(flipped)).toThrow(DecodeError);
    }
  });

  it('reports every truncation, and garbage', () => {
    const encoded = encodeObject(object);
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeObject(encoded.subarray(0, length))).toThrow(DecodeError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeObject(bytes)).toThrow(DecodeError);
      }),
    );
  });
});

describe('the stored record', () => {
  it('keeps self beside the object and off the wire', () => {
    const encoded = encodeObject(object);
    const record = decodeRecord(encodeRecord(encoded, dot));
    expect(record.self).toEqual(dot);
    expect(record.object).toEqual(object);
    expect(Buffer.from(record.encoded).equals(encoded)).toBe(true);
    expect(decodeRecord(encodeRecord(encoded, undefined)).self).toBeUndefined();
  });

  it('reports every single flipped bit, also in self', () => {
    const record = encodeRecord(encodeObject(object), dot);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const flipped = Buffer.from(record);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeRecord(flipped)).toThrow(DecodeError);
    }
  });
});

describe('the version digest', () => {
  it('tells a delete from the put it raced with, although their clocks are equal', () => {
    const deleted: SiblingObject = { clock: object.clock, siblings: [] };
    expect(versionDigest(deleted)).not.toBe(versionDigest(object));
  });

  it('does not depend on the value', () => {
    const [sibling] = object.siblings;
    const other = { ...object, siblings: [{ ...sibling, value: Buffer.from('x') }] };
    expect(versionDigest(other as SiblingObject)).toBe(versionDigest(object));
  });
});
