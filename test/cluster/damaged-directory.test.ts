/**
 * What a disk may make of a data directory while nobody looks: `quorate start` refuses it with the
 * file and the way out, and whoever goes that way has everything again.
 */

import { cp, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { killNodes, quorate, testCluster, testNode, valuesOf } from './harness.ts';

const store = (directory: string) => join(directory, 'store', 'data.mdb');
const metadata = (directory: string) => join(directory, 'metadata', 'data.mdb');

/** How the directory is damaged, and what is said of which file. */
const DAMAGES: readonly {
  readonly how: string;
  readonly damage: (directory: string) => Promise<void>;
  readonly file: (directory: string) => string;
  readonly says: string;
}[] = [
  { how: 'objects cut short', damage: (at) => halve(store(at)), file: store, says: 'is damaged' },
  { how: 'objects emptied', damage: (at) => truncate(store(at)), file: store, says: 'is empty' },
  { how: 'log emptied', damage: (at) => truncate(metadata(at)), file: metadata, says: 'is empty' },
  {
    how: 'both emptied',
    damage: async (at) => {
      await truncate(store(at));
      await truncate(metadata(at));
    },
    file: store,
    says: 'is empty',
  },
];

async function halve(file: string): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size / 2));
}

it('is refused by a start, time and again, and named', async () => {
  const node = await testNode();
  await node.start();
  const client = new NodeClient(node.url);
  await client.put('b', 'k', 'kept');
  await client.close();
  await node.stop();
  const whole = `${node.dataDirectory}.whole`;
  await cp(node.dataDirectory, whole, { recursive: true });
  for (const { how, damage, file, says } of DAMAGES) {
    await rm(node.dataDirectory, { recursive: true });
    await cp(whole, node.dataDirectory, { recursive: true });
    await damage(node.dataDirectory);
    const { code, stderr } = await quorate(['start', '--data', node.dataDirectory]);
    expect([how, code]).toEqual([how, EXIT.failed]);
    expect(stderr, how).toContain(`${file(node.dataDirectory)} ${says}`);
    expect(stderr, how).toContain('--replace n1');
    expect(stderr, how).toMatch(/^error: [^\n]*\n$/);
  }
  // What a refused start leaves is refused again: nothing was begun anew.
  const again = await quorate(['start', '--data', node.dataDirectory]);
  expect(again.code).toBe(EXIT.failed);
});

it('costs nothing where another node takes the place', async () => {
  const cluster = await testCluster();
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
  for (const key of keys) await cluster.client('n1').put('b', key, key, { w: 2 });
  await killNodes(cluster, ['n3']);
  await halve(store(cluster.node('n3').dataDirectory));
  const { stderr } = await quorate(['start', '--data', cluster.node('n3').dataDirectory]);
  expect(stderr).toContain('--replace n3');

  await cluster.join({ replaces: 'n3' });
  await cluster.waitUntilSettled();
  for (const key of keys) {
    const found = await cluster.client('n4').get('b', key, { r: 'all', sloppy: false });
    expect(valuesOf(found)).toEqual([key]);
  }
});
