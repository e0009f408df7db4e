import { beforeEach, describe, expect, it } from 'vitest';
import { invariant } from '../../../../src/kernel/invariant.ts';
import { LEAVE_PARTITION } from '../../../../src/repair/transfer/transfer-messages.ts';
import { PAGE_ITEMS_MAX } from '../../../../src/replica/leaf-scan.ts';
import { addressOf, MovingCluster, type NodeName, PAIR, SOLO, TRIPLE } from './moving-cluster.ts';

let cluster: MovingCluster;

const finish = (timeoutMs = 30_000) => cluster.until(() => cluster.leave('n1'), timeoutMs);

/** Writes while n1 is still given objects, before it has lost its place to n4. */
async function earlier(write: () => Promise<unknown>): Promise<void> {
  cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'read_new');
  await write();
  cluster.stage('stable');
}

/** n1 has given its place to n4; all have k0 to k9 by now. */
beforeEach(async () => {
  cluster = new MovingCluster();
  const { n1, n2, n3, n4 } = cluster.nodes;
  await earlier(async () => {
    for (let i = 0; i < 10; i++) {
      await n1.put(`k${i}`);
      for (const other of [n2, n3, n4]) await other.takeFrom(n1, `k${i}`);
    }
  });
  await cluster.buildTrees('n1', 'n2', 'n3', 'n4');
});

/** As n1 does with a damaged record, from what n2 has. */
async function mend(key: string): Promise<void> {
  const { n1, n2 } = cluster.nodes;
  const known = n2.replica.read(addressOf(key));
  invariant(known !== undefined, `n2 has ${key}`);
  const address = { ...addressOf(key), epoch: cluster.epoch };
  await cluster.simulation.complete(n1.replica.mend(address, known.object, 0));
}

const calls = (node: NodeName, kind: string) => {
  const { transport } = cluster.nodes[node];
  const call = transport.call.bind(transport);
  const peers: string[] = [];
  transport.call = (peer, type, request, options) => {
    if (type.kind === kind) peers.push(peer);
    return call(peer, type, request, options);
  };
  return peers;
};

describe('a node that has lost its place', () => {
  it('drops what all that keep the partition have, durably', async () => {
    const { n1 } = cluster.nodes;
    const compared = calls('n1', 'repair.roots');
    expect(await finish()).toMatchObject({ state: 'done', keys: 10, detail: null });
    expect(compared.toSorted()).toEqual(['n2', 'n2', 'n3', 'n4', 'n4', 'n4']);
    expect(n1.keys()).toEqual([]);
    expect(n1.trees.tree(0, 3)?.root).toBe(0n);
    expect(n1.metrics.value('transfer_dropped_keys_total')).toBe(10);
    n1.crash();
    n1.start();
    expect(n1.keys()).toEqual([]);
    expect(await finish()).toMatchObject({ state: 'done' });
    expect(cluster.fatal).toEqual([]);
  });

  it('sends first what one of them lacks, and takes nothing', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    await earlier(async () => {
      await n1.put('only here');
      await n1.put('k0', 'beside');
    });
    await n3.put('new');
    const pulled = calls('n1', 'repair.pull');
    expect((await finish()).state).toBe('done');
    for (const node of [n2, n3, n4]) {
      expect(node.valuesOf('only here')).toEqual(['only here']);
      expect(node.valuesOf('k0').toSorted()).toContain('beside');
    }
    expect([pulled, n1.keys()]).toEqual([[], []]);
    expect(n3.keys()).toContain('new');
  });

  it('sends all that is lacking, however many pages that fills', async () => {
    const { n1, n4 } = cluster.nodes;
    for (const node of ['n2', 'n3']) cluster.dead.add(node);
    const keys = Array.from({ length: PAGE_ITEMS_MAX + 1 }, (_, i) => `m${i}`);
    await earlier(() => Promise.all(keys.map((key) => n1.put(key))));
    expect((await finish(60_000)).state).toBe('done');
    expect([n1.keys().length, n4.keys().length]).toEqual([0, 10 + keys.length]);
  });

  it.each(['n2', 'n3', 'n4'] as const)('drops nothing while %s is silent', async (silent) => {
    const { n1 } = cluster.nodes;
    cluster.network.cutBothWays([silent], ['n1']);
    const waiting = await finish(20_000);
    expect([waiting.state, n1.keys().length]).toEqual(['running', 10]);
    expect(n1.transfers.status()).toMatchObject([{ kind: 'leave', partition: 0 }]);
    cluster.network.heal();
    expect((await finish()).state).toBe('done');
  });

  it('does not wait for one that is dead, and does for the last one', async () => {
    const { n1 } = cluster.nodes;
    cluster.network.cutBothWays(['n2', 'n3', 'n4'], ['n1']);
    for (const node of ['n2', 'n3', 'n4']) cluster.dead.add(node);
    const waiting = await finish(10_000);
    expect([waiting.state, n1.keys().length]).toEqual(['running', 10]);
    expect(waiting.detail).toContain('nobody alive');
    cluster.dead.delete('n4');
    cluster.network.heal();
    cluster.network.cutBothWays(['n2', 'n3'], ['n1']);
    expect((await finish()).state).toBe('done');
  });

  it('drops nothing while one refuses what it lacks', async () => {
    const { n1, n4 } = cluster.nodes;
    await earlier(() => n1.put('only here'));
    n4.replica.close();
    const waiting = await finish(20_000);
    expect([waiting.state, n1.keys().length]).toEqual(['running', 11]);
    expect(waiting.detail).toContain('n4');
  });

  it('drops nothing while trees are being built, here or there', async () => {
    const { n1, n4 } = cluster.nodes;
    n4.trees.forget(0);
    expect((await finish(10_000)).state).toBe('running');
    n1.trees.forget(0);
    await cluster.buildTrees('n4');
    expect((await finish(10_000)).state).toBe('running');
    expect(n1.keys().length).toBe(10);
    await cluster.buildTrees('n1');
    expect((await finish()).state).toBe('done');
  });

  it('drops nothing when a record there was mended while it compared', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    await earlier(async () => {
      await n1.put('late');
      await n2.takeFrom(n1, 'late');
    });
    await n1.damage('late');
    n1.trees.forget(0);
    await cluster.buildTrees('n1');
    // The last that is asked has all that was here when it was asked.
    cluster.network.setLink('n3', 'n1', { delayMsMin: 100, delayMsMax: 100 });
    const compared = calls('n1', 'repair.roots');
    await cluster.leave('n1');
    while (!compared.includes('n3')) await cluster.simulation.advance(1);
    await mend('late');
    await cluster.buildTrees('n1');
    expect((await finish()).state).toBe('done');
    expect(n4.valuesOf('late')).toEqual(['late']);
  });

  it('stops dropping when the move goes on', async () => {
    const { n1 } = cluster.nodes;
    const { store } = n1;
    const keys = Array.from({ length: 600 }, (_, i) => `m${i}`);
    await earlier(() => Promise.all(keys.map((key) => n1.put(key))));
    const write = store.write.bind(store);
    store.write = (writes) => {
      // Whoever begins a move that brings it back here counts on what is here.
      if (writes.length > 1 && writes[0]?.type === 'delete') {
        cluster.simulation.schedule(0, () =>
          cluster.begin(['n4', 'n2', 'n3'], ['n1', 'n2', 'n3'], 'write_both'),
        );
      }
      return write(writes);
    };
    await cluster.leave('n1');
    await cluster.simulation.advance(30_000);
    expect(n1.keys().length).toBe(354);
    expect(n1.transfers.status()).toEqual([]);
  });

  it('keeps damaged records until they are mended', async () => {
    const { n1 } = cluster.nodes;
    await n1.damage('k3');
    const waiting = await finish(10_000);
    expect([waiting.state, n1.keys()]).toEqual(['running', ['k3']]);
    expect(waiting.detail).toContain('damaged');
    expect(n1.damaged.size).toBe(1);
    await mend('k3');
    await cluster.buildTrees('n1');
    expect((await finish()).state).toBe('done');
  });

  it('is given nothing more, and mends what it has', async () => {
    const { n1, n2 } = cluster.nodes;
    await n2.put('new');
    await expect(n1.put('late')).rejects.toMatchObject({ code: 'not_a_replica' });
    await expect(n1.takeFrom(n2, 'new')).rejects.toMatchObject({ code: 'not_a_replica' });
    await n1.damage('k3');
    await mend('k3');
    expect([n1.valuesOf('k3'), n1.keys().length]).toEqual([['k3'], 10]);
  });

  it('is refused at another epoch, in another move, and when it is not registered', async () => {
    const refused = (changed: object, code: string) =>
      expect(
        cluster.ask('n1', LEAVE_PARTITION, { ...cluster.moving, ...changed }),
      ).rejects.toMatchObject({ code });
    await refused({ epoch: cluster.epoch - 1 }, 'stale_epoch');
    await refused({ session: 1 }, 'stale_epoch');
    cluster.nodes.n1.counted = false;
    await refused({}, 'not_ready');
    cluster.nodes.n1.counted = true;
    cluster.stage('read_new');
    await refused({ epoch: cluster.epoch }, 'stale_epoch');
    expect(cluster.nodes.n1.keys().length).toBe(10);
  });
});

describe('a node that keeps the partition for a greater n only', () => {
  it('drops the n that it lost, and nothing else', async () => {
    const { n2, n3, n4 } = cluster.nodes;
    // n4 is put in the second place again: a move that was taken back.
    cluster.begin(['n2', 'n3'], ['n2', 'n4', 'n3'], 'write_both');
    for (const bucket of [PAIR, TRIPLE]) {
      for (const node of [n4, n2, n3]) {
        if (node === n4) await node.put('a', 'a', bucket);
        else await node.takeFrom(n4, 'a', bucket);
      }
    }
    await n2.put('a', 'a', SOLO);
    cluster.stage('stable');
    await cluster.buildTrees('n2', 'n3', 'n4');
    const progress = await cluster.until(() => cluster.leave('n3'));
    expect(progress).toMatchObject({ state: 'done', keys: 1 });
    expect([n3.keys(PAIR), n3.keys(TRIPLE).includes('a')]).toEqual([[], true]);
    expect((await cluster.until(() => cluster.leave('n2'))).keys).toBe(0);
    expect(n2.keys(SOLO)).toEqual(['a']);
  });
});
