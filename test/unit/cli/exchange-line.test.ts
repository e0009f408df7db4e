import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../src/cli/exchange-line.ts';
import { numberedLines } from '../../../src/cli/import-lines.ts';

const VALUE = { value: 'milk', contentType: 'text/plain' };

describe('a line of an export', () => {
  it.each([
    { bucket: 'carts', settings: { mode: 'paxos' } },
    { bucket: 'carts', key: 'alice', values: [VALUE] },
    {
      bucket: 'carts',
      keyBase64: 'AP8=',
      version: '1.2.3.4',
      values: [VALUE, { valueBase64: 'AP8=' }],
    },
    {
      bucket: 'c',
      key: 'k',
      values: [{ ...VALUE, meta: { a: 'b' }, ttlMs: 5, expiresAt: '2026-11-22T10:00:00Z' }],
    },
  ])('is read: %j', (line) => {
    expect(parseLine(JSON.stringify(line))).toEqual(line);
  });

  it.each([
    ['{', 'the line is not JSON'],
    ['[]', 'the line is not an object'],
    ['{"key":"a","values":[]}', 'bucket is missing'],
    ['{"bucket":"b","values":[{"value":"v"}]}', 'key or keyBase64 has to be given'],
    ['{"bucket":"b","key":"a","keyBase64":"YQ==","values":[{"value":"v"}]}', 'and not both'],
    ['{"bucket":"b","keyBase64":"YQ","values":[{"value":"v"}]}', 'keyBase64 is not base64'],
    ['{"bucket":"b","key":"a","values":[]}', 'values is not a list'],
    ['{"bucket":"b","key":"a","values":[{}]}', 'value or valueBase64 has to be given'],
    ['{"bucket":"b","key":"a","values":[{"value":1}]}', 'value is not a text'],
    [
      '{"bucket":"b","key":"a","values":[{"value":"v","meta":{"x":1}}]}',
      'meta has what is no text',
    ],
    [
      '{"bucket":"b","key":"a","values":[{"value":"v","expiresAt":"soon"}]}',
      'expiresAt is not a time',
    ],
    ['{"bucket":"b","key":"a","values":[{"value":"v","ttlMs":-1}]}', 'ttlMs is not a number'],
    ['{"bucket":"b","key":"a","vales":[]}', 'unknown field vales'],
    ['{"bucket":"b","key":"a","values":[{"value":"v","type":"t"}]}', 'unknown field type'],
  ])('is refused: %s', (text, problem) => {
    expect(() => parseLine(text)).toThrow(problem);
  });
});

it('lines have their numbers, in whatever pieces they come', async () => {
  const text = Buffer.from('eins\n\nzwölf\nlast');
  for (const size of [1, 2, 3, 100]) {
    const pieces = async function* () {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    };
    const found = [];
    for await (const line of numberedLines(pieces())) found.push(line);
    expect(found).toEqual([
      [1, 'eins'],
      [2, ''],
      [3, 'zwölf'],
      [4, 'last'],
    ]);
  }
});
