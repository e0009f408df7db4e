/** `quorate repair` against real processes: one missed writes, one lost its objects' checksums. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { quorate, valuesOf } from './harness.ts';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
});

afterAll(() => cluster?.kill());

it('brings a node up to date that missed writes, and says what it did', async () => {
  const node = ['--node', cluster.node('n1').url];
  const client = cluster.client('n1');
  await client.put('carts', 'old', 'v', { w: 3 });
  await cluster.node('n3').stop();
  await cluster.waitUntilReachable('n1', 'n3', false);
  for (let i = 0; i < 20; i++) await client.put('carts', `missed-${i}`, 'v', { w: 2 });
  await cluster.node('n3').start();
  await cluster.waitUntilConnected();
  const run = await quorate(['repair', ...node]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(/^node +comparisons +keys +pulled +pushed +bytes +took +not with\n/);
  const own = await cluster.client('n3').get('carts', 'missed-7', { r: 1 });
  expect(valuesOf(own)).toEqual(['v']);
  const status = await quorate(['repair', '--status', '--only', 'n3', ...node]);
  expect(status.stdout).toMatch(
    /^node +partition +last equal to\nn3 +0 +n[12] \d+ s ago, n[12] \d+/,
  );
  const scrub = await quorate(['repair', '--scrub', '--json', '--only', 'n3', ...node]);
  expect(JSON.parse(scrub.stdout)).toMatchObject({ n3: { kind: 'scrub', done: 8, keys: 21 } });
  expect((await quorate(['repair', '--only', 'n9', ...node])).code).toBe(1);
});
