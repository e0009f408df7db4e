import { describe, expect, it } from 'vitest';
import { DecodeError, utf8 } from '../../../src/kernel/bytes.ts';
import { OFFER_BATCH_KEYS, OFFER_BYTES_MAX } from '../../../src/kernel/offer.ts';
import {
  decodeSalvageBatch,
  encodeSalvageBatch,
  type SalvageBatch,
} from '../../../src/kernel/salvage-batch.ts';
import { MESSAGE_BYTES_MAX } from '../../../src/ports/transport.ts';

const node = { clusterId: '0123456789abcdef', nodeNo: 3, name: 'n3', directoryId: 'd3' };
const object = {
  partition: 65_535,
  bucketNumber: 2 ** 40,
  reap: 2 ** 40,
  key: Buffer.from([0, 255]),
  object: Buffer.alloc(300, 7),
};
const batches: SalvageBatch[] = [
  { node, dryRun: true, objects: [] },
  { node, dryRun: false, objects: [object, { ...object, key: Buffer.from(utf8('k')), reap: 0 }] },
];

describe('a batch of what a dead node held', () => {
  it.each(batches)('is read as it was written: $objects.length', (batch) => {
    expect(decodeSalvageBatch(encodeSalvageBatch(batch))).toEqual(batch);
  });

  it.each(batches)('is refused where it is cut or longer: $objects.length', (batch) => {
    const data = Buffer.from(encodeSalvageBatch(batch));
    for (let length = 0; length < data.length; length++) {
      expect(() => decodeSalvageBatch(data.subarray(0, length))).toThrow(DecodeError);
    }
    expect(() => decodeSalvageBatch(Buffer.concat([data, Buffer.alloc(1)]))).toThrow(DecodeError);
  });

  it('fits with the largest object that travels, whatever its key', () => {
    const place = { partition: 65_535, bucketNumber: 2 ** 47, reap: 2 ** 47 };
    const one = { ...place, key: new Uint8Array(1_024), object: new Uint8Array(0) };
    const beside = encodeSalvageBatch({ node, dryRun: false, objects: [one] }).length;
    expect(OFFER_BYTES_MAX).toBeGreaterThan(MESSAGE_BYTES_MAX + beside);
  });

  it('is refused where it is of another format, or has too many objects', () => {
    const other = Buffer.from(encodeSalvageBatch({ node, dryRun: false, objects: [] }));
    other[0] = 2;
    expect(() => decodeSalvageBatch(other)).toThrow('unknown format');
    const objects = Array.from({ length: OFFER_BATCH_KEYS + 1 }, () => object);
    const many = encodeSalvageBatch({ node, dryRun: false, objects });
    expect(() => decodeSalvageBatch(many)).toThrow('1001 objects; 1000');
  });
});
