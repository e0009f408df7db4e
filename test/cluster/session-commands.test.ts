/** Sessions from the shell: `quorate put`, `get` and `delete` with a token in a file. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { openToOthers } from '../open-to-others.ts';
import { quorate, testDirectory } from './harness.ts';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, partitions: 8 });
});

afterAll(() => cluster?.kill());

const at = (name: string) => ['--node', cluster.node(name).url];

it('a session goes on from one command to the next, at whatever node', async () => {
  const directory = await testDirectory();
  const file = join(directory, 'session');
  const session = ['--session', 'session', '--session-file', file];
  await quorate(['put', 'cli', 'k', 'one', '--w', '1', ...session, ...at('n1')]);
  const first = await readFile(file, 'utf8');
  expect(first).toMatch(/^[\w-]+\n$/);
  expect(await quorate(['get', 'cli', 'k', '--r', '1', ...session, ...at('n2')])).toMatchObject({
    code: 0,
    stdout: 'one',
  });
  expect((await quorate(['put', 'cli', 'k', 'two', ...session, ...at('n2')])).code).toBe(0);
  expect((await quorate(['get', 'cli', 'k', ...session, ...at('n1')])).stdout).toBe('two');
  expect((await quorate(['delete', 'cli', 'k', ...session, ...at('n1')])).code).toBe(0);
  expect((await quorate(['get', 'cli', 'k', ...session, ...at('n2')])).code).toBe(1);
  expect(await readFile(file, 'utf8')).not.toBe(first);
  expect(await readdir(directory)).toEqual(['session']);
  expect(await openToOthers(directory)).toEqual([]);
});

it('a session is asked for together with its file, and with guarantees that there are', async () => {
  const file = join(await testDirectory(), 'session');
  for (const flags of [
    ['--session', 'mr'],
    ['--session-file', file],
  ]) {
    const { code, stderr } = await quorate(['get', 'cli', 'k', ...flags, ...at('n1')]);
    expect(code).toBe(2);
    expect(stderr).toContain('give --session and --session-file together');
  }
  const flags = ['--session', 'strong', '--session-file', file];
  const { code, stderr } = await quorate(['get', 'cli', 'k', ...flags, ...at('n1')]);
  expect(code).toBe(2);
  expect(stderr).toContain('use one or more of ryw, mr, mw, wfr, session, causal');
});
