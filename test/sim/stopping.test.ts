import { beforeEach, describe, expect, it } from 'vitest';
import { storedKeys } from './disks.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(61, { nodes: 3 });
});

/** The node has stopped, but its process is still there and hears the others. */
const stopNode = (id: string) => cluster.complete(cluster.request(id, (node) => node.stop()));

const outcome = (promise: Promise<unknown>) =>
  cluster.complete(promise.catch((error: unknown) => error));

describe('a node that stops', () => {
  it('finishes what it was asked, and takes nothing more', async () => {
    cluster.network.setLink('n2', 'n1', { delayMsMin: 200, delayMsMax: 300 });
    cluster.network.cutOneWay(['n3'], ['n1']);
    const put = cluster.put('n1', 'k', 'asked in time', { w: 2 });
    await cluster.simulation.advance(1);
    const stopped = stopNode('n1');
    const refused = await outcome(cluster.put('n1', 'k', 'asked too late'));
    expect(refused).toMatchObject({ code: 'not_ready', definite: true });
    await stopped;
    expect((await cluster.complete(put)).quorum.reached).toEqual(['n1', 'n2']);
  });

  it('takes no write of its peers after the clean-stop mark', async () => {
    await stopNode('n1');
    const startedMs = cluster.simulation.nowMs;
    const put = await outcome(cluster.put('n2', 'k', 'v', { w: 3, timeoutMs: 1_000 }));
    expect(put).toMatchObject({ code: 'write_quorum_not_met', definite: false });
    expect(cluster.simulation.nowMs - startedMs).toBeLessThan(100);
    expect(storedKeys(cluster, 'n1')).toEqual([]);
  });

  it('lets its peers hand requests to others', async () => {
    cluster = await startCluster(62, { nodes: 5 });
    const { quorum } = await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    const outsider = cluster.nodeIds.find((id) => !quorum.reached.includes(id)) as string;
    const first = quorum.reached[0] as string;
    await stopNode(first);
    for (let i = 0; i < 5; i++) {
      const written = await cluster.complete(cluster.put(outsider, 'k', `v${i}`));
      expect(written.quorum.reached).not.toContain(first);
    }
  });

  it('finishes what its peers handed it, and is avoided by them at once', async () => {
    cluster = await startCluster(63, { nodes: 5 });
    const { quorum } = await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    const outsider = cluster.nodeIds.find((id) => !quorum.reached.includes(id)) as string;
    const [first = ''] = (await cluster.complete(cluster.put(outsider, 'k', 'w'))).quorum.reached;
    for (const id of cluster.nodeIds.filter((other) => other !== first && other !== outsider)) {
      cluster.network.setLink(id, first, { delayMsMin: 200, delayMsMax: 300 });
    }
    const put = cluster.put(outsider, 'k', 'handed over', { w: 2 });
    await cluster.simulation.advance(20);
    const stopped = stopNode(first);
    await cluster.simulation.advance(150);
    const seen = await cluster.request(outsider, async (node) => node.status());
    expect(seen.members.find(({ id }) => id === first)).toMatchObject({ reachable: false });
    expect((await cluster.complete(put)).quorum.reached).toContain(first);
    await stopped;
  });

  it('goes on with its lineage only where every write it coordinated is on its disk', async () => {
    cluster.disk('n1').timing = { commitMsMax: 50, flushMsMax: 500 };
    const first = await cluster.complete(cluster.put('n1', 'k', 'first', { w: 2 }));
    expect(first.quorum.reached).not.toContain('n1');
    await stopNode('n1');
    cluster.losePower('n1');
    await cluster.start('n1');
    expect(valuesOf(await cluster.complete(cluster.get('n1', 'k', { r: 1 })))).toEqual(['first']);
    await cluster.complete(cluster.put('n1', 'k', 'second'));
    await cluster.simulation.advance(1_000);
    const read = await cluster.complete(cluster.get('n2', 'k', { r: 3 }));
    expect(valuesOf(read)).toEqual(['first', 'second']);
    expect(read.object.clock).toMatchObject([{ counter: 2 }]);
  });
});
