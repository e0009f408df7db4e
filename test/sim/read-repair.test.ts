import { beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

/** n3 misses the newest version of the key. */
beforeEach(async () => {
  cluster = await startCluster(31, { nodes: 3 });
  await cluster.complete(cluster.put('n1', 'k', 'old', { w: 3 }));
  const { context } = await cluster.complete(cluster.get('n1', 'k'));
  cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
  await cluster.complete(cluster.put('n1', 'k', 'new', { w: 2, contexts: [context] }));
  await cluster.simulation.advance(3_000);
  cluster.network.heal();
});

async function knownAt(node: string): Promise<readonly string[]> {
  return valuesOf(await cluster.complete(cluster.get(node, 'k', { r: 1, readRepair: 'off' })));
}

describe('read repair', () => {
  it('async answers at once and brings up to date in the background', async () => {
    const read = await cluster.complete(cluster.get('n3', 'k', { r: 2 }));
    expect(valuesOf(read)).toEqual(['new']);
    await cluster.simulation.advance(100);
    expect(await knownAt('n3')).toEqual(['new']);
  });

  it('off leaves the replica behind', async () => {
    const read = await cluster.complete(cluster.get('n3', 'k', { r: 2, readRepair: 'off' }));
    expect(valuesOf(read)).toEqual(['new']);
    await cluster.simulation.advance(1_000);
    expect(await knownAt('n3')).toEqual(['old']);
  });

  it('blocking answers when the value is durable on as many as were asked', async () => {
    const read = await cluster.complete(cluster.get('n3', 'k', { r: 3, readRepair: 'blocking' }));
    expect(valuesOf(read)).toEqual(['new']);
    cluster.losePower('n3');
    await cluster.start('n3');
    expect(await knownAt('n3')).toEqual(['new']);
  });

  it('blocking asks another replica when the one behind is slow', async () => {
    await cluster.simulation.advance(1_000);
    cluster.disk('n3').timing = { commitMsMax: 100_000, flushMsMax: 100_000 };
    const before = cluster.simulation.nowMs;
    const options = { r: 2, readRepair: 'blocking', timeoutMs: 1_000 } as const;
    const read = await cluster.complete(cluster.get('n3', 'k', options));
    expect(valuesOf(read)).toEqual(['new']);
    expect(cluster.simulation.nowMs - before).toBeLessThan(200);
  });

  it('blocking is 503, definitely, when it cannot be had', async () => {
    cluster.disk('n3').timing = { commitMsMax: 100_000, flushMsMax: 100_000 };
    const error: unknown = await cluster.complete(
      cluster
        .get('n3', 'k', { r: 3, readRepair: 'blocking', timeoutMs: 300 })
        .catch((caught: unknown) => caught),
    );
    expect(error).toMatchObject({ code: 'repair_quorum_not_met', status: 503, definite: true });
  });

  it('takes tombstones along', async () => {
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.complete(cluster.delete('n1', 'k', { w: 2, r: 2 }));
    cluster.network.heal();
    await cluster.complete(cluster.get('n3', 'k', { r: 2 }));
    await cluster.simulation.advance(100);
    expect(await knownAt('n3')).toEqual([]);
  });

  it('writes nothing where the replicas agree', async () => {
    await cluster.complete(cluster.get('n1', 'k', { r: 3 }));
    await cluster.simulation.advance(1_000);
    const lines: string[] = [];
    cluster.simulation.onTrace = (line) => lines.push(line);
    for (const readRepair of ['async', 'blocking', 'off'] as const) {
      for (const id of cluster.nodeIds) {
        await cluster.complete(cluster.get(id, 'k', { r: 3, readRepair }));
      }
    }
    await cluster.simulation.advance(1_000);
    expect(lines.some((line) => line.includes('replica.fetch'))).toBe(true);
    expect(lines.filter((line) => line.includes('replica.store'))).toEqual([]);
  });
});

describe('a hedged read', () => {
  it('asks another replica when the first is late, and is quick', async () => {
    const askedFirst = async () => {
      const { quorum } = await cluster.complete(cluster.get('n1', 'k', { r: 2 }));
      return quorum.reached.find((id) => id !== 'n1') as string;
    };
    for (let i = 0; i < 40; i++) await askedFirst();
    const first = await askedFirst();
    const second = first === 'n2' ? 'n3' : 'n2';
    cluster.network.setLink(first, 'n1', { delayMsMin: 400, delayMsMax: 500 });
    cluster.network.setLink(second, 'n1', { delayMsMin: 0.1, delayMsMax: 0.2 });
    let slowestMs = 0;
    for (let i = 0; i < 20; i++) {
      const before = cluster.simulation.nowMs;
      await cluster.complete(cluster.get('n1', 'k', { r: 2 }));
      slowestMs = Math.max(slowestMs, cluster.simulation.nowMs - before);
    }
    expect(slowestMs).toBeLessThan(150);
    expect(cluster.metrics.get('n1')?.value('read_hedges_total')).toBeGreaterThan(0);
  });
});
