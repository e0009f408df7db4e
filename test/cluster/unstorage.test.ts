/** The unstorage driver, through unstorage and by itself. */

import { createStorage, type Driver, type Storage } from 'unstorage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { Quorate, text } from '../../src/client/index.ts';
import { quorateDriver } from '../../src/client/unstorage-driver.ts';

let cluster: LocalCluster;
let db: Quorate;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, partitions: 8 });
  db = new Quorate({ nodes: cluster.urls });
});

afterAll(async () => {
  await db?.close();
  await cluster?.kill();
});

function storageOf(bucket: string, base?: string): { storage: Storage; driver: Driver } {
  const driver = quorateDriver({ db, bucket, base });
  return { driver, storage: createStorage({ driver }) };
}

describe('the driver of unstorage', () => {
  it('keeps, tells of and removes items', async () => {
    const { storage } = storageOf('items');
    expect(await storage.getItem('none')).toBeNull();
    expect(await storage.hasItem('none')).toBe(false);
    await storage.setItem('s1:a', 'test_data');
    await storage.setItem('s2:a', { json: 'works' });
    expect(await storage.hasItem('s1:a')).toBe(true);
    expect(await storage.getItem('s1:a')).toBe('test_data');
    expect(await storage.getItem('s2:a')).toEqual({ json: 'works' });
    await storage.setItem('s1:a', 'again');
    expect(await storage.getItem('s1:a')).toBe('again');
    await storage.removeItem('s1:a');
    await storage.removeItem('none');
    expect(await storage.getItem('s1:a')).toBeNull();
  });

  it('keeps raw bytes', async () => {
    const { storage } = storageOf('raw');
    const value = Uint8Array.of(0x00, 0xff, 0x80);
    await storage.setItemRaw('bytes', value);
    const found = await storage.getItemRaw<Uint8Array>('bytes');
    expect(Buffer.from(found ?? []).equals(value)).toBe(true);
    expect(await storage.getItemRaw('none')).toBeNull();
  });

  it('lists and clears by base', async () => {
    const { storage, driver } = storageOf('bases');
    await storage.setItems(
      ['x:1', 'x:2', 'y:1'].map((key) => ({ key, value: key })),
      {},
    );
    expect((await storage.getKeys()).toSorted()).toEqual(['x:1', 'x:2', 'y:1']);
    expect((await storage.getKeys('x')).toSorted()).toEqual(['x:1', 'x:2']);
    expect(await storage.getItems(['x:1', 'y:9'])).toEqual([
      { key: 'x:1', value: 'x:1' },
      { key: 'y:9', value: null },
    ]);
    // unstorage itself clears whole mounts only.
    await driver.clear?.('x:', {});
    expect(await storage.getKeys()).toEqual(['y:1']);
    await storage.clear();
    expect(await storage.getKeys()).toEqual([]);
  });

  it('has keys of its base alone, and passes a ttl on', async () => {
    const [one, other] = [storageOf('shared', 'one').storage, storageOf('shared', 'other').storage];
    await one.setItem('k', 'v', { ttl: 60 });
    expect(await other.getKeys()).toEqual([]);
    expect(await one.getKeys()).toEqual(['k']);
    const stored = await db.bucket('shared', { codec: text() }).get('one:k');
    expect(stored).toMatchObject({ found: 'value', expiresAt: expect.any(String) });
    await other.clear();
    expect(await one.hasItem('k')).toBe(true);
  });

  it('does not watch', async () => {
    const { driver, storage } = storageOf('watched');
    expect(driver.watch).toBeUndefined();
    const unwatch = await storage.watch(() => {});
    await unwatch();
  });
});
