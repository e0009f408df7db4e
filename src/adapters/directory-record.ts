/**
 * The file that makes a directory a data directory: whose it is, and what a restart that is
 * told nothing but the path has to know.
 *
 * Invariant: the file is there whole or not at all, also after a power cut; it is only ever
 * replaced, by rename, once the new content is safe.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryError } from './data-directory-error.ts';
import { PRIVATE_FILE } from './private-files.ts';
import { syncDirectory } from './sync-directory.ts';

const FORMAT = 3;

/** Of versions before this one; nothing of theirs is read. */
const OLDER_FORMATS: readonly unknown[] = [1, 2];

export const RECORD_FILE = 'quorate.json';
export const RECORD_FILE_UNFINISHED = 'quorate.json.tmp';

const DIRECTORY_ID = /^[0-9a-f]{16}$/;

/** With which options the node was last started. */
export interface RememberedOptions {
  readonly host: string;
  readonly port: number;
  readonly peerPort: number;
  readonly advertise: string;
  readonly zone?: string;
  /** It waits for an operator to commit to its share of the ring. */
  readonly stage?: true;
}

export interface DirectoryRecord {
  /** Of the node. */
  readonly name: string;
  /**
   * 64 random bits as 16 hexadecimal digits, drawn when the directory is created: tells one
   * directory from another that had the same name, such as the one on a disk that was lost.
   */
  readonly directoryId: string;
  readonly options: RememberedOptions;
  /** The node has started from it: its stores are not empty, and never will be again. */
  readonly written?: true;
}

/** Undefined when there is none. Throws `DataDirectoryError`, and what the file system throws. */
export function readRecord(directory: string): DirectoryRecord | undefined {
  const file = join(directory, RECORD_FILE);
  if (!existsSync(file)) return undefined;
  const content = parseObject(readFileSync(file, 'utf8'));
  if (content === undefined) throw damaged(file, 'it is not a JSON object');
  const { format, name, directoryId, options, written } = content;
  if (format === undefined) throw damaged(file, 'it names no format');
  if (OLDER_FORMATS.includes(format)) throw tooOld(file, format);
  if (format !== FORMAT) throw damaged(file, otherFormat(format));
  if (typeof name !== 'string') throw damaged(file, 'its name is missing');
  if (typeof directoryId !== 'string' || !DIRECTORY_ID.test(directoryId)) {
    throw damaged(file, 'its directoryId is not 16 hexadecimal digits');
  }
  if (!isOptions(options)) throw damaged(file, 'its options are missing or incomplete');
  if (written !== undefined && written !== true) throw damaged(file, 'its "written" is not true');
  return {
    name,
    directoryId,
    options: onlyRemembered(options),
    ...(written !== undefined && { written }),
  };
}

/** Without whatever else the object has: a secret among a node's options must not get to disk. */
export function onlyRemembered(options: RememberedOptions): RememberedOptions {
  const { host, port, peerPort, advertise, zone, stage } = options;
  return {
    host,
    port,
    peerPort,
    advertise,
    ...(zone !== undefined && { zone }),
    ...(stage !== undefined && { stage }),
  };
}

/** Durable on return: the name appears only when the content is safe. */
export function writeRecord(directory: string, record: DirectoryRecord): void {
  const content = { format: FORMAT, ...record };
  const unfinished = join(directory, RECORD_FILE_UNFINISHED);
  const fd = openSync(unfinished, 'w', PRIVATE_FILE);
  try {
    writeFileSync(fd, `${JSON.stringify(content, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, join(directory, RECORD_FILE));
  syncDirectory(directory);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function isOptions(value: unknown): value is RememberedOptions {
  const { host, port, peerPort, advertise, zone, stage } = objectOf(value) ?? {};
  return (
    typeof host === 'string' &&
    typeof advertise === 'string' &&
    isPort(port) &&
    isPort(peerPort) &&
    (zone === undefined || typeof zone === 'string') &&
    (stage === undefined || stage === true)
  );
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}

function otherFormat(format: unknown): string {
  const found = `its format is ${JSON.stringify(format)}`;
  const isNewer = typeof format === 'number' && format > FORMAT;
  return isNewer ? `${found}, which a newer version wrote` : found;
}

function damaged(file: string, found: string): DataDirectoryError {
  return new DataDirectoryError(
    'format',
    `${file} cannot be used: ${found}; this version understands format ${FORMAT}`,
  );
}

function tooOld(file: string, format: unknown): DataDirectoryError {
  return new DataDirectoryError(
    'format',
    `${file} cannot be used: it was written by an older version, in format ${format}, which this version cannot read; start with an empty directory`,
  );
}
