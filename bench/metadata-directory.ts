/** What a node that is stopped has of the metadata group on its disk. */

import { join } from 'node:path';
import type { NodeProcess } from '../cluster/node-process.ts';
import { openLmdbStore } from '../src/adapters/lmdb-store.ts';
import { RaftStore } from '../src/node/metadata-group/raft-store.ts';

export function metadataDirectory({ dataDirectory }: NodeProcess): string {
  return join(dataDirectory, 'metadata');
}

export interface SnapshotSize {
  readonly bytes: number;
  readonly chunks: number;
}

/** Of the newest snapshot. The node must not be running. */
export async function snapshotSize(node: NodeProcess): Promise<SnapshotSize> {
  const store = openLmdbStore({ directory: metadataDirectory(node) });
  try {
    const raftStore = new RaftStore(store);
    raftStore.recover();
    let bytes = 0;
    for (const chunk of raftStore.chunks(raftStore.snapshot)) bytes += chunk.length;
    return { bytes, chunks: raftStore.snapshot.chunkCount };
  } finally {
    await store.close();
  }
}
