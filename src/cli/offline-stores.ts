/**
 * The stores of a node that does not run. The directory is locked meanwhile: a node that uses it,
 * or starts to, is not disturbed.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDirectory, readDataDirectory } from '../adapters/data-directory.ts';
import { openLmdbStore } from '../adapters/lmdb-store.ts';
import type { DirectoryStores } from '../node/index.ts';
import { refuseFileAsData } from './data-option.ts';
import { UsageError } from './exit.ts';

export interface OfflineStores extends DirectoryStores {
  /** As the directory itself says. */
  readonly directoryId: string;
}

export interface OfflineUse {
  readonly readOnly: boolean;
  /** What a part that is missing means for whoever asks. */
  readonly withoutPart: string;
}

export async function withOfflineStores(
  data: string,
  { readOnly, withoutPart }: OfflineUse,
  act: (stores: OfflineStores) => Promise<void>,
): Promise<void> {
  refuseFileAsData(data);
  const record = readDataDirectory(data);
  if (record === undefined) throw new UsageError(`--data ${data} is not a data directory`);
  const directory = openDataDirectory({ path: data, ...record });
  const close: (() => void | Promise<void>)[] = [() => directory.close()];
  const open = (path: string) => {
    if (!existsSync(join(path, 'data.mdb'))) {
      throw new Error(`${path} is missing: ${withoutPart}`);
    }
    const store = openLmdbStore({ directory: path, readOnly });
    close.push(() => store.close());
    return store;
  };
  try {
    const metadataStore = open(directory.metadataPath);
    const { directoryId } = directory;
    await act({ metadataStore, store: open(directory.storePath), directoryId });
  } finally {
    for (const one of close.reverse()) await one();
  }
}
