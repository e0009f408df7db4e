/**
 * The two stores of a node that starts. What is damaged, or was there and is gone, is refused
 * before anything is served: a node that went on with less than it had would take part in
 * quorums for writes that it does not know.
 */

import { join } from 'node:path';
import type { DataDirectory } from '../adapters/data-directory.ts';
import { type LmdbStoreOptions, openLmdbStore } from '../adapters/lmdb-store.ts';
import { StoreError } from '../kernel/errors.ts';
import type { NodePorts } from '../node/index.ts';

type Store = NodePorts['store'];

export interface NodeStores {
  readonly store: Store;
  readonly metadataStore: Store;
  close(): Promise<void>;
}

export interface StoreUser extends Pick<LmdbStoreOptions, 'onFailure' | 'beforeCommit'> {
  readonly name: string;
}

/** Whatever is in a store lies between. */
const EVERYTHING = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };

/** Throws `StoreError` with the file and the way out. */
export async function openNodeStores(
  { storePath, metadataPath, written }: DataDirectory,
  { name, ...disk }: StoreUser,
): Promise<NodeStores> {
  const opened: Store[] = [];
  const open = (directory: string) => {
    const store = openLmdbStore({ directory, ...disk });
    opened.push(store);
    if (written && isEmpty(store)) {
      throw new StoreError(`${join(directory, 'data.mdb')} is empty, and was not when ${name} ran`);
    }
    return store;
  };
  const close = async () => {
    for (const store of opened.reverse()) await store.close();
  };
  try {
    return { store: open(storePath), metadataStore: open(metadataPath), close };
  } catch (error) {
    await close();
    if (error instanceof StoreError) throw new StoreError(`${error.message}. ${wayOut(name)}`);
    throw error;
  }
}

function isEmpty(store: Store): boolean {
  for (const _ of store.range(EVERYTHING)) return false;
  return true;
}

function wayOut(name: string): string {
  return `Keep this directory aside, and start a new node in the place of ${name}: with an empty directory, a new --name, --join <host:peerport> and --replace ${name}`;
}
