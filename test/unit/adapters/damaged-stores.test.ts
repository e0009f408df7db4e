import { expect, it } from 'vitest';
import { tryDamagedStores } from './damaged-stores.ts';

it('a damaged file is refused by its name, or does no harm', async () => {
  const { refused, used } = await tryDamagedStores(80, 1);
  expect(refused).toBeGreaterThan(0);
  expect(used).toBeGreaterThan(0);
});
