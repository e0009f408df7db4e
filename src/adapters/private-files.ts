/**
 * Files for nobody else: what a node or a backup keeps, as whoever can read it has all data, and
 * secrets that a node is given.
 */

import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** Of files that are made; those that are there keep theirs. */
export const PRIVATE_FILE = 0o600;

/** Of directories, likewise. */
export const PRIVATE_DIRECTORY = 0o700;

/** Permissions for all but the owner and the group: Kubernetes gives secrets to a group. */
const OTHERS = 0o007;

/** Of root, who can read and change everything anyway. */
const ROOT = 0;

/** Says of a secret what is wrong, and what to do about it. */
export class NotPrivateError extends Error {}

/** Of a secret. Throws `NotPrivateError`, and what the file system throws. */
export function readPrivateFile(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    // Of what is open: by its name it could be another one a moment later.
    refuseUnlessPrivate(path, fstatSync(fd));
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function refuseUnlessPrivate(path: string, { mode, uid }: Stats): void {
  // Windows has neither of them, and says that everybody may do everything.
  if (process.platform === 'win32') return;
  if ((mode & OTHERS) !== 0) {
    throw new NotPrivateError(`${path} is open to everybody on this machine: chmod 600 ${path}`);
  }
  const user = process.geteuid?.();
  if (uid === ROOT || uid === user) return;
  throw new NotPrivateError(
    `${path} belongs to user ${uid}, who could change it: chown ${user} ${path}, or give it to root`,
  );
}
