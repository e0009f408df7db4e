import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbStore } from '../../src/adapters/lmdb-store.ts';
import { storeContract } from './store-contract.ts';

storeContract('LMDB', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'quorate-store-'));
  const first = openLmdbStore({ directory });
  let newest = first;
  return {
    store: first,
    async reopen() {
      await newest.close();
      newest = openLmdbStore({ directory });
      return newest;
    },
    async destroy() {
      await newest.close();
      await rm(directory, { recursive: true });
    },
  };
});
