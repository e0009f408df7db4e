/**
 * Room for LMDB's table of readers, before LMDB asks for it: it makes the file longer without
 * writing to it and maps it, and on a full disk the process then ends with a bus error.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from './private-files.ts';

const LOCK_FILE = 'lock.mdb';

/** More than the table has with LMDB's own bound of 126 readers. */
const LOCK_FILE_BYTES = 16 * 1024;

/**
 * Precondition: nobody has the store open. What an earlier process left in the table says nothing.
 * Throws where there is no room.
 */
export function layOutLockFile(directory: string): void {
  const fd = openSync(join(directory, LOCK_FILE), 'w', PRIVATE_FILE);
  try {
    writeSync(fd, Buffer.alloc(LOCK_FILE_BYTES));
  } finally {
    closeSync(fd);
  }
}
