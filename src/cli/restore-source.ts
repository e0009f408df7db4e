/** The keys of a backup as they are to be restored, in an order that is the same at every run. */

import type { CopiedBucket } from '../kernel/backup-copy.ts';
import { bufferOf, DecodeError } from '../kernel/bytes.ts';
import type { RestoreMode } from '../kernel/restore-batch.ts';
import { objectOfCopies, registerOfCopies } from '../node/index.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { type CopiesOfKey, copiesByKey } from './copy-records.ts';

export interface RestorableKey {
  readonly bucket: CopiedBucket;
  readonly place: Place;
  readonly key: Uint8Array;
  /** Undefined: it was deleted, and there is nothing to restore. */
  readonly content: Uint8Array | undefined;
}

/** Where a key comes in the order: comparable, and as a file keeps it. */
export interface Place {
  /** Dynamo buckets first, then paxos, then raft. */
  readonly step: number;
  readonly partition: number;
  readonly bucketNumber: number;
  readonly keyBase64: string;
}

export function comparePlaces(a: Place, b: Place): number {
  return (
    a.step - b.step ||
    a.partition - b.partition ||
    a.bucketNumber - b.bucketNumber ||
    Buffer.compare(Buffer.from(a.keyBase64, 'base64'), Buffer.from(b.keyBase64, 'base64'))
  );
}

const STEPS: readonly {
  readonly mode: RestoreMode;
  readonly contentOf: (copies: readonly Uint8Array[]) => Uint8Array | undefined;
}[] = [
  { mode: 'dynamo', contentOf: objectOfCopies },
  { mode: 'paxos', contentOf: registerOfCopies },
  { mode: 'raft', contentOf: ([only]) => only },
];

/** Of the named buckets. Throws `Error` that names the file, or the key, that is damaged. */
export function* restorableKeys(
  directory: string,
  manifest: BackupManifest,
  buckets: ReadonlySet<string>,
): Generator<RestorableKey> {
  const byNumber = new Map(manifest.buckets.map((bucket) => [bucket.number, bucket]));
  for (const [step, { mode, contentOf }] of STEPS.entries()) {
    for (const copies of copiesOf(directory, manifest, mode)) {
      const bucket = byNumber.get(copies.bucketNumber);
      // Deleted while the backup was made, or of no concern.
      if (bucket?.mode !== mode || !buckets.has(bucket.name)) continue;
      const { partition, bucketNumber, key } = copies;
      const keyBase64 = bufferOf(key).toString('base64');
      const place = { step, partition, bucketNumber, keyBase64 };
      yield { bucket, place, key, content: contentFrom(copies, bucket, contentOf) };
    }
  }
}

function copiesOf(directory: string, { nodes, metadataOf }: BackupManifest, mode: RestoreMode) {
  switch (mode) {
    case 'dynamo':
      return copiesByKey(directory, nodes, ['objects', 'hints']);
    case 'paxos':
      return copiesByKey(directory, nodes, ['registers']);
    case 'raft': {
      const latest = nodes.filter(({ node }) => node === metadataOf);
      return copiesByKey(directory, latest, ['values']);
    }
  }
}

function contentFrom(
  { contents, key }: CopiesOfKey,
  { name }: CopiedBucket,
  contentOf: (copies: readonly Uint8Array[]) => Uint8Array | undefined,
): Uint8Array | undefined {
  try {
    return contentOf(contents);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const shown = JSON.stringify(bufferOf(key).toString());
    throw new Error(`a copy of key ${shown} of bucket ${name} ${error.message}`);
  }
}
