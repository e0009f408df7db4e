/**
 * What the disk of a real node holds, seen and changed past the node: records that a disk lost
 * or damaged without a word.
 */

import { join } from 'node:path';
import { open } from 'lmdb';
import type { NodeProcess } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { openLmdbStore } from '../../src/adapters/lmdb-store.ts';
import { bufferOf } from '../../src/kernel/bytes.ts';
import type { Store, StoreRange, StoreWrite } from '../../src/ports/store.ts';
import { type LifeRecord, readLife } from '../../src/replica/node-life.ts';
import { decodeRecord, versionIn } from '../../src/replica/record-codec.ts';
import { ALL_HINTS, clientKeyOf, hintAt, partitionAt } from '../../src/replica/store-keys.ts';

/** A record of an object, or of a hint. */
export interface StoredKey {
  /** The client's. */
  readonly key: string;
  readonly partition: number;
}

const ALL_OBJECTS: StoreRange = { from: Uint8Array.of(2), to: ALL_HINTS.from };

/** Objects go from the disk of a node that is stopped; resolves with how many did. */
export function loseObjects(
  node: NodeProcess,
  isLost: (object: StoredKey) => boolean,
): Promise<number> {
  return change(node, ALL_OBJECTS, (storedKey) => {
    return isLost(objectAt(storedKey)) ? { type: 'delete', key: storedKey } : undefined;
  });
}

/** Likewise hints, whomever they are for. */
export function loseHints(node: NodeProcess, key: string): Promise<number> {
  return change(node, ALL_HINTS, (storedKey) => {
    const lost = bufferOf(hintAt(storedKey).address.key).toString() === key;
    return lost ? { type: 'delete', key: storedKey } : undefined;
  });
}

/** The last bit of these objects flips on the disk of a node that is stopped. */
export function damageObjects(node: NodeProcess, keys: readonly string[]): Promise<number> {
  return change(node, ALL_OBJECTS, (storedKey, record) => {
    if (!keys.includes(objectAt(storedKey).key)) return undefined;
    const damaged = Buffer.from(record);
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    return { type: 'put', key: storedKey, value: damaged };
  });
}

/**
 * By key, the values that are on the node's disk now; it may be running. Damaged records are
 * left out.
 */
export function valuesOnDisk(node: NodeProcess): Promise<ReadonlyMap<string, readonly string[]>> {
  return look(node, (database) => {
    const { from: start, to: end } = ALL_OBJECTS;
    const found = new Map<string, readonly string[]>();
    for (const { key, value } of database.getRange({ start, end })) {
      if (versionIn(value) === undefined) continue;
      const { siblings } = decodeRecord(value).object;
      const values = siblings.map((sibling) => bufferOf(sibling.value).toString()).sort();
      found.set(objectAt(key).key, values);
    }
    return found;
  });
}

/**
 * For hints to be handed over, or for replicas to compare and exchange what differs. A tree that
 * could not be exchanged, since its peer was still building its own, rests for 1, then 3, then 7
 * rounds of 3 s.
 */
const REPAIRED_MS_MAX = 90_000;

/** Until the disks of all these nodes have just these values of the key; nobody reads it. */
export async function untilOnDisks(
  nodes: readonly NodeProcess[],
  key: string,
  values: readonly string[],
): Promise<void> {
  for (const node of nodes) {
    await waitFor(`${node.name} to have [${values}] under ${key}`, REPAIRED_MS_MAX, async () => {
      const found = (await valuesOnDisk(node)).get(key);
      return JSON.stringify(found) === JSON.stringify(values);
    });
  }
}

/** Objects that a stopped node has. */
export async function storedObjects(node: NodeProcess): Promise<readonly StoredKey[]> {
  const found: StoredKey[] = [];
  await change(node, ALL_OBJECTS, (storedKey) => {
    found.push(objectAt(storedKey));
    return undefined;
  });
  return found;
}

/** Of the node's store, while it is running: each group of writes is one more. */
export function lastTransaction(node: NodeProcess): Promise<number> {
  return look(node, (database) => (database.getStats() as { lastTxnId: number }).lastTxnId);
}

/** The node's life as its disk has it now; it may be running. */
export function lifeOnDisk(node: NodeProcess): Promise<LifeRecord> {
  return look(node, (database) => {
    const life = readLife({ get: (key) => database.get(Buffer.from(key)) });
    if (life === undefined) throw new Error(`${node.name} has not lived`);
    return life;
  });
}

function objectAt(storedKey: Uint8Array): StoredKey {
  const key = bufferOf(clientKeyOf(storedKey)).toString();
  return { key, partition: partitionAt(storedKey) };
}

async function change(
  node: NodeProcess,
  range: StoreRange,
  changeOf: (storedKey: Uint8Array, value: Uint8Array) => StoreWrite | undefined,
): Promise<number> {
  if (node.isRunning) throw new Error(`${node.name} is running: stop or kill it before`);
  const store: Store = openLmdbStore({ directory: storeDirectory(node) });
  try {
    const writes = [...store.range(range)].flatMap(({ key, value }) => changeOf(key, value) ?? []);
    await store.write(writes);
    return writes.length;
  } finally {
    await store.close();
  }
}

async function look<Answer>(
  node: NodeProcess,
  read: (database: ReturnType<typeof openToRead>) => Answer,
): Promise<Answer> {
  const database = openToRead(node);
  try {
    return read(database);
  } finally {
    await database.close();
  }
}

function openToRead(node: NodeProcess) {
  return open<Uint8Array, Uint8Array>(storeDirectory(node), {
    readOnly: true,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
}

function storeDirectory(node: NodeProcess): string {
  return join(node.dataDirectory, 'store');
}
