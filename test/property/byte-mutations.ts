/** Valid bytes gone wrong: flipped, cut, repeated, with other numbers in them, and sealed anew. */

import fc from 'fast-check';

/** One thing that befalls bytes; places and lengths are taken as parts of a thousand. */
export type Mutation =
  | { readonly type: 'flip'; readonly at: number; readonly bit: number }
  | { readonly type: 'set'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly type: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly type: 'remove'; readonly at: number; readonly length: number }
  | { readonly type: 'repeat'; readonly at: number; readonly length: number }
  | { readonly type: 'cut'; readonly at: number };

/** Numbers as the codecs write them that promise more than can be there, and odd ones. */
const TELLING = [
  '80', // a number that goes on
  '8000', // 0, but not in its shortest form
  'ffffff7f', // 2^28-1
  'ffffffff0f', // 2^32-1
  '8080808010', // 2^32
  'ffffffffffff3f', // 2^48-1
  'ffffffffffffff0f', // 2^53-1
  'ffffffffffffff1f', // beyond
  'ff',
  '00',
  'c328', // no UTF-8
  'efbbbf', // a byte order mark
].map((hex) => Buffer.from(hex, 'hex'));

const place = fc.nat(1_000);
const bytes = fc.oneof(fc.constantFrom(...TELLING), fc.uint8Array({ minLength: 1, maxLength: 9 }));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ type: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ type: fc.constant('set' as const), at: place, bytes }),
  fc.record({ type: fc.constant('insert' as const), at: place, bytes }),
  fc.record({ type: fc.constant('remove' as const), at: place, length: fc.nat(200) }),
  fc.record({ type: fc.constant('repeat' as const), at: place, length: fc.nat(200) }),
  fc.record({ type: fc.constant('cut' as const), at: place }),
);

export const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

export function mutated(valid: Uint8Array, changes: readonly Mutation[]): Buffer {
  return changes.reduce<Buffer>(change, Buffer.from(valid));
}

function change(bytesNow: Buffer, mutated: Mutation): Buffer {
  const at = Math.floor((mutated.at * bytesNow.length) / 1_001);
  const [before, after] = [bytesNow.subarray(0, at), bytesNow.subarray(at)];
  switch (mutated.type) {
    case 'flip':
      return Buffer.concat(
        [before, [(after[0] ?? 0) ^ (1 << mutated.bit)], after.subarray(1)].map(asBytes),
      );
    case 'set':
      return Buffer.concat([before, mutated.bytes, after.subarray(mutated.bytes.length)]);
    case 'insert':
      return Buffer.concat([before, mutated.bytes, after]);
    case 'remove':
      return Buffer.concat([before, after.subarray(lengthOf(mutated.length, after))]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, lengthOf(mutated.length, after)), after]);
    case 'cut':
      return Buffer.from(before);
  }
}

function asBytes(part: Uint8Array | readonly number[]): Uint8Array {
  return part instanceof Uint8Array ? part : Uint8Array.from(part);
}

function lengthOf(thousandths: number, rest: Uint8Array): number {
  return Math.ceil((thousandths * rest.length) / 1_001);
}
