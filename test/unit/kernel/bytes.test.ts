import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  compareBytes,
  DecodeError,
  fromBase64Url,
  mapKeyOf,
  textOf,
  toBase64Url,
  utf8,
} from '../../../src/kernel/bytes.ts';

const safeInteger = fc.oneof(
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER),
);

describe('ByteWriter and ByteReader', () => {
  it('give back every field in order', () => {
    fc.assert(
      fc.property(
        safeInteger,
        fc.uint8Array(),
        fc.string({ unit: 'binary' }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        (number, bytes, text, wide, six) => {
          const writer = new ByteWriter(1);
          writer.varint(number);
          writer.bytes(bytes);
          writer.text(text);
          writer.u64(wide);
          writer.u48(six);
          writer.u8(7);
          const reader = new ByteReader(writer.copy());
          expect(reader.varint()).toBe(number);
          expect(Buffer.from(reader.bytes())).toEqual(Buffer.from(bytes));
          expect(reader.text()).toBe(text);
          expect(reader.u64()).toBe(wide);
          expect(reader.u48()).toBe(six);
          expect(reader.u8()).toBe(7);
          reader.end();
        },
      ),
    );
  });

  it.each([
    ['a number that is cut off', [0x80]],
    ['a number with a needless byte', [0x80, 0x00]],
    ['a number beyond 2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a number of nine bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ])('refuse %s', (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).varint()).toThrow(DecodeError);
  });

  it('refuse lengths beyond the end, text that is not text, and what trails', () => {
    expect(() => new ByteReader(Uint8Array.of(5, 1)).bytes()).toThrow('truncated');
    expect(() => new ByteReader(Uint8Array.of(1, 0xff)).text()).toThrow('UTF-8');
    expect(() => new ByteReader(Uint8Array.of(1)).end()).toThrow('trailing');
    expect(() => new ByteReader(Uint8Array.of(1)).u64()).toThrow('truncated');
  });
});

describe('base64url', () => {
  it('is strict both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Buffer.from(fromBase64Url(toBase64Url(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
    for (const text of ['a', 'AB', 'AA==', 'A+', 'A/', ' AA', 'AA\n']) {
      expect(() => fromBase64Url(text)).toThrow(DecodeError);
    }
  });
});

describe('keys as map keys', () => {
  it('are equal where the bytes are, and sort alike', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(mapKeyOf(a) === mapKeyOf(b)).toBe(compareBytes(a, b) === 0);
        expect(mapKeyOf(a) < mapKeyOf(b)).toBe(compareBytes(a, b) < 0);
      }),
    );
  });
});

it('text keeps a byte order mark and refuses what is not UTF-8', () => {
  expect(textOf(utf8('\ufeffx'))).toBe('\ufeffx');
  expect(textOf(Uint8Array.of(0xc3))).toBeUndefined();
});
