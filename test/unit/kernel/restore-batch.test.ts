import { describe, expect, it } from 'vitest';
import { DecodeError, utf8 } from '../../../src/kernel/bytes.ts';
import { OFFER_BATCH_KEYS } from '../../../src/kernel/offer.ts';
import {
  decodeRestoreBatch,
  encodeRestoreBatch,
  type RestoreBatch,
} from '../../../src/kernel/restore-batch.ts';
import { decodeContent, encodeContent } from '../../../src/kernel/restored-content.ts';

const batch: RestoreBatch = {
  bucketNumber: 2 ** 40,
  mode: 'paxos',
  asOf: 0,
  requestId: Buffer.alloc(16, 7),
  keys: [
    { key: Buffer.from('alice'), content: Buffer.from('c') },
    { key: Buffer.of(0, 0xff), content: Buffer.alloc(0) },
  ],
};

describe('a batch of keys that are restored', () => {
  it.each([batch, { ...batch, asOf: undefined, mode: 'raft' as const }, { ...batch, keys: [] }])(
    'is read as it was written',
    (one) => {
      expect(decodeRestoreBatch(encodeRestoreBatch(one))).toEqual(one);
    },
  );

  it('is refused when it is cut short, too long, or of what is not known', () => {
    const bytes = encodeRestoreBatch(batch);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeRestoreBatch(bytes.subarray(0, length))).toThrow(DecodeError);
    }
    expect(() => decodeRestoreBatch(Buffer.concat([bytes, bytes]))).toThrow(DecodeError);
    expect(() => decodeRestoreBatch(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow('format');
    const one = { key: utf8('k'), content: utf8('c') };
    const keys = Array(OFFER_BATCH_KEYS + 1).fill(one);
    expect(() => decodeRestoreBatch(encodeRestoreBatch({ ...batch, keys }))).toThrow('1001 keys');
  });
});

it('a value without versions is read as it was written', () => {
  const content = {
    value: Buffer.from('milk'),
    contentType: 'text/plain',
    meta: [['by', 'alice'] as const],
    expiresAt: 1_795_000_000_000,
  };
  for (const one of [content, { ...content, meta: [], expiresAt: undefined }]) {
    expect(decodeContent(encodeContent(one))).toEqual(one);
  }
  expect(() => decodeContent(Uint8Array.of(9))).toThrow(DecodeError);
});
