/**
 * Most test files run in one process, one after the other, and share the modules that they
 * import (vitest.config.ts): what a module does when it is loaded happens for the first of
 * them only.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Their files have their modules for themselves: `alone`, and a run of its own. */
const MODULES_OF_THEIR_OWN = ['sim/raft-buckets/', 'sim/paxos/', 'soak/'];

const tests = fileURLToPath(new URL('..', import.meta.url));

const files = readdirSync(tests, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(tests, join(entry.parentPath, entry.name)))
  .map((path) => path.split(sep).join(posix.sep));

function filesWith(pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(readFileSync(join(tests, file), 'utf8'))).sort();
}

test('a hook is set by the file whose tests it is for, not by a module that files share', () => {
  const isShared = (file: string) => !/\.(test|soak)\.ts$/.test(file);
  expect(filesWith(/^(before|after)(All|Each)\(/m).filter(isShared)).toEqual([]);
});

test('a module is replaced only where no other file has it', () => {
  const isAlone = (file: string) => MODULES_OF_THEIR_OWN.some((path) => file.startsWith(path));
  expect(filesWith(/\bvi\.(mock|doMock)\(/).filter((file) => !isAlone(file))).toEqual([]);
});
