import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DataDirectoryError,
  type DataDirectoryFailure,
  openDataDirectory,
  readDataDirectoryIdentity,
} from '../../../src/adapters/data-directory.ts';

const OWNER = { clusterId: '00c0ffee0000', name: 'n1' };

/** Another process that locks the file named by its argument, as a node would, and stays. */
const HOLDER = `
  import { ftruncateSync, openSync, writeSync } from 'node:fs';
  import { tryLock } from 'fs-native-extensions';
  const fd = openSync(process.argv[1], 'a');
  if (!tryLock(fd)) process.exit(1);
  ftruncateSync(fd);
  writeSync(fd, String(process.pid));
  process.stdout.write('locked');
  process.stdin.resume();
`;

let parent: string;
let path: string;
let children: ChildProcess[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'quorate-data-'));
  path = join(parent, 'n1');
  children = [];
});

afterEach(async () => {
  for (const child of children) await kill(child);
  await rm(parent, { recursive: true });
});

function spawnHolder(): ChildProcess {
  const args = ['--input-type=module', '-e', HOLDER, join(path, 'lock')];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function open(identity: Partial<typeof OWNER> = {}) {
  return openDataDirectory({ path, ...OWNER, ...identity });
}

function refusal(act: () => unknown): { failure: DataDirectoryFailure; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof DataDirectoryError) return error;
    throw error;
  }
  throw new Error('the directory was opened');
}

async function writeIdentityFile(content: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'quorate.json'), content);
}

describe('creating', () => {
  it('makes the directory with its parents and writes whose it is', async () => {
    path = join(parent, 'deep', 'er', 'n1');
    const directory = open();
    expect(directory.path).toBe(path);
    expect(directory.storePath).toBe(join(path, 'store'));
    const identity = JSON.parse(await readFile(join(path, 'quorate.json'), 'utf8'));
    expect(identity).toEqual({ format: 1, ...OWNER });
    expect((await readdir(path)).sort()).toEqual(['lock', 'quorate.json']);
    directory.close();
  });

  it('takes an empty directory, and one whose creation was cut short', async () => {
    await mkdir(path);
    await writeFile(join(path, 'lock'), '123\n');
    await writeFile(join(path, 'quorate.json.tmp'), '{ "form');
    open().close();
    expect(readDataDirectoryIdentity(path)).toEqual(OWNER);
    expect(existsSync(join(path, 'quorate.json.tmp'))).toBe(false);
  });

  it.each(['holiday.jpg', 'store', '.hidden'])(
    'refuses a directory that holds %s and is not marked as ours, and leaves it alone',
    async (name) => {
      await mkdir(path);
      await writeFile(join(path, name), 'precious');
      const { failure, message } = refusal(() => open());
      expect(failure).toBe('foreign');
      expect(message).toContain(path);
      expect(message).toContain(name);
      expect(await readdir(path)).toEqual([name]);
    },
  );

  it('says so when the path is a file', async () => {
    await writeFile(path, '');
    const { failure, message } = refusal(() => open());
    expect(failure).toBe('unusable');
    expect(message).toContain(path);
  });
});

describe('reopening', () => {
  it('lets the same node in again, also beside files that were added', async () => {
    open().close();
    await mkdir(join(path, 'store'));
    await writeFile(join(path, 'notes.txt'), '');
    open().close();
  });

  it('tells whose directory it is', () => {
    expect(readDataDirectoryIdentity(path)).toBeUndefined();
    const directory = open();
    expect(readDataDirectoryIdentity(path)).toEqual(OWNER);
    directory.close();
  });

  it('refuses another cluster and another node', () => {
    open().close();
    const cluster = refusal(() => open({ clusterId: '00deadbeef00' }));
    expect(cluster.failure).toBe('identity');
    expect(cluster.message).toMatch(/cluster "00c0ffee0000", not to "00deadbeef00"/);
    const node = refusal(() => open({ name: 'n2' }));
    expect(node.failure).toBe('identity');
    expect(node.message).toMatch(/node "n1", not to "n2"/);
    open().close();
  });

  it.each([
    ['{ "format": 2, "clusterId": "x", "name": "n1" }', 'its format is 2'],
    ['{ "format": "1", "clusterId": "x", "name": "n1" }', 'its format is "1"'],
    ['{ "clusterId": "x", "name": "n1" }', 'it names no format'],
    ['{ "format": 1, "name": "n1" }', 'its clusterId or its name is missing'],
    ['{ "format": 1, "clus', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['', 'it is not a JSON object'],
  ])('refuses %s', async (content, found) => {
    await writeIdentityFile(content);
    for (const act of [() => open(), () => readDataDirectoryIdentity(path)]) {
      const { failure, message } = refusal(act);
      expect(failure).toBe('format');
      expect(message).toContain(join(path, 'quorate.json'));
      expect(message).toContain(found);
      expect(message).toContain('understands format 1');
    }
    expect(await readFile(join(path, 'quorate.json'), 'utf8')).toBe(content);
  });
});

describe('locking', () => {
  it('refuses a second opening until the first is closed', () => {
    const directory = open();
    const { failure, message } = refusal(() => open());
    expect(failure).toBe('in_use');
    expect(message).toBe(`${path} is in use by process ${process.pid}`);
    directory.close();
    open().close();
  });

  it('does not stay locked after a refusal', () => {
    open().close();
    refusal(() => open({ name: 'n2' }));
    open().close();
  });

  it('keeps another process out', async () => {
    const directory = open();
    const [code] = await once(spawnHolder(), 'exit');
    expect(code).toBe(1);
    directory.close();
  });

  it('names the process that has it, and is free at once when that is killed', async () => {
    open().close();
    const holder = spawnHolder();
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
    const { failure, message } = refusal(() => open());
    expect(failure).toBe('in_use');
    expect(message).toBe(`${path} is in use by process ${holder.pid}`);
    await kill(holder);
    open().close();
  });
});
