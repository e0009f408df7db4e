/** The Keyv store passes the suite that Keyv has for stores, as it is. */

import keyvTestSuite from '@keyv/test-suite';
import Keyv from 'keyv';
import * as vitest from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { Quorate } from '../../src/client/index.ts';
import { QuorateKeyv } from '../../src/client/keyv-store.ts';

const { afterAll, beforeAll, describe, expect, it } = vitest;

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

describe('the suite of Keyv', () => {
  keyvTestSuite(vitest, Keyv, () => new QuorateKeyv(db));
});

describe('a store of Keyv', () => {
  it('sets and deletes many at once, and clears its own namespace', async () => {
    const keyv = new Keyv({ store: new QuorateKeyv(db), namespace: 'many', useKeyPrefix: true });
    const other = new Keyv({ store: new QuorateKeyv(db), namespace: 'other' });
    const entries = Array.from({ length: 40 }, (_, i) => ({ key: `k${i}`, value: i }));
    expect(await keyv.setMany(entries)).toEqual(entries.map(() => true));
    await other.set('k', 'stays');
    expect(await keyv.get(['k0', 'k39', 'k40'])).toEqual([0, 39, undefined]);
    expect(await keyv.delete(['k0', 'k1'])).toBe(true);
    expect(await keyv.delete(['k0', 'k2'])).toBe(false);
    await keyv.clear();
    expect([await keyv.has('k3'), await other.get('k')]).toEqual([false, 'stays']);
  });

  it('refuses a bucket that keeps siblings, and values that are not serialized', async () => {
    await db.createBucket('keeps', { conflict: 'siblings' });
    const store = new QuorateKeyv(db, 'keeps');
    await expect(store.set('k', 'v')).rejects.toThrow(/siblings/);
    await expect(new QuorateKeyv(db).set('k', { a: 1 })).rejects.toThrow(/serialize/);
    await db.createBucket('registers', { mode: 'paxos' });
    const keyv = new Keyv({ store: new QuorateKeyv(db, 'registers') });
    await keyv.set('k', [1], 5_000);
    expect(await keyv.get('k')).toEqual([1]);
  });
});
