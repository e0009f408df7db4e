import { expect, it } from 'vitest';
import { StoreError } from '../../../src/kernel/errors.ts';
import { hash64 } from '../../../src/kernel/hash.ts';
import { decodeEntry } from '../../../src/node/metadata-group/raft-codec.ts';

/** Format 1, a configuration, index 1, term 1, and voters: 2^32-1 of them. */
const GREEDY = Buffer.from('01010101ffffffff0f', 'hex');

function sealed(body: Uint8Array): Uint8Array {
  const checksum = Buffer.alloc(8);
  checksum.writeBigUInt64BE(hash64(body));
  return Buffer.concat([body, checksum]);
}

it.each([
  ['fails its checksum', Buffer.concat([GREEDY, Buffer.alloc(8)])],
  ['is truncated', sealed(GREEDY)],
])('a configuration of more members than there is room for %s, at once', (why, bytes) => {
  const began = performance.now();
  expect(() => decodeEntry(bytes, 1)).toThrow(StoreError);
  expect(() => decodeEntry(bytes, 1)).toThrow(why);
  expect(performance.now() - began).toBeLessThan(1_000);
});
