import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeObject, encodeObject } from '../../../src/causality/object-codec.ts';
import {
  type Sibling,
  type SiblingObject,
  versionDigest,
} from '../../../src/causality/sibling-object.ts';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import {
  checkRecord,
  decodeRecord,
  encodeRecord,
  encodeVersion,
} from '../../../src/replica/record-codec.ts';

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
      hlc: 1_700_000_000_000 * 1_024 + 7,
      expiresAt: 1_700_000_030_000,
    },
  ],
};

describe('the binary form of an object', () => {
  it('gives back every field', () => {
    expect(decodeObject(encodeObject(object))).toEqual(object);
  });

  it('bears what sessions remembered, and nothing where there is none', () => {
    const [sibling] = object.siblings as [Sibling];
    const other = { ...dot, actorEpoch: 4 };
    const siblings = [
      { ...sibling, carried: Buffer.from('remembered') },
      { ...sibling, dot: other },
    ];
    const causal = { clock: [dot, other], siblings };
    const { siblings: back } = decodeObject(encodeObject(causal));
    expect(back.map(({ carried }) => carried && Buffer.from(carried).toString())).toEqual([
      'remembered',
      undefined,
    ]);
    expect(back.map(({ value }) => Buffer.from(value).toString())).toEqual(['value', 'value']);
    const plain = { clock: [dot, other], siblings: [sibling, { ...sibling, dot: other }] };
    const bytes = encodeObject(causal).length - encodeObject(plain).length;
    expect(bytes).toBe('remembered'.length + 2);
    expect(versionDigest(causal)).toBe(versionDigest(plain));
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
    const record = decodeRecord(encodeRecord(encodeVersion(object), dot));
    expect(record.self).toEqual(dot);
    expect(record.object).toEqual(object);
    expect(record.digest).toBe(versionDigest(object));
    expect(Buffer.from(record.encoded).equals(encoded)).toBe(true);
    expect(decodeRecord(encodeRecord(encodeVersion(object), undefined)).self).toBeUndefined();
  });

  it.each([dot, undefined])('reports every single flipped bit, also in self (%o)', (self) => {
    const record = encodeRecord(encodeVersion(object), self);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const flipped = Buffer.from(record);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeRecord(flipped)).toThrow(DecodeError);
      expect(() => checkRecord(flipped)).toThrow(DecodeError);
    }
  });
});

describe('the digest in a stored record', () => {
  it('belongs to the object behind it, and to no other', () => {
    const [mine, other] = [encodeVersion(object), encodeVersion({ clock: [dot], siblings: [] })];
    const record = encodeRecord(mine, undefined);
    const header = record.length - mine.encoded.length;
    const mixed = Buffer.concat([record.subarray(0, header), other.encoded]);
    expect(() => decodeRecord(mixed)).toThrow(DecodeError);
    expect(() => checkRecord(mixed)).toThrow(DecodeError);
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
