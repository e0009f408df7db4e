/** Pieces of bytes that cross between programs of two versions, or of two directories. */

import { utf8 } from '../../src/kernel/bytes.ts';
import { decodeSalvageBatch, encodeSalvageBatch } from '../../src/kernel/salvage-batch.ts';
import { decodeItems, encodeItems } from '../../src/merkle/leaf-items.ts';
import { type ChunkRecord, ChunkWriter, readChunk } from '../../src/repair/transfer/chunk-codec.ts';
import { describeGolden, formsOf } from './golden-forms.ts';

const node = {
  clusterId: '0123456789abcdef',
  nodeNo: 300,
  name: 'n1',
  directoryId: 'fedcba9876543210',
};
const object = {
  partition: 258,
  bucketNumber: 300,
  reap: 2 ** 40,
  key: Uint8Array.of(0, 255),
  object: utf8('object'),
};

describeGolden('v0.1.0', 'batches', [
  ...formsOf(
    { encode: encodeSalvageBatch, decode: decodeSalvageBatch },
    {
      'objects of a salvage': { node, dryRun: false, objects: [object] },
      'trial of a salvage': { node, dryRun: true, objects: [] },
    },
  ),
  ...formsOf<readonly ChunkRecord[]>(
    {
      encode(records) {
        const writer = new ChunkWriter();
        for (const { storedKey, encoded } of records) writer.add(storedKey, encoded);
        return writer.finish();
      },
      decode: readChunk,
    },
    {
      'records of a transfer': [
        { storedKey: utf8('stored key'), encoded: utf8('object') },
        { storedKey: Uint8Array.of(2), encoded: Buffer.alloc(200, 1) },
      ],
    },
  ),
  ...formsOf(
    { encode: encodeItems, decode: decodeItems },
    {
      'items of leaves': [
        { keyHash: 5n, digest: 2n ** 64n - 1n },
        { keyHash: 2n ** 63n, digest: 1n },
      ],
    },
  ),
]);
