import { beforeEach, describe, expect, it } from 'vitest';
import { COMPARE_ROOTS } from '../../../../src/repair/exchange-messages.ts';
import {
  FENCE_PARTITIONS,
  PREPARE_PARTITIONS,
} from '../../../../src/repair/transfer/transfer-messages.ts';
import { MovingCluster, PAIR, SOLO, TRIPLE } from './moving-cluster.ts';

let cluster: MovingCluster;

beforeEach(() => {
  cluster = new MovingCluster();
});

describe('a fence', () => {
  beforeEach(() => cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both'));

  const fence = (changed = {}) =>
    cluster.ask('n1', FENCE_PARTITIONS, [{ partition: 0, epoch: cluster.epoch, ...changed }]);

  it('stands when all that was taken before is on disk', async () => {
    const { nodes, simulation } = cluster;
    nodes.n1.disk.timing = { commitMsMax: 200, flushMsMax: 200 };
    let durable = false;
    const writing = nodes.n1.put('a').then(() => {
      durable = true;
    });
    await simulation.advance(0);
    expect(await fence()).toEqual([true]);
    expect(durable).toBe(true);
    await writing;
  });

  it('waits for news of the epoch, and no longer than there is time', async () => {
    const { nodes, simulation } = cluster;
    nodes.n1.heldBack = { ...cluster.ring, partitionEpochs: [1, 1, 1, 1] };
    simulation.schedule(300, () => {
      nodes.n1.heldBack = undefined;
    });
    expect(await fence()).toEqual([true]);
    expect(simulation.nowMs).toBeGreaterThan(300);
    nodes.n1.heldBack = { ...cluster.ring, partitionEpochs: [1, 1, 1, 1] };
    expect(await fence()).toEqual(['stale_epoch']);
  });

  it('is refused for another epoch and where the start is not registered, each by itself', async () => {
    const two = [
      { partition: 0, epoch: cluster.epoch - 1 },
      { partition: 1, epoch: 1 },
      { partition: 9, epoch: 1 },
    ];
    const verdicts = await cluster.ask('n1', FENCE_PARTITIONS, two);
    expect(verdicts).toEqual(['stale_epoch', true, 'not_a_replica']);
    cluster.nodes.n1.counted = false;
    expect(await fence()).toEqual(['not_ready']);
    cluster.nodes.n1.counted = true;
    cluster.nodes.n1.transfers.stop();
    expect(await fence()).toEqual(['not_ready']);
  });
});

describe('a newcomer that prepares', () => {
  const prepare = (changed = {}) =>
    cluster.ask('n3', PREPARE_PARTITIONS, [{ ...cluster.moving, ...changed }]);

  /** Kept the partition for each n once; is in C_3 still, and comes into C_2 again. */
  beforeEach(async () => {
    const { n3 } = cluster.nodes;
    cluster.place(['n3', 'n1', 'n2']);
    for (const bucket of [SOLO, PAIR, TRIPLE]) {
      for (const key of ['a', 'b']) await n3.put(key, key, bucket);
    }
    cluster.place(['n1', 'n2', 'n3']);
    await n3.hint('n2', 'c', PAIR);
    cluster.begin(['n1', 'n2', 'n3'], ['n2', 'n3'], 'prepare');
  });

  it('erases what is left, only of the n for which it is one, and no hint', async () => {
    const { n3 } = cluster.nodes;
    expect(await prepare()).toEqual([true]);
    expect([n3.keys(PAIR), n3.keys(TRIPLE), n3.keys(SOLO)]).toEqual([[], ['a', 'b'], ['a', 'b']]);
    expect(n3.hints.targets).toEqual(['n2']);
    n3.crash();
    n3.start();
    expect(n3.keys(PAIR)).toEqual([]);
  });

  it('has trees at once of what is left, so that what comes is counted as it comes', async () => {
    const { n3 } = cluster.nodes;
    expect(n3.trees.isReady(0)).toBe(false);
    expect(await prepare()).toEqual([true]);
    expect([2, 3].map((n) => n3.trees.tree(0, n)?.count)).toEqual([0, 2]);
  });

  it('leaves the trees to a scan where much is left, and where one has begun', async () => {
    const { n3 } = cluster.nodes;
    expect(n3.trees.isReady(0)).toBe(false);
    n3.trees.beginBuild(0, () => {});
    expect(await prepare()).toEqual([true]);
    expect(n3.trees.isReady(0)).toBe(false);
    n3.trees.abandonBuild(0);
    const many = Array.from({ length: 600 }, (_, i) => `k${i}`);
    await Promise.all(many.map((key) => n3.put(key, key, TRIPLE)));
    expect(await prepare()).toEqual([true]);
    expect(n3.trees.isReady(0)).toBe(false);
  });

  it('erases damaged records too', async () => {
    const { n3 } = cluster.nodes;
    await n3.damage('a', PAIR);
    expect(await prepare()).toEqual([true]);
    expect(n3.keys(PAIR)).toEqual([]);
  });

  it('does nothing at another epoch, in another move, or when it is not registered', async () => {
    const { n3 } = cluster.nodes;
    expect(await prepare({ epoch: cluster.epoch - 1 })).toEqual(['stale_epoch']);
    expect(await prepare({ session: 77 })).toEqual(['stale_epoch']);
    n3.counted = false;
    expect(await prepare()).toEqual(['not_ready']);
    n3.counted = true;
    cluster.stage('write_both');
    expect(await prepare()).toEqual(['stale_epoch']);
    expect(n3.keys(PAIR)).toEqual(['a', 'b']);
  });

  it('stops in the middle when a later stage begins, so that what is written then stays', async () => {
    const { n3 } = cluster.nodes;
    const many = Array.from({ length: 1_200 }, (_, i) => `k${String(i).padStart(4, '0')}`);
    cluster.place(['n3', 'n1', 'n2']);
    await Promise.all(many.map((key) => n3.put(key, key, PAIR)));
    cluster.begin(['n1', 'n2', 'n3'], ['n2', 'n3'], 'prepare');
    const { store } = n3;
    const write = store.write.bind(store);
    let erasures = 0;
    store.write = (writes) => {
      if (writes.some(({ type }) => type === 'delete') && ++erasures === 1) {
        cluster.simulation.schedule(0, () => cluster.stage('write_both'));
      }
      return write(writes);
    };
    expect(await prepare()).toEqual(['stale_epoch']);
    expect(erasures).toBe(1);
    expect(n3.keys(PAIR).length).toBe(946);
  });
});

describe('a newcomer that prepares in a cluster that was recovered', () => {
  const FROM = ['n1', 'n2', 'n3'] as const;
  const prepare = () => cluster.ask('n4', PREPARE_PARTITIONS, [cluster.moving], 'n5');

  /** n4 had become a replica in the place of n1; of that the survivor had not heard. */
  beforeEach(async () => {
    cluster = new MovingCluster(1_000_000, true);
    const { n2, n3, n4 } = cluster.nodes;
    cluster.place(['n4', 'n2', 'n3']);
    await n4.put('only here');
    await n4.put('newer here', 'old');
    for (const other of [n2, n3]) await other.takeFrom(n4, 'newer here');
    await n4.put('newer here', 'new');
    cluster.begin(FROM, ['n4', 'n2', 'n3'], 'prepare');
    await n2.put('only there');
    await cluster.buildTrees('n1', 'n2', 'n3', 'n4');
  });

  it('erases what it has when all others have it', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    expect(await prepare()).toEqual([true]);
    expect(n4.keys()).toEqual([]);
    for (const node of [n1, n2, n3]) {
      expect(node.valuesOf('only here')).toEqual(['only here']);
      expect(node.valuesOf('newer here').toSorted()).toEqual(['new', 'old']);
      node.crash();
      node.start();
      expect(node.valuesOf('only here')).toEqual(['only here']);
    }
    expect([n1.keys().includes('only there'), n3.keys().includes('only there')]).toEqual([
      false,
      false,
    ]);
  });

  it('keeps it while one of them is silent, unless that is dead', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    n2.crash();
    await expect(prepare()).rejects.toThrow();
    expect(n4.keys().length).toBe(2);
    cluster.dead.add('n2');
    expect(await prepare()).toEqual([true]);
    expect([n1, n3].map((node) => node.valuesOf('only here').length)).toEqual([1, 1]);
    expect(n4.keys()).toEqual([]);
  });

  it('keeps it while its trees are not known', async () => {
    const { n4 } = cluster.nodes;
    n4.trees.forget(0);
    expect(await prepare()).toEqual(['not_ready']);
    expect(n4.keys().length).toBe(2);
  });

  it('keeps it where nobody else is left: it may be all there is', async () => {
    const { n4 } = cluster.nodes;
    for (const node of FROM) cluster.dead.add(node);
    expect(await prepare()).toEqual([true]);
    expect(n4.keys().length).toBe(2);
  });

  it('asks nobody where it has nothing', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    expect(await prepare()).toEqual([true]);
    for (const node of [n1, n2, n3]) node.crash();
    expect(await prepare()).toEqual([true]);
    expect(n4.keys()).toEqual([]);
  });

  it('is heard as long as it has yet to make room, and no longer', async () => {
    cluster.stage('write_both');
    const tree = { partition: 0, epoch: cluster.epoch, n: 3 };
    const roots = [[tree.partition, tree.epoch, tree.n, 0n]] as const;
    expect(await cluster.ask('n2', COMPARE_ROOTS, roots, 'n4')).toEqual(['not_a_replica']);
    cluster.begin(FROM, ['n4', 'n2', 'n3'], 'prepare');
    const again = [[0, cluster.epoch, 3, 0n]] as const;
    expect(await cluster.ask('n2', COMPARE_ROOTS, again, 'n4')).toEqual(['differs']);
    expect(await cluster.ask('n2', COMPARE_ROOTS, again, 'n5')).toEqual(['not_a_replica']);
    expect(await cluster.ask('n4', COMPARE_ROOTS, again, 'n2')).toEqual(['not_a_replica']);
  });
});
