/** The ring grows and shrinks while clients read and write at quorum. */

import { expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { RingPlanDocument } from '../../src/client/ring-documents.ts';
import { testCluster } from './harness.ts';
import { RingTraffic } from './ring-traffic.ts';

const PARTITIONS = 16;
/** Between one change and the next. */
const ROUNDS = 100;
const SOON_MS = 10_000;
/** Six changes and seven rounds of load, on a machine that may have other work. */
const TEST_MS_MAX = 150_000;

it('grows from one node to four and shrinks to one again, and no request fails', {
  timeout: TEST_MS_MAX,
}, async () => {
  const cluster = await testCluster({ nodes: 1, partitions: PARTITIONS });
  const traffic = await RingTraffic.start(cluster, 'moving');
  await traffic.more(ROUNDS);

  for (const places of [{ n1: 16, n2: 16 }, { n1: 16, n2: 16, n3: 16 }, fourNodes()]) {
    await cluster.join();
    await cluster.waitUntilSettled();
    expect(await placesIn(cluster, 'n1')).toEqual(places);
    traffic.useRunningNodes();
    await traffic.more(ROUNDS);
  }

  // The founder, who leads the metadata group, is the first to go.
  for (const [leaver, stayer] of [
    ['n1', 'n4'],
    ['n3', 'n4'],
    ['n2', 'n4'],
  ] as const) {
    const planned = await cluster.client(leaver).stageRingChange({ change: 'leave', node: leaver });
    await cluster.client(leaver).commitRing();
    await cluster.waitUntilSettled();
    await waitUntilLeft(cluster, stayer, leaver);
    expect(await placesIn(cluster, stayer)).toEqual(placesThen(planned));
    await traffic.more(ROUNDS / 2);
    const { ended } = cluster.node(leaver);
    await cluster.node(leaver).stop();
    expect(await ended).toEqual({ code: 0, signal: null });
    traffic.useRunningNodes();
    await traffic.more(ROUNDS / 2);
  }

  await traffic.finish();
  expect(traffic.doubts).toBe(0);
  expect(await placesIn(cluster, 'n4')).toEqual({ n4: PARTITIONS });
});

function fourNodes() {
  return { n1: 12, n2: 12, n3: 12, n4: 12 };
}

/** Of each member how many partitions it keeps. */
async function placesIn(cluster: LocalCluster, observer: string): Promise<object> {
  const { members } = await cluster.client(observer).status();
  return Object.fromEntries(members.map(({ id, partitions }) => [id, partitions]));
}

/** Of those that stay. */
function placesThen({ plan }: RingPlanDocument): object {
  const staying = plan?.nodes.filter(({ status }) => status === 'member') ?? [];
  return Object.fromEntries(staying.map(({ node, placesAfter }) => [node, placesAfter]));
}

async function waitUntilLeft(cluster: LocalCluster, observer: string, name: string) {
  await waitFor(`${name} to be no member any more`, SOON_MS, async () => {
    const { members } = await cluster.client(observer).status();
    return members.every(({ id }) => id !== name);
  });
}
