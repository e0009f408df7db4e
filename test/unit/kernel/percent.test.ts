import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { percentDecode, percentEncode } from '../../../src/kernel/percent.ts';

describe('percent-encoding of keys', () => {
  it('gives back all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Buffer.from(percentDecode(percentEncode(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('reads what encodeURIComponent writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(Buffer.from(percentDecode(encodeURIComponent(text))).toString()).toBe(text);
      }),
    );
  });

  it.each(['%', '%4', '%zz', '%4x', 'a%', '%%41', '% 1', '%-1', '%+1'])('refuses %s', (text) => {
    expect(() => percentDecode(text)).toThrow(DecodeError);
  });

  it('leaves slashes as they stand', () => {
    expect(percentEncode(Buffer.from('a/b c'))).toBe('a/b%20c');
  });
});
