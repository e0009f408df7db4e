import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DataDirectoryError,
  type DataDirectoryFailure,
  openDataDirectory,
  type RememberedOptions,
  readDataDirectory,
} from '../../../src/adapters/data-directory.ts';
import { openLmdbStore } from '../../../src/adapters/lmdb-store.ts';
import { openToOthers } from '../../open-to-others.ts';

const OPTIONS: RememberedOptions = {
  host: '127.0.0.1',
  port: 8101,
  peerPort: 9101,
  advertise: 'n1.example',
};
const OWNER = { name: 'n1', options: OPTIONS };
const RECORD = {
  name: 'n1',
  directoryId: expect.stringMatching(/^[0-9a-f]{16}$/),
  options: OPTIONS,
};

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

function open(other: Partial<typeof OWNER> = {}) {
  return openDataDirectory({ path, ...OWNER, ...other });
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

async function writeRecordFile(content: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'quorate.json'), content);
}

/** A whole record, but for what is changed in it. */
function recordText(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ format: 3, directoryId: '0123456789abcdef', ...OWNER, ...change });
}

describe('creating', () => {
  it('makes the directory with its parents and writes whose it is', async () => {
    path = join(parent, 'deep', 'er', 'n1');
    const directory = open();
    expect(directory.path).toBe(path);
    expect(directory.storePath).toBe(join(path, 'store'));
    expect(directory.metadataPath).toBe(join(path, 'metadata'));
    const record = JSON.parse(await readFile(join(path, 'quorate.json'), 'utf8'));
    expect(record).toEqual({ format: 3, ...RECORD });
    expect(record.directoryId).toBe(directory.directoryId);
    expect((await readdir(path)).sort()).toEqual(['lock', 'quorate.json']);
    directory.close();
  });

  it('lets nobody else look into it', async () => {
    const deep = join(path, 'deep');
    openDataDirectory({ ...OWNER, path: deep }).close();
    const store = openLmdbStore({ directory: join(deep, 'store') });
    await store.close();
    expect(await openToOthers(parent)).toEqual([]);
  });

  it('leaves the permissions of a directory that is there', async () => {
    await mkdir(path);
    await chmod(path, 0o755);
    openDataDirectory({ ...OWNER, path }).close();
    expect(await openToOthers(path)).toEqual([path]);
  });

  it('takes an empty directory, and one whose creation was cut short', async () => {
    await mkdir(path);
    await writeFile(join(path, 'lock'), '123\n');
    await writeFile(join(path, 'quorate.json.tmp'), '{ "form');
    open().close();
    expect(readDataDirectory(path)).toEqual(RECORD);
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
    expect(readDataDirectory(path)).toBeUndefined();
    const directory = open();
    expect(readDataDirectory(path)).toEqual(RECORD);
    directory.close();
  });

  it('refuses another node', () => {
    open().close();
    const { failure, message } = refusal(() => open({ name: 'n2' }));
    expect(failure).toBe('identity');
    expect(message).toMatch(/node "n1", not to "n2"/);
    open().close();
  });

  it('keeps its id for life, which no other directory of that name has', async () => {
    const first = open();
    first.close();
    const again = open({ options: { ...OPTIONS, port: 8102 } });
    again.close();
    expect(again.directoryId).toBe(first.directoryId);
    await rm(path, { recursive: true });
    const anew = open();
    anew.close();
    expect(anew.directoryId).not.toBe(first.directoryId);
  });

  it('remembers the options of the last start, and nothing else it was given', async () => {
    open().close();
    const moved = { ...OPTIONS, peerPort: 9999, zone: 'north' };
    open({ options: { ...moved, ...{ secret: 'sesame' } } }).close();
    expect(readDataDirectory(path)).toEqual({ ...RECORD, options: moved });
    expect(await readFile(join(path, 'quorate.json'), 'utf8')).not.toContain('sesame');
    expect((await readdir(path)).sort()).toEqual(['lock', 'quorate.json']);
    open().close();
    expect(readDataDirectory(path)).toEqual(RECORD);
  });

  it('writes nothing when the options are as before', async () => {
    open().close();
    const before = await stat(join(path, 'quorate.json'));
    open().close();
    expect((await stat(join(path, 'quorate.json'))).ino).toBe(before.ino);
  });

  it('survives a change of options that was cut short', async () => {
    open().close();
    await writeFile(join(path, 'quorate.json.tmp'), '{ "form');
    expect(readDataDirectory(path)).toEqual(RECORD);
    open({ options: { ...OPTIONS, zone: 'south' } }).close();
    expect(readDataDirectory(path)?.options.zone).toBe('south');
  });

  it('remembers that the node has started, whatever is changed afterwards', () => {
    const first = open();
    expect(first.written).toBe(false);
    first.markWritten();
    first.close();
    open({ options: { ...OPTIONS, port: 8102 } }).close();
    const again = open();
    expect(again.written).toBe(true);
    again.close();
    expect(readDataDirectory(path)?.written).toBe(true);
  });

  it('refuses a directory of an older version, and says what to do', async () => {
    const ofFormat2 = recordText({ format: 2 });
    for (const record of ['{ "format": 1, "clusterId": "x", "name": "n1" }', ofFormat2]) {
      await writeRecordFile(record);
      for (const act of [() => open(), () => readDataDirectory(path)]) {
        const { failure, message } = refusal(act);
        expect(failure).toBe('format');
        expect(message).toContain(join(path, 'quorate.json'));
        expect(message).toMatch(/older version, in format [12],.*start with an empty directory/);
      }
    }
  });

  it.each([
    [recordText({ format: 4 }), 'its format is 4, which a newer version wrote'],
    [recordText({ format: '2' }), 'its format is "2"'],
    [recordText({ format: undefined }), 'it names no format'],
    [recordText({ name: undefined }), 'its name is missing'],
    [recordText({ directoryId: undefined }), 'its directoryId is not 16 hexadecimal digits'],
    [recordText({ directoryId: 'x' }), 'its directoryId is not 16 hexadecimal digits'],
    [recordText({ options: undefined }), 'its options are missing or incomplete'],
    [recordText({ options: { ...OPTIONS, port: '1' } }), 'its options are missing or incomplete'],
    [recordText({ options: { ...OPTIONS, zone: 7 } }), 'its options are missing or incomplete'],
    [recordText({ written: 'yes' }), 'its "written" is not true'],
    ['{ "format": 3, "na', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['', 'it is not a JSON object'],
  ])('refuses %s', async (content, found) => {
    await writeRecordFile(content);
    for (const act of [() => open(), () => readDataDirectory(path)]) {
      const { failure, message } = refusal(act);
      expect(failure).toBe('format');
      expect(message).toContain(join(path, 'quorate.json'));
      expect(message).toContain(found);
      expect(message).toContain('understands format 3');
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
