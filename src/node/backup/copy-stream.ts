/** The blocks of the copy of one node, each made when it is asked for: memory holds one. */

import {
  BLOCK_BYTES,
  type CopiedRecord,
  type CopyBlock,
  type CopyHead,
  type CopyPart,
} from '../../kernel/backup-copy.ts';
import { bufferOf } from '../../kernel/bytes.ts';
import { encodeContent } from '../../kernel/restored-content.ts';
import type { KeyedValue } from '../../metadata/stored-value.ts';
import type { StoreSnapshot } from '../../ports/store.ts';
import { type FoundRecord, recordsIn } from './copied-records.ts';

export interface CopySource {
  readonly head: CopyHead;
  readonly snapshot: StoreSnapshot;
  readonly values: Iterable<KeyedValue>;
}

/** Records of buckets that are not in the head are left out: these were deleted. */
export function* copyBlocks({ head, snapshot, values }: CopySource): Generator<CopyBlock> {
  const names = new Map(head.buckets.map(({ name, number }) => [number, name]));
  const tally = { objects: 0, hints: 0, registers: 0, values: 0 };
  let damaged = 0;
  yield { kind: 'head', head };
  for (const part of ['objects', 'hints', 'registers'] as const) {
    for (const block of packed(part, recordsIn(snapshot, part), names)) {
      if (block.kind === 'damaged') damaged++;
      else tally[part] += block.records.length;
      yield block;
    }
  }
  let leased = 0;
  const lasting = function* () {
    for (const value of values) {
      if (value.lease === undefined) yield recordOf(value);
      else if (names.has(value.bucketNumber)) leased++;
    }
  };
  for (const block of packed('values', lasting(), names)) {
    if (block.kind === 'records') tally.values += block.records.length;
    yield block;
  }
  yield { kind: 'end', end: { records: tally, leased, damaged } };
}

function recordOf({ bucketNumber, key, value, contentType, meta }: KeyedValue): FoundRecord {
  const content = encodeContent({ value, contentType, meta, expiresAt: undefined });
  return { partition: 0, bucketNumber, key, content, damaged: false };
}

type RecordBlock = Extract<CopyBlock, { kind: 'records' | 'damaged' }>;

function* packed(
  part: CopyPart,
  found: Iterable<FoundRecord>,
  names: ReadonlyMap<number, string>,
): Generator<RecordBlock> {
  let records: CopiedRecord[] = [];
  let bytes = 0;
  for (const record of found) {
    const { partition, bucketNumber, key, content, damaged } = record;
    const bucket = names.get(bucketNumber);
    if (bucket === undefined) continue;
    if (damaged) {
      const keyBase64 = bufferOf(key).toString('base64');
      yield { kind: 'damaged', damaged: { part, partition, bucket, keyBase64 } };
      continue;
    }
    const size = key.length + content.length;
    if (records.length > 0 && bytes + size > BLOCK_BYTES) {
      yield { kind: 'records', part, records };
      records = [];
      bytes = 0;
    }
    records.push({ partition, bucketNumber, key, content });
    bytes += size;
  }
  if (records.length > 0) yield { kind: 'records', part, records };
}
