/**
 * The data directory of one node: whose it is, and that nobody else is using it.
 *
 *   DIR/quorate.json   whose it is; written whole before anything else (directory-record.ts)
 *   DIR/lock           locked while in use
 *   DIR/store/         the objects: the files of one store
 *   DIR/metadata/      the cluster's metadata, its id among it: the files of another store
 *
 * Invariant: once `openDataDirectory` returns, the directory belongs to this node, in a format
 * that this version understands, and no other process passes until `close`. Nothing is written
 * into a directory that could be somebody else's.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DataDirectoryError } from './data-directory-error.ts';
import { type DirectoryLock, lockFile } from './directory-lock.ts';
import {
  type DirectoryRecord,
  onlyRemembered,
  RECORD_FILE,
  RECORD_FILE_UNFINISHED,
  type RememberedOptions,
  readRecord,
  writeRecord,
} from './directory-record.ts';
import { PRIVATE_DIRECTORY } from './private-files.ts';
import { syncDirectory } from './sync-directory.ts';

export { DataDirectoryError, type DataDirectoryFailure } from './data-directory-error.ts';
export type { DirectoryRecord, RememberedOptions } from './directory-record.ts';

const LOCK_FILE = 'lock';

/** What a creation that was cut short leaves behind, and what a fresh volume comes with. */
const HARMLESS: ReadonlySet<string> = new Set([LOCK_FILE, RECORD_FILE_UNFINISHED, 'lost+found']);

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** See `DirectoryRecord`. */
  readonly directoryId: string;
  readonly storePath: string;
  readonly metadataPath: string;
  /** See `DirectoryRecord`. */
  readonly written: boolean;
  /** The node has started. Durable on return. */
  markWritten(): void;
  /** Lets another process in. The stores must be closed before. */
  close(): void;
}

export interface DataDirectoryOptions {
  readonly path: string;
  /** Of the node. */
  readonly name: string;
  /** Remembered in place of what was before. */
  readonly options: RememberedOptions;
}

/** Opens the directory, or creates it for this node. Throws `DataDirectoryError`. */
export function openDataDirectory(wanted: DataDirectoryOptions): DataDirectory {
  const path = resolve(wanted.path);
  return describingFailures(path, () => {
    createDirectory(path);
    refuseForeignFiles(path);
    const lock = lockDirectory(path);
    try {
      const record = bringUpToDate(path, wanted);
      return {
        path,
        directoryId: record.directoryId,
        storePath: join(path, 'store'),
        metadataPath: join(path, 'metadata'),
        written: record.written === true,
        markWritten: () => {
          if (record.written !== true) writeRecord(path, { ...record, written: true });
        },
        close: () => lock.release(),
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/**
 * Whose directory it is, for a restart that knows only the path; undefined when it is nobody's
 * yet. Takes no lock. Throws `DataDirectoryError`.
 */
export function readDataDirectory(path: string): DirectoryRecord | undefined {
  const directory = resolve(path);
  return describingFailures(directory, () => readRecord(directory));
}

/** Every directory that had to be made is flushed into its parent. */
function createDirectory(path: string): void {
  const topmost = mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  if (topmost === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    syncDirectory(dirname(made));
    if (made === topmost) return;
  }
}

function refuseForeignFiles(path: string): void {
  const names = readdirSync(path);
  if (names.includes(RECORD_FILE)) return;
  const foreign = names.find((name) => !HARMLESS.has(name));
  if (foreign === undefined) return;
  throw new DataDirectoryError(
    'foreign',
    `${path} is not a data directory: it holds ${JSON.stringify(foreign)} and no ${RECORD_FILE}; name an empty or a missing directory`,
  );
}

function lockDirectory(path: string): DirectoryLock {
  const lock = lockFile(join(path, LOCK_FILE));
  if ('release' in lock) return lock;
  const holder = lock.heldBy === undefined ? 'another process' : `process ${lock.heldBy}`;
  throw new DataDirectoryError('in_use', `${path} is in use by ${holder}`);
}

/** The record as it has to be from now on, on disk as well. */
function bringUpToDate(path: string, wanted: DataDirectoryOptions): DirectoryRecord {
  const { name } = wanted;
  const options = onlyRemembered(wanted.options);
  const found = readRecord(path);
  if (found !== undefined && found.name !== name) {
    throw new DataDirectoryError(
      'identity',
      `${path} belongs to node ${JSON.stringify(found.name)}, not to ${JSON.stringify(name)}`,
    );
  }
  if (found !== undefined && isDeepStrictEqual(found.options, options)) return found;
  const directoryId = found?.directoryId ?? randomBytes(8).toString('hex');
  const record = { ...found, name, directoryId, options };
  writeRecord(path, record);
  return record;
}

function describingFailures<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataDirectoryError('unusable', `${path} cannot be used: ${reason}`, { cause: error });
  }
}
