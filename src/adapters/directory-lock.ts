/**
 * One process at a time in a data directory.
 *
 * The lock is the kernel's, on an open file, so it ends with the process however that dies and
 * cannot be left behind. The process id in the file is for people only. The file itself stays:
 * removing it would let two processes lock two files of the same name.
 */

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tryLock } from 'fs-native-extensions';
import { PRIVATE_FILE } from './private-files.ts';

export interface DirectoryLock {
  release(): void;
}

/** The process id of the holder as far as it can be told, when somebody holds the lock. */
export interface LockHeld {
  readonly heldBy: number | undefined;
}

/** Takes the lock on the file, which is created if missing. Throws what the file system throws. */
export function lockFile(path: string): DirectoryLock | LockHeld {
  // Opened without truncation: the file tells who holds it until the lock is ours.
  const fd = openSync(path, 'a', PRIVATE_FILE);
  let locked = false;
  try {
    locked = tryLock(fd);
    if (!locked) return { heldBy: holderOf(path) };
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } finally {
    if (!locked) closeSync(fd);
  }
  return { release: () => closeSync(fd) };
}

function holderOf(path: string): number | undefined {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return pid > 0 ? pid : undefined;
}
