/** Whatever a value is, it is shown so that it does no harm. */

import { describe, expect, it } from 'vitest';
import {
  bytesText,
  shownBytes,
  shownContent,
  visibleLine,
  visibleText,
} from '../../../../src/dashboard/key/shown-bytes.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';

describe('a text', () => {
  it('shows what a browser would obey or hide as its number', () => {
    expect(visibleText('a\u0000b\u202ec\u200dd\ue000')).toBe(
      'a\\u{0}b\\u{202e}c\\u{200d}d\\u{e000}',
    );
    expect(visibleText('<b>é\n\t日本</b>')).toBe('<b>é\n\t日本</b>');
    expect(visibleLine('a\nb\tc')).toBe('a\\nb\\tc');
  });

  it('that is long is cut', () => {
    const shown = shownBytes(utf8('x'.repeat(1024 * 1024)));
    expect(shown).toMatchObject({ kind: 'text', isCut: true, bytes: 1024 * 1024 });
    expect(shown.text.length).toBeLessThan(5_000);
  });
});

describe('bytes', () => {
  it('that are no text are shown in hex, the beginning of them', () => {
    expect(shownBytes(Uint8Array.of(255, 0, 16))).toEqual({
      kind: 'hex',
      text: 'ff 00 10',
      isCut: false,
      bytes: 3,
    });
    const long = shownBytes(new Uint8Array(10_000).fill(254));
    expect(long).toMatchObject({ kind: 'hex', isCut: true, bytes: 10_000 });
    expect(long.text.split(' ')).toHaveLength(48);
  });

  it('of a text that was cut within a character are text', () => {
    const head = utf8('日本').subarray(0, 5);
    expect(shownBytes(head, 100)).toEqual({ kind: 'text', text: '日', isCut: true, bytes: 100 });
    expect(shownBytes(head).kind).toBe('hex');
    expect(shownBytes(utf8('ab'), 100).text).toBe('ab');
  });

  it('are counted in words', () => {
    expect([1, 1_048_576].map(bytesText)).toEqual(['1 byte', '1,048,576 bytes']);
  });
});

describe('a value that a node told of', () => {
  const content = { contentType: 'text/plain', bytes: 3 };

  it('is text, bytes, the beginning of more, or left out', () => {
    expect(shownContent({ ...content, value: 'abc' })?.text).toBe('abc');
    expect(shownContent({ ...content, valueBase64: '/wAQ' })?.text).toBe('ff 00 10');
    const cut = shownContent({ ...content, bytes: 9_000, omitted: true, headBase64: 'YWJj' });
    expect(cut).toEqual({ kind: 'text', text: 'abc', isCut: true, bytes: 9_000 });
    expect(shownContent({ ...content, omitted: true })).toBeUndefined();
  });
});
