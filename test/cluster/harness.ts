/** What tests with real processes share: clusters that end with the test, and the command. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import {
  type LocalCluster,
  type LocalClusterOptions,
  startCluster,
} from '../../cluster/local-cluster.ts';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { QuorateError } from '../../src/kernel/errors.ts';

/** A cluster of this test alone. */
export async function testCluster(
  options: Partial<LocalClusterOptions> = {},
): Promise<LocalCluster> {
  const cluster = await startCluster({ nodes: 3, partitions: 8, ...options });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** A directory of this test alone. */
export async function testDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'quorate-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function valuesOf({ values }: GetAnswer): readonly string[] {
  return values.map(({ value }) => Buffer.from(value).toString('utf8')).sort();
}

/** The error with which a node answers, for a test that expects one. */
export async function refusalOf(answer: Promise<unknown>): Promise<QuorateError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof QuorateError) return error;
    throw error;
  }
  throw new Error('the request succeeded');
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `quorate` to its end. */
export async function quorate(args: readonly string[], input = ''): Promise<CommandResult> {
  const child = spawn(process.execPath, [QUORATE_COMMAND, ...args], { stdio: 'pipe' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => {}).end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
