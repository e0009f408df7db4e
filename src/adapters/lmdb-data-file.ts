/**
 * Guards LMDB against files that it cannot open: lmdb-js ends the process with a segmentation
 * fault where it should report an error, and the operator would never learn which file it was.
 */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Magic number and data version, behind the 24 bytes of the first page's own header. */
const SIGNATURE = Buffer.from('dec0efbe02000000', 'hex');
const SIGNATURE_AT = 24;

/** Throws unless the directory's data file is missing, empty or one that LMDB has written. */
export function checkLmdbDataFile(directory: string): void {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path)) return;
  const start = Buffer.alloc(SIGNATURE_AT + SIGNATURE.length);
  const fd = openSync(path, 'r+');
  try {
    // LMDB starts afresh on an empty file: it had not got to its first page.
    if (readSync(fd, start) === 0) return;
  } finally {
    closeSync(fd);
  }
  if (!start.subarray(SIGNATURE_AT).equals(SIGNATURE)) {
    throw new Error(`${path} is damaged, or no LMDB file of a version understood here`);
  }
}
