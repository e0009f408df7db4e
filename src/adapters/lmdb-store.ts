/**
 * The Store port on LMDB.
 *
 * Writes gather into a group; one group at a time is committed, as one transaction, and the
 * next gathers meanwhile. Group commit is what makes durability cheap: the fsync (0.3 ms) is
 * shared by everybody who wrote during the last one.
 *
 * Invariant: what `get` and `range` answer is LMDB, covered by the committing group, covered
 * by the gathering one. A group stops covering only when it is on disk, so a newer pending
 * write of a key is never hidden by an older one that completes.
 *
 * `overlappingSync: false` makes LMDB resolve a commit after its fsync. The alternative (let
 * commits overlap and await `flushed`) is not measurably faster once writes are grouped, and
 * after a failure its promise stays pending for ever: nobody would hear of it.
 */

import { mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptions, type Transaction } from 'lmdb';
import { compareBytes, mapKeyOf } from '../kernel/bytes.ts';
import { StoreError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import {
  checkStoreKey,
  checkStoreRange,
  type Store,
  type StoreEntry,
  type StoreRange,
  type StoreSnapshot,
  type StoreWrite,
} from '../ports/store.ts';
import { checkLmdbDataFile } from './lmdb-data-file.ts';
import { layOutLockFile } from './lmdb-lock-file.ts';
import { PRIVATE_DIRECTORY, PRIVATE_FILE } from './private-files.ts';
import { syncDirectory } from './sync-directory.ts';

export interface LmdbStoreOptions {
  /** Created if missing. No other process may have it open: the caller holds a lock. */
  readonly directory: string;
  /** Nothing is written, nor can be: the directory is not this process's to change. */
  readonly readOnly?: boolean;
  /** Called once, at the first failure: the node must stop. */
  readonly onFailure?: (error: StoreError) => void;
  /** Each commit begins when it resolves, and fails where it rejects: for experiments. */
  readonly beforeCommit?: (() => Promise<void>) | undefined;
}

type Database = RootDatabase<Uint8Array, Uint8Array>;

/** With less room a failed commit may well be for want of it. */
const SCARCE_BYTES = 64 * 1024 * 1024;

/** Both are known to LMDB's bindings, but missing from the declared type. */
interface UndeclaredOptions {
  readonly txnStartThreshold: number;
  readonly permissionsMode: number;
}

const DATABASE_OPTIONS: RootDatabaseOptions & UndeclaredOptions = {
  // A dot in its name would make LMDB take the directory for a file.
  noSubdir: false,
  encoding: 'binary',
  keyEncoding: 'binary',
  overlappingSync: false,
  // Groups are formed here: LMDB is to start on one at once and not to wait for its own turn.
  eventTurnBatching: false,
  permissionsMode: PRIVATE_FILE,
  txnStartThreshold: 1,
};

/** Throws `StoreError` when the directory cannot be used or holds something else. */
export function openLmdbStore(options: LmdbStoreOptions): Store {
  try {
    return new LmdbStore(openDatabase(options), options);
  } catch (error) {
    throw storeError(`cannot open the store in ${options.directory}`, error);
  }
}

function openDatabase({ directory, readOnly = false }: LmdbStoreOptions): Database {
  if (readOnly) {
    checkLmdbDataFile(directory);
    return open<Uint8Array, Uint8Array>(directory, { ...DATABASE_OPTIONS, readOnly });
  }
  mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
  checkLmdbDataFile(directory);
  layOutLockFile(directory);
  const database: Database = open<Uint8Array, Uint8Array>(directory, DATABASE_OPTIONS);
  syncDirectory(directory);
  syncDirectory(dirname(directory));
  return database;
}

/** Writes that become durable together. Only the newest write of a key is kept. */
class CommitGroup {
  readonly writes = new Map<string, StoreWrite>();
  readonly durable: Promise<void>;
  resolve!: () => void;
  reject!: (error: StoreError) => void;

  constructor() {
    this.durable = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever ignores the outcome of a write still hears of a failure through `onFailure`.
    this.durable.catch(() => {});
  }
}

class LmdbStore implements Store {
  readonly #database: Database;
  readonly #directory: string;
  readonly #onFailure: LmdbStoreOptions['onFailure'];
  readonly #beforeCommit: LmdbStoreOptions['beforeCommit'];
  #gathering: CommitGroup | undefined;
  #committing: CommitGroup | undefined;
  #failure: StoreError | undefined;
  readonly #snapshots = new Set<StoreSnapshot>();
  #deletes = 0;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(database: Database, { directory, onFailure, beforeCommit }: LmdbStoreOptions) {
    this.#database = database;
    this.#directory = directory;
    this.#onFailure = onFailure;
    this.#beforeCommit = beforeCommit;
  }

  get deletes(): number {
    return this.#deletes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    checkStoreKey(key);
    invariant(!this.#closed, 'the store was read after it was closed');
    if (this.#gathering !== undefined || this.#committing !== undefined) {
      const mapKey = mapKeyOf(key);
      const pending = this.#gathering?.writes.get(mapKey) ?? this.#committing?.writes.get(mapKey);
      if (pending !== undefined) return pending.type === 'put' ? pending.value : undefined;
    }
    try {
      return this.#database.get(key);
    } catch (error) {
      throw this.#fail('reading the store failed', error);
    }
  }

  range(range: StoreRange): Iterable<StoreEntry> {
    invariant(!this.#closed, 'the store was read after it was closed');
    checkStoreRange(range);
    return this.#entries(range);
  }

  *#entries(range: StoreRange): Generator<StoreEntry> {
    // LMDB takes an empty end for no end at all.
    if (compareBytes(range.from, range.to) >= 0) return;
    const pending = this.#pendingWithin(range);
    // Within one turn there is one snapshot anyway; not asking LMDB to hold it keeps an
    // iterator that was left half way from pinning old pages for ever.
    const onDisk = this.#database.getRange({ start: range.from, end: range.to, snapshot: false });
    try {
      yield* merge(onDisk, pending);
    } catch (error) {
      throw this.#fail('reading the store failed', error);
    }
  }

  *#entriesIn(transaction: Transaction, { from, to }: StoreRange): Generator<StoreEntry> {
    if (compareBytes(from, to) >= 0) return;
    try {
      const entries = this.#database.getRange({ start: from, end: to, transaction });
      for (const { key, value } of entries) yield { key, value };
    } catch (error) {
      throw this.#fail('reading the store failed', error);
    }
  }

  write(writes: readonly StoreWrite[]): Promise<void> {
    for (const { key } of writes) checkStoreKey(key);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(new StoreError('the store is closed'));
    if (writes.length === 0) return this.durable() ?? Promise.resolve();
    const group = this.#group();
    for (const write of writes) {
      group.writes.set(mapKeyOf(write.key), write);
      if (write.type === 'delete') this.#deletes++;
    }
    return group.durable;
  }

  durable(key?: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (key === undefined) return (this.#gathering ?? this.#committing)?.durable;
    if (this.#gathering === undefined && this.#committing === undefined) return undefined;
    const mapKey = mapKeyOf(key);
    if (this.#gathering?.writes.has(mapKey)) return this.#gathering.durable;
    if (this.#committing?.writes.has(mapKey)) return this.#committing.durable;
    return undefined;
  }

  snapshot(): StoreSnapshot {
    invariant(!this.#closed, 'the store was read after it was closed');
    // LMDB would go on with the transaction that this turn began with.
    this.#database.resetReadTxn();
    const transaction: Transaction = this.#database.useReadTransaction();
    let open = true;
    const snapshot: StoreSnapshot = {
      deletes: this.#deletes,
      range: (range) => {
        invariant(open, 'a snapshot was read after it was closed');
        checkStoreRange(range);
        return this.#entriesIn(transaction, range);
      },
      close: () => {
        if (open) transaction.done();
        open = false;
        this.#snapshots.delete(snapshot);
      },
    };
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const newest = this.#gathering ?? this.#committing;
    await newest?.durable.catch(() => {});
    for (const snapshot of this.#snapshots) snapshot.close();
    this.#closed = true;
    await this.#database.close();
  }

  /** The group that new writes join; when the disk is idle it is committed after this turn. */
  #group(): CommitGroup {
    if (this.#gathering === undefined) {
      this.#gathering = new CommitGroup();
      if (this.#committing === undefined) setImmediate(() => this.#commitGroups());
    }
    return this.#gathering;
  }

  async #commitGroups(): Promise<void> {
    while (this.#gathering !== undefined) {
      const group = this.#gathering;
      this.#committing = group;
      this.#gathering = undefined;
      try {
        if (this.#beforeCommit !== undefined) await this.#beforeCommit();
        await this.#commit(group);
      } catch (error) {
        this.#fail('a commit failed', await causeOf(error));
        return;
      }
      this.#committing = undefined;
      group.resolve();
    }
  }

  #commit(group: CommitGroup): Promise<boolean> {
    return this.#database.batch(() => {
      for (const write of group.writes.values()) {
        if (write.type === 'put') this.#database.put(write.key, write.value);
        else this.#database.remove(write.key);
      }
    });
  }

  /** The first failure is final: after a failed fsync nobody knows what is on the disk. */
  #fail(what: string, cause: unknown): StoreError {
    if (this.#failure !== undefined) return this.#failure;
    const failure = storeError(what, cause, roomIn(this.#directory));
    this.#failure = failure;
    this.#committing?.reject(failure);
    this.#gathering?.reject(failure);
    this.#onFailure?.(failure);
    return failure;
  }

  #pendingWithin({ from, to }: StoreRange): StoreWrite[] {
    const newest = new Map<string, StoreWrite>();
    for (const group of [this.#committing, this.#gathering]) {
      for (const [mapKey, write] of group?.writes ?? []) {
        const within = compareBytes(from, write.key) <= 0 && compareBytes(write.key, to) < 0;
        if (within) newest.set(mapKey, write);
      }
    }
    return [...newest.values()].sort((a, b) => compareBytes(a.key, b.key));
  }
}

/** Both inputs rise by key; where both have one, the pending write covers the entry on disk. */
function* merge(
  onDisk: Iterable<StoreEntry>,
  pending: readonly StoreWrite[],
): Generator<StoreEntry> {
  let next = 0;
  for (const entry of onDisk) {
    let covered = false;
    for (; next < pending.length; next++) {
      const write = pending[next] as StoreWrite;
      const order = compareBytes(write.key, entry.key);
      if (order > 0) break;
      covered ||= order === 0;
      if (write.type === 'put') yield { key: write.key, value: write.value };
    }
    if (!covered) yield { key: entry.key, value: entry.value };
  }
  for (const write of pending.slice(next)) {
    if (write.type === 'put') yield { key: write.key, value: write.value };
  }
}

/** LMDB hides the reason of a failed commit in a promise that it rejects in the same turn. */
async function causeOf(error: unknown): Promise<unknown> {
  const reason = error instanceof Error && 'commitError' in error ? error.commitError : error;
  try {
    return await reason;
  } catch (cause) {
    return cause;
  }
}

function storeError(what: string, cause: unknown, circumstance = ''): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(`${what}: ${reason}${circumstance}`, { cause });
}

/** LMDB calls a full disk an input/output error; what there is room for tells them apart. */
function roomIn(directory: string): string {
  try {
    const { bavail, bsize } = statfsSync(directory);
    const left = bavail * bsize;
    return left < SCARCE_BYTES ? `; ${left} bytes are left on the disk of ${directory}` : '';
  } catch {
    return '';
  }
}
