/** Nodes that are dead for good: others take their places, and nothing acknowledged is lost. */

import { expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { Ballast } from './ballast.ts';
import { joinAs, killNodes, testCluster, testRestart, valuesOf } from './harness.ts';
import { RingTraffic } from './ring-traffic.ts';

const KIB = 1024;
const ROUNDS = 50;
const SOON_MS = 15_000;

it('lets a new node replace one that lost its disk, where nobody could stand in', async () => {
  const cluster = await testCluster({ partitions: 16 });
  const ballast = await Ballast.put(cluster, 80, 4 * KIB);
  const traffic = await RingTraffic.start(cluster, 'wiped');
  await traffic.more(ROUNDS);
  await killNodes(cluster, ['n3']);
  await cluster.node('n3').wipe();
  await traffic.more(ROUNDS);

  const member = cluster.node('n1').peerAddress;
  const underOldName = await joinAs('n3', member);
  expect(underOldName.stderr).toContain('there is a node named n3 in the cluster');
  expect(underOldName.code).toBe(1);
  const ofUnknown = await joinAs('n4', member, ['--replace', 'n9']);
  expect(ofUnknown.stderr).toMatch(/^error: .*n9.*\n$/);
  expect(ofUnknown.code).toBe(1);

  await cluster.join({ replaces: 'n3' });
  traffic.useRunningNodes();
  await cluster.waitUntilSettled();
  await traffic.more(ROUNDS);
  await traffic.finish();
  expect(await placesIn(cluster)).toEqual({ n1: 16, n2: 16, n4: 16 });
  for (const name of ['n1', 'n2', 'n4']) await ballast.check(name);
});

it('gives the hints for a dead node to the one that replaces it', async () => {
  const cluster = await testCluster({ nodes: 4, partitions: 16 });
  const client = cluster.client('n1');
  await client.putBucket('hinted');
  await killNodes(cluster, ['n3']);
  const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
  await Promise.all(keys.map((key) => client.put('hinted', key, key)));
  expect(await hintsHeld(cluster)).toBeGreaterThan(0);

  await cluster.replaceWiped('n3');
  await cluster.waitUntilSettled();
  expect(await placesIn(cluster)).toEqual({ n1: 12, n2: 12, n4: 12, n5: 12 });
  await waitFor('all hints to be delivered', SOON_MS, async () => {
    return (await hintsHeld(cluster)) === 0;
  });
  for (const key of keys) {
    const found = await cluster.client('n5').get('hinted', key, { r: 'all', sloppy: false });
    expect(valuesOf(found)).toEqual([key]);
  }
});

it('shares out the places of a dead node that is removed', async () => {
  const cluster = await testCluster({ nodes: 4, partitions: 16 });
  const traffic = await RingTraffic.start(cluster, 'removed');
  await traffic.more(ROUNDS);
  await killNodes(cluster, ['n4']);
  await cluster.client('n1').stageRingChange({ change: 'remove', node: 'n4' });
  await cluster.client('n1').commitRing();
  await cluster.waitUntilSettled();
  await traffic.more(ROUNDS);
  await traffic.finish();
  expect(await placesIn(cluster)).toEqual({ n1: 16, n2: 16, n3: 16 });
});

// That a node is told so at its start is not built yet.
it('tells a replaced node that comes back that it is of the cluster no more', async () => {
  const cluster = await testCluster({ partitions: 16 });
  await killNodes(cluster, ['n3']);
  await cluster.join({ replaces: 'n3' });
  await cluster.waitUntilSettled();

  const again = testRestart(cluster.node('n3'));
  const refusal = await again.start().catch((error: Error) => error.message);
  expect(refusal).toMatch(/ended while it started \(exit code (1|70)\)/);
  expect(refusal).toMatch(/error: .*n3.*replaced/);
  expect(await placesIn(cluster)).toEqual({ n1: 16, n2: 16, n4: 16 });
});

/** As n1 sees them, of those that keep any. */
async function placesIn(cluster: LocalCluster): Promise<object> {
  const { members } = await cluster.client('n1').status();
  const keeping = members.filter(({ partitions }) => partitions > 0);
  return Object.fromEntries(keeping.map(({ id, partitions }) => [id, partitions]));
}

/** By all that run. */
async function hintsHeld(cluster: LocalCluster): Promise<number> {
  let held = 0;
  for (const { name } of cluster.nodes.filter((node) => node.isRunning)) {
    const { targets } = await cluster.client(name).hints();
    held += targets.reduce((all, { count }) => all + count, 0);
  }
  return held;
}
