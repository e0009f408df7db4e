/** What the Store contract cannot ask of every disk: failures, and files that are not a store. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from '../../../src/adapters/lmdb-store.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { StoreError } from '../../../src/kernel/errors.ts';
import type { StoreWrite } from '../../../src/ports/store.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-store-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function put(key: string, value = new Uint8Array(100)): StoreWrite {
  return { type: 'put', key: utf8(key), value };
}

/** The soft limit on the size of the files this process writes: a full disk, without one. */
function limitFileSize(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

describe.runIf(process.platform === 'linux')('a commit that fails', () => {
  afterEach(() => limitFileSize('unlimited'));

  it('rejects its writes and all later ones, reports once, and leaves the disk as it was', async () => {
    const failures: StoreError[] = [];
    const onFailure = (error: StoreError) => void failures.push(error);
    const store = openLmdbStore({ directory, onFailure });
    await store.write([put('before')]);

    limitFileSize(64 * 1024);
    const tooMuch = Array.from({ length: 100 }, (_, index) =>
      put(`key-${index}`, new Uint8Array(3_000)),
    );
    const failing = store.write(tooMuch);
    await new Promise((resolve) => setImmediate(resolve));
    const gathered = store.write([put('gathered')]);
    await expect(failing).rejects.toThrow(/^a commit failed: /);
    await expect(gathered).rejects.toThrow(StoreError);
    limitFileSize('unlimited');

    await expect(store.write([put('later')])).rejects.toThrow(StoreError);
    await expect(store.durable()).rejects.toThrow(StoreError);
    await expect(store.durable(utf8('before'))).rejects.toThrow(StoreError);
    expect(failures.length).toBe(1);
    await store.close();

    const reopened = openLmdbStore({ directory });
    const range = { from: utf8('a'), to: utf8('z') };
    const keys = [...reopened.range(range)].map(({ key }) => Buffer.from(key).toString());
    expect(keys).toEqual(['before']);
    await reopened.close();
  });
});

describe('two stores in one process', () => {
  const openBoth = (onFailure: (error: StoreError) => void = () => {}) => ({
    objects: openLmdbStore({ directory: join(directory, 'store'), onFailure }),
    metadata: openLmdbStore({ directory: join(directory, 'metadata') }),
  });

  it('hold what was written into each, and are closed one by one', async () => {
    const { objects, metadata } = openBoth();
    await Promise.all([
      objects.write([put('k', Uint8Array.of(1))]),
      metadata.write([put('k', Uint8Array.of(2))]),
    ]);
    expect(objects.get(utf8('k'))).toEqual(Buffer.of(1));
    expect(metadata.get(utf8('k'))).toEqual(Buffer.of(2));
    await objects.close();
    await metadata.write([put('later')]);
    await metadata.close();
    const again = openBoth();
    expect(again.objects.get(utf8('later'))).toBeUndefined();
    expect(again.metadata.get(utf8('later'))?.length).toBe(100);
    await Promise.all([again.objects.close(), again.metadata.close()]);
  });

  it('each know of their own pending writes only', async () => {
    const { objects, metadata } = openBoth();
    const slow = objects.write([put('k', new Uint8Array(1_000_000))]);
    expect(objects.durable()).toBeInstanceOf(Promise);
    expect(metadata.durable()).toBeUndefined();
    expect(metadata.get(utf8('k'))).toBeUndefined();
    await slow;
    const other = metadata.write([put('k')]);
    expect(objects.durable()).toBeUndefined();
    await other;
    await Promise.all([objects.close(), metadata.close()]);
  });

  it.runIf(process.platform === 'linux')('fail by themselves', async () => {
    const failures: StoreError[] = [];
    const { objects, metadata } = openBoth((error) => failures.push(error));
    try {
      limitFileSize(64 * 1024);
      await expect(objects.write([put('k', new Uint8Array(1_000_000))])).rejects.toThrow();
      await metadata.write([put('k')]);
    } finally {
      limitFileSize('unlimited');
    }
    expect(failures).toHaveLength(1);
    await expect(objects.durable()).rejects.toThrow(StoreError);
    expect(metadata.durable()).toBeUndefined();
    await Promise.all([objects.close(), metadata.close()]);
  });
});

describe('a group commit', () => {
  it('makes everything that was written in one turn durable together', async () => {
    const store = openLmdbStore({ directory });
    const first = store.write([put('first')]);
    const writes = Array.from({ length: 500 }, (_, index) => store.write([put(`key-${index}`)]));
    await first;
    expect(store.durable()).toBeUndefined();
    await Promise.all(writes);
    await store.close();
  });
});

it('is not written where it was opened to be read', async () => {
  const written = openLmdbStore({ directory });
  await written.write([put('k')]);
  await written.close();
  const before = await readFile(join(directory, 'data.mdb'));
  const store = openLmdbStore({ directory, readOnly: true });
  expect(store.get(utf8('k'))).toHaveLength(100);
  await expect(store.write([put('other')])).rejects.toThrow(StoreError);
  await store.close();
  expect((await readFile(join(directory, 'data.mdb'))).equals(before)).toBe(true);
});

it('keeps a store in a directory with a dot in its name', async () => {
  const dotted = join(directory, 'n1.example');
  const store = openLmdbStore({ directory: dotted });
  await store.write([put('k')]);
  await store.close();
  const reopened = openLmdbStore({ directory: dotted });
  expect(reopened.get(utf8('k'))?.length).toBe(100);
  await reopened.close();
});

it.each([
  ['of something else', new Uint8Array(16_384).fill(0x5a)],
  ['of zeros', new Uint8Array(16_384)],
  ['cut short', new Uint8Array(10)],
])('refuses a data file %s', async (_, content) => {
  await writeFile(join(directory, 'data.mdb'), content);
  expect(() => openLmdbStore({ directory })).toThrow(StoreError);
  expect(() => openLmdbStore({ directory })).toThrow(join(directory, 'data.mdb'));
});

it('starts afresh on a data file that was never written to', async () => {
  await writeFile(join(directory, 'data.mdb'), '');
  const store = openLmdbStore({ directory });
  await store.write([put('k')]);
  await store.close();
});

it('starts afresh on a store of which only the first two pages were written', async () => {
  await openLmdbStore({ directory }).close();
  const store = openLmdbStore({ directory });
  await store.write([put('k')]);
  await store.close();
});

it('refuses a data file that ends before its pages do, at every place', async () => {
  const written = openLmdbStore({ directory });
  const values = Array.from({ length: 60 }, (_, n) => put(`key-${n}`, new Uint8Array(700)));
  await written.write([...values, put('large', new Uint8Array(20_000))]);
  await written.close();
  const file = join(directory, 'data.mdb');
  const whole = await readFile(file);
  for (let length = 1; length < whole.length; length += 4_095) {
    await writeFile(file, whole.subarray(0, length));
    expect(() => openLmdbStore({ directory })).toThrow(`${file} is damaged`);
  }
});

it('makes nothing of what is in the file that LMDB keeps its readers in', async () => {
  await openLmdbStore({ directory }).close();
  for (const content of [new Uint8Array(100), new Uint8Array(20_000).fill(0x5a)]) {
    await writeFile(join(directory, 'lock.mdb'), content);
    const store = openLmdbStore({ directory });
    await store.write([put('k')]);
    await store.close();
  }
});
