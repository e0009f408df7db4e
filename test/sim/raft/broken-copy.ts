/**
 * A copy of the machine with one rule of Raft broken, made when a test asks for it: the
 * sources are copied aside, one piece of text is replaced, and the copy is imported. A text
 * that is not there exactly once is an error, so that a mutation does not rot unnoticed.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Raft } from '../../../src/raft/raft.ts';
import type { MakeRaft } from './world.ts';

export interface Mutation {
  /** Below src/raft. */
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
}

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));
/** What the machine is made of, and all that it imports. */
const FOLDERS = ['raft', 'kernel'];

export async function brokenRaft(mutation: Mutation): Promise<MakeRaft> {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-broken-raft-'));
  try {
    for (const name of FOLDERS) cpSync(SOURCES + name, join(folder, name), { recursive: true });
    breakRule(join(folder, 'raft', mutation.file), mutation);
    const machine: unknown = await import(/* @vite-ignore */ join(folder, 'raft', 'raft.ts'));
    const { Raft: Broken } = machine as { Raft: typeof Raft };
    return (options, recovered) => new Broken(options, recovered);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function breakRule(path: string, { file, text, becomes }: Mutation): void {
  const pieces = readFileSync(path, 'utf8').split(text);
  if (pieces.length !== 2) {
    throw new Error(`"${text}" is ${pieces.length - 1} times in ${file}, not once`);
  }
  writeFileSync(path, pieces.join(becomes));
}
