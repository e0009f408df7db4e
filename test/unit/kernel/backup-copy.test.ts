import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_HEADER_BYTES,
  type CopiedRecord,
  type CopyBlock,
  type CopyHead,
  compareRecords,
  decodeBlock,
  encodeBlock,
  mergedRecords,
  payloadBytes,
} from '../../../src/kernel/backup-copy.ts';
import { DecodeError, utf8 } from '../../../src/kernel/bytes.ts';

const head: CopyHead = {
  format: 1,
  clusterId: '0123456789abcdef',
  node: 'n1',
  nodeNo: 1,
  takenAt: 1_700_000_000_000,
  mark: { life: 7, deletes: 3 },
  metadataIndex: 12,
  metadataCurrent: true,
  partitionCount: 2,
  replicationFactor: 1,
  replicas: [['n1'], ['n2']],
  members: ['n1', 'n2'],
  unsalvaged: [],
  buckets: [],
};

function record(partition: number, bucketNumber: number, key: string, content = 'c'): CopiedRecord {
  return { partition, bucketNumber, key: utf8(key), content: utf8(content) };
}

const records = [record(0, 1, 'a'), record(0, 1, 'b', ''), record(300, 2 ** 40, 'c')];
const end = { records: { objects: 3, hints: 0, registers: 0, values: 0 }, leased: 1, damaged: 0 };
const damaged = { part: 'hints', partition: 4, bucket: 'carts', keyBase64: 'YQ==' } as const;

const blocks: readonly CopyBlock[] = [
  { kind: 'head', head },
  { kind: 'records', part: 'objects', records },
  { kind: 'records', part: 'values', records: [record(0, 3, 'v')] },
  { kind: 'damaged', damaged },
  { kind: 'end', end },
];

describe('a block of a copy', () => {
  it.each(blocks)('of kind $kind is read as it was written', (block) => {
    const bytes = encodeBlock(block);
    expect(payloadBytes(bytes)).toBe(bytes.length - BLOCK_HEADER_BYTES);
    expect(plain(decodeBlock(bytes))).toEqual(plain(block));
  });

  it.each(blocks)('of kind $kind is refused with any bit of it flipped, and cut short', (block) => {
    const bytes = encodeBlock(block);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeBlock(flipped)).toThrow(DecodeError);
    }
    for (let length = BLOCK_HEADER_BYTES; length < bytes.length; length++) {
      expect(() => decodeBlock(bytes.subarray(0, length))).toThrow(DecodeError);
    }
  });

  it('of a later format is refused by its number', () => {
    const later = encodeBlock({ kind: 'head', head: { ...head, format: 2 } });
    expect(() => decodeBlock(later)).toThrow('is of format 2, and this program reads 1');
  });
});

it('records of rising sources come rising, all of them', () => {
  const key = fc.constantFrom('a', 'b', 'ba', 'c');
  const one = fc.tuple(fc.nat(3), fc.nat(2), key).map((place) => record(...place));
  fc.assert(
    fc.property(fc.array(fc.array(one, { maxLength: 6 }), { maxLength: 4 }), (lists) => {
      const sources = lists.map((list) => list.toSorted(compareRecords));
      const merged = [...mergedRecords(sources.map((source) => source.values()))];
      const all = sources.flat();
      expect(merged.length).toBe(all.length);
      expect(new Set(merged)).toEqual(new Set(all));
      for (const [i, next] of merged.slice(1).entries()) {
        expect(compareRecords(merged[i] as CopiedRecord, next)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

/** Views and arrays alike. */
function plain(block: CopyBlock): unknown {
  if (block.kind !== 'records') return block;
  return block.records.map(({ key, content, ...place }) => ({
    part: block.part,
    ...place,
    key: [...key],
    content: [...content],
  }));
}
