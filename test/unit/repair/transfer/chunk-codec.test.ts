import { describe, expect, it } from 'vitest';
import { ChunkWriter, readChunk } from '../../../../src/repair/transfer/chunk-codec.ts';

describe('the records of a chunk', () => {
  it('come out as they went in', () => {
    const chunk = new ChunkWriter();
    const records = [1, 200, 70_000].map((length) => ({
      storedKey: Buffer.alloc(length % 1_900, length % 251),
      encoded: Buffer.alloc(length, 7),
    }));
    for (const { storedKey, encoded } of records) chunk.add(storedKey, encoded);
    const bytes = chunk.finish();
    expect([chunk.count, chunk.bytes]).toEqual([3, bytes.length]);
    expect(readChunk(bytes)).toEqual(records);
    expect(readChunk(new ChunkWriter().finish())).toEqual([]);
  });

  it('are refused where they are cut short', () => {
    const chunk = new ChunkWriter();
    chunk.add(Buffer.from('key'), Buffer.from('object'));
    const bytes = chunk.finish();
    for (let length = 1; length < bytes.length; length++) {
      expect(() => readChunk(bytes.subarray(0, length))).toThrow('is truncated');
    }
  });
});
