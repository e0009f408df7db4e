import { beforeEach, describe, expect, it } from 'vitest';
import { mapKeyOf } from '../../src/kernel/bytes.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

const SLOW = { commitMsMax: 50, flushMsMax: 500 };

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(41, { nodes: 3 });
});

const at = (id: string, key = 'k') =>
  cluster.get(id, key, { r: 1, readRepair: 'off', timeoutMs: 5_000 });

describe('what was told to anybody', () => {
  it('survives the power loss of all nodes at once', async () => {
    for (const id of cluster.nodeIds) cluster.disk(id).timing = SLOW;
    await cluster.complete(cluster.put('n1', 'k', 'kept', { w: 2 }));
    for (const id of cluster.nodeIds) cluster.losePower(id);
    await cluster.startAll();
    expect(valuesOf(await cluster.complete(cluster.get('n3', 'k', { r: 2 })))).toEqual(['kept']);
  });

  it('by a read of a write that is still on its way to the disk is on the disk', async () => {
    cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
    cluster.disk('n1').timing = SLOW;
    const put = cluster.put('n1', 'k', 'told', { w: 1 });
    put.catch(() => {});
    await cluster.simulation.advance(0.1);
    const read = await cluster.complete(at('n1'));
    expect(valuesOf(read)).toEqual(['told']);
    cluster.losePower('n1');
    cluster.network.heal();
    await cluster.start('n1');
    expect(valuesOf(await cluster.complete(at('n1')))).toEqual(['told']);
  });

  it('by another node’s answer to a read is on that node’s disk', async () => {
    cluster.network.cutBothWays(['n1', 'n3'], ['n2']);
    cluster.disk('n2').timing = SLOW;
    cluster.put('n2', 'k', 'told', { w: 1 }).catch(() => {});
    await cluster.simulation.advance(0.1);
    cluster.network.heal();
    const read = await cluster.complete(cluster.get('n1', 'k', { r: 3, readRepair: 'off' }));
    expect(valuesOf(read)).toEqual(['told']);
    cluster.losePower('n2');
    await cluster.start('n2');
    expect(valuesOf(await cluster.complete(at('n2')))).toEqual(['told']);
  });

  it('by the second acknowledgement of the same object is on the disk too', async () => {
    cluster.disk('n2').timing = SLOW;
    cluster.network.setLink('n1', 'n2', { duplicate: 1 });
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.complete(cluster.put('n1', 'k', 'told', { w: 2 }));
    cluster.losePower('n2');
    await cluster.start('n2');
    expect(valuesOf(await cluster.complete(at('n2')))).toEqual(['told']);
  });

  it('by a listing is on the disk', async () => {
    cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
    cluster.disk('n1').timing = SLOW;
    cluster.put('n1', 'listed', 'v', { w: 1 }).catch(() => {});
    await cluster.simulation.advance(0.1);
    const request = {
      bucket: 'test',
      prefix: new Uint8Array(0),
      after: undefined,
      limit: 10,
      r: 1,
    };
    const page = await cluster.complete(cluster.request('n1', (node) => node.list(request, 5_000)));
    expect(page.keys.map(mapKeyOf)).toEqual(['listed']);
    cluster.losePower('n1');
    cluster.network.heal();
    await cluster.start('n1');
    expect(valuesOf(await cluster.complete(at('n1', 'listed')))).toEqual(['v']);
  });
});

describe('a kill', () => {
  it('in the middle of writes loses none that was acknowledged', async () => {
    const acknowledged: string[] = [];
    const writes = Array.from({ length: 50 }, async (_, i) => {
      await cluster.put('n2', `k${i}`, `v${i}`, { w: 2 });
      acknowledged.push(`k${i}`);
    });
    await cluster.simulation.advance(2);
    cluster.kill('n1');
    await cluster.complete(Promise.allSettled(writes));
    await cluster.start('n1');
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const key of acknowledged) {
      const read = await cluster.complete(cluster.get('n1', key, { r: 2 }));
      expect(valuesOf(read)).toEqual([key.replace('k', 'v')]);
    }
  });
});

describe('lives of a data directory', () => {
  const actorsOf = async (key: string) => {
    const { object } = await cluster.complete(cluster.get('n1', key, { r: 1 }));
    return new Set(object.clock.map(({ lineage }) => lineage)).size;
  };

  it('a clean stop and start go on with the same lineage', async () => {
    const first = await cluster.complete(cluster.put('n1', 'k', 'one'));
    await cluster.stop('n1');
    await cluster.start('n1');
    await cluster.complete(cluster.put('n1', 'k', 'two', { contexts: [first.context] }));
    expect(await actorsOf('k')).toBe(1);
    const { object } = await cluster.complete(cluster.get('n1', 'k', { r: 1 }));
    expect(object.clock[0]?.counter).toBe(2);
  });

  it('a kill begins a new lineage, also after an earlier clean stop', async () => {
    const first = await cluster.complete(cluster.put('n1', 'k', 'one'));
    await cluster.stop('n1');
    await cluster.start('n1');
    cluster.kill('n1');
    await cluster.start('n1');
    await cluster.complete(cluster.put('n1', 'k', 'two', { contexts: [first.context] }));
    expect(await actorsOf('k')).toBe(2);
  });

  it('the disk that fails stops the node, and nothing unconfirmed is acknowledged', async () => {
    cluster.disk('n1').failing = true;
    const outcome = await cluster.complete(
      cluster.put('n1', 'k', 'v', { w: 1, timeoutMs: 500 }).catch((error: unknown) => error),
    );
    expect(outcome).toBeInstanceOf(Error);
    expect(cluster.isUp('n1')).toBe(false);
  });

  it('the disk that fails while the node stops ends it at once', async () => {
    cluster.network.cutBothWays(['n1'], ['n3']);
    const all = { w: 'all', sloppy: false } as const;
    const awaited = cluster.put('n1', 'k', 'v', all).catch((error: unknown) => error);
    await cluster.simulation.advance(10);
    cluster.disk('n1').failing = true;
    const written = cluster.put('n2', 'other', 'v');
    await expect(cluster.stop('n1')).rejects.toMatchObject({ failure: 'disconnected' });
    expect(cluster.isUp('n1')).toBe(false);
    expect(await cluster.complete(awaited)).toMatchObject({ failure: 'disconnected' });
    await cluster.complete(written);
  });
});

describe('a damaged record', () => {
  const damage = (id: string) => {
    const { committed, flushed } = cluster.disk(id);
    for (const [key, value] of committed) {
      if (!key.startsWith('\u0002')) continue;
      const damaged = Buffer.from(value);
      damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
      committed.set(key, damaged);
      flushed.set(key, damaged);
    }
  };

  it('counts for neither R nor W, and other replicas answer', async () => {
    const { context } = await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    // It cannot be rebuilt without n3.
    cluster.network.cutBothWays(['n1'], ['n3']);
    damage('n1');
    const read = await cluster.complete(cluster.get('n2', 'k', { r: 2 }));
    expect(valuesOf(read)).toEqual(['v']);
    expect(read.quorum.reached).not.toContain('n1');
    const outcomes = await cluster.complete(
      Promise.all([
        cluster.get('n2', 'k', { r: 3, timeoutMs: 300 }).catch((error: unknown) => error),
        cluster
          .put('n2', 'k', 'w', { w: 3, contexts: [context], timeoutMs: 300 })
          .catch((error: unknown) => error),
      ]),
    );
    expect(outcomes[0]).toMatchObject({ code: 'read_quorum_not_met' });
    expect(outcomes[1]).toMatchObject({ code: 'write_quorum_not_met' });
  });

  it('is not written over: a replica whose record is whole coordinates instead', async () => {
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    damage('n1');
    const written = await cluster.complete(cluster.put('n1', 'k', 'w', { w: 2 }));
    expect(written.quorum.coordinator).not.toBe('n1');
    const read = await cluster.complete(cluster.get('n2', 'k', { r: 2 }));
    expect(valuesOf(read)).toEqual(['v', 'w']);
  });
});
