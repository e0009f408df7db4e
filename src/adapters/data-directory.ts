/**
 * The data directory of one node: whose it is, and that nobody else is using it.
 *
 *   DIR/quorate.json   format, cluster and name; written whole before anything else is
 *   DIR/lock           locked while in use
 *   DIR/store/         the files of the store
 *
 * Invariant: once `openDataDirectory` returns, the directory belongs to this cluster and node,
 * in a format that this version understands, and no other process passes until `close`. Nothing
 * is written into a directory that could be somebody else's.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type DirectoryLock, lockFile } from './directory-lock.ts';
import { syncDirectory } from './sync-directory.ts';

const FORMAT = 1;

const IDENTITY_FILE = 'quorate.json';
const IDENTITY_FILE_UNFINISHED = 'quorate.json.tmp';
const LOCK_FILE = 'lock';

/** What a creation that was cut short leaves behind, and what a fresh volume comes with. */
const HARMLESS: ReadonlySet<string> = new Set([LOCK_FILE, IDENTITY_FILE_UNFINISHED, 'lost+found']);

export interface DataDirectoryIdentity {
  readonly clusterId: string;
  /** Of the node. */
  readonly name: string;
}

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly storePath: string;
  /** Lets another process in. The store must be closed before. */
  close(): void;
}

export type DataDirectoryFailure =
  /** Another process uses it. */
  | 'in_use'
  /** It holds files that are not ours. */
  | 'foreign'
  /** It is ours, in a format that this version cannot read, or damaged. */
  | 'format'
  /** It is another node's or another cluster's. */
  | 'identity'
  /** The file system refused. */
  | 'unusable';

/** The directory cannot be used; the message names it and says what would be right. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  readonly failure: DataDirectoryFailure;

  constructor(failure: DataDirectoryFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export interface DataDirectoryOptions extends DataDirectoryIdentity {
  readonly path: string;
}

/** Opens the directory, or creates it for this node. Throws `DataDirectoryError`. */
export function openDataDirectory(options: DataDirectoryOptions): DataDirectory {
  const path = resolve(options.path);
  return describingFailures(path, () => {
    createDirectory(path);
    refuseForeignFiles(path);
    const lock = lockDirectory(path);
    try {
      const found = readIdentity(path);
      if (found === undefined) writeIdentity(path, options);
      else refuseOtherIdentity(path, found, options);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { path, storePath: join(path, 'store'), close: () => lock.release() };
  });
}

/**
 * Whose directory it is, for a restart that knows only the path; undefined when it is nobody's
 * yet. Takes no lock. Throws `DataDirectoryError`.
 */
export function readDataDirectoryIdentity(path: string): DataDirectoryIdentity | undefined {
  const directory = resolve(path);
  return describingFailures(directory, () => readIdentity(directory));
}

/** Every directory that had to be made is flushed into its parent. */
function createDirectory(path: string): void {
  const topmost = mkdirSync(path, { recursive: true });
  if (topmost === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    syncDirectory(dirname(made));
    if (made === topmost) return;
  }
}

function refuseForeignFiles(path: string): void {
  const names = readdirSync(path);
  if (names.includes(IDENTITY_FILE)) return;
  const foreign = names.find((name) => !HARMLESS.has(name));
  if (foreign === undefined) return;
  throw new DataDirectoryError(
    'foreign',
    `${path} is not a data directory: it holds ${JSON.stringify(foreign)} and no ${IDENTITY_FILE}; name an empty or a missing directory`,
  );
}

function lockDirectory(path: string): DirectoryLock {
  const lock = lockFile(join(path, LOCK_FILE));
  if ('release' in lock) return lock;
  const holder = lock.heldBy === undefined ? 'another process' : `process ${lock.heldBy}`;
  throw new DataDirectoryError('in_use', `${path} is in use by ${holder}`);
}

function readIdentity(path: string): DataDirectoryIdentity | undefined {
  const file = join(path, IDENTITY_FILE);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const content = parseObject(text);
  if (content === undefined) throw formatError(file, 'it is not a JSON object');
  const { format, clusterId, name } = content;
  if (format === undefined) throw formatError(file, 'it names no format');
  if (format !== FORMAT) throw formatError(file, `its format is ${JSON.stringify(format)}`);
  if (typeof clusterId !== 'string' || typeof name !== 'string') {
    throw formatError(file, 'its clusterId or its name is missing');
  }
  return { clusterId, name };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function formatError(file: string, found: string): DataDirectoryError {
  return new DataDirectoryError(
    'format',
    `${file} cannot be used: ${found}; this version understands format ${FORMAT}`,
  );
}

function refuseOtherIdentity(
  path: string,
  found: DataDirectoryIdentity,
  wanted: DataDirectoryIdentity,
): void {
  for (const [what, theirs, ours] of [
    ['cluster', found.clusterId, wanted.clusterId],
    ['node', found.name, wanted.name],
  ] as const) {
    if (theirs === ours) continue;
    throw new DataDirectoryError(
      'identity',
      `${path} belongs to ${what} ${JSON.stringify(theirs)}, not to ${JSON.stringify(ours)}`,
    );
  }
}

/** All of it or nothing, also over a power cut: the name appears only when the content is safe. */
function writeIdentity(path: string, { clusterId, name }: DataDirectoryIdentity): void {
  const unfinished = join(path, IDENTITY_FILE_UNFINISHED);
  const fd = openSync(unfinished, 'w');
  try {
    writeFileSync(fd, `${JSON.stringify({ format: FORMAT, clusterId, name }, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, join(path, IDENTITY_FILE));
  syncDirectory(path);
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
