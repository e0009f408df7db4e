import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { RecordRebuild } from '../../../src/repair/record-rebuild.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { MovingCluster } from '../coordinator/moving-cluster.ts';

const C = ['n1', 'n2', 'n3'];
const SWAPPED = ['n1', 'n2', 'n4'];
const address = { partition: 0, bucketNumber: 1, key: utf8('k') };

let cluster: MovingCluster;

beforeEach(async () => {
  cluster = new MovingCluster(5, C);
  await cluster.put('n1', 'k', { w: 3 });
});

/** The disk of the node damages the record, and the node has noticed. */
async function damage(self: NodeId): Promise<RecordRebuild> {
  const { simulation } = cluster;
  const { store, replica, damaged, view, transport } = cluster.node(self);
  const key = objectKey(address);
  const value = Buffer.from(store.get(key) as Uint8Array);
  value[0] = (value[0] as number) ^ 1;
  await simulation.complete(store.write([{ type: 'put', key, value }]));
  expect(replica.isDamaged(address)).toBe(true);
  damaged.note(address);
  const rebuild = new RecordRebuild({
    ...{ self, view, transport, replica, damaged },
    clock: new SimClock(simulation),
    rebuilt: { add: () => {} },
    logger: new SimLogger(simulation, self),
    onFatal: (error) => {
      throw error;
    },
  });
  rebuild.start();
  return rebuild;
}

/** Whether it is whole after a while. */
async function mendedAt(id: NodeId): Promise<boolean> {
  await cluster.simulation.advance(20_000);
  return !cluster.node(id).replica.isDamaged(address);
}

describe('a damaged record', () => {
  it('is rebuilt when all other replicas have answered', async () => {
    await damage('n1');
    cluster.silence('n3');
    expect(await mendedAt('n1')).toBe(false);
    cluster.bringBack();
    expect(await mendedAt('n1')).toBe(true);
    expect(cluster.node('n1').replica.read(address)?.object.siblings.length).toBe(1);
  });

  it('in a partition that moves is rebuilt without a newcomer that is being filled', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    await damage('n1');
    cluster.silence('n4');
    expect(await mendedAt('n1')).toBe(true);
  });

  it.each(['write_both', 'read_new'] as const)(
    'needs the one that is on the way out: %s',
    async (stage) => {
      cluster.enter(stage, [C, SWAPPED]).byAll();
      await damage('n1');
      cluster.silence('n3');
      expect(await mendedAt('n1')).toBe(false);
    },
  );

  it('needs the newcomer once reads ask it', async () => {
    cluster.enter('read_new', [C, SWAPPED]).byAll();
    await damage('n1');
    cluster.silence('n4');
    expect(await mendedAt('n1')).toBe(false);
  });

  it('is not mended with what was fetched by an earlier ring', async () => {
    cluster.network.setLink('n2', 'n1', { delayMsMin: 50, delayMsMax: 50 });
    await damage('n1');
    await cluster.simulation.advance(20);
    cluster.enter('stable', [C, ['n5', 'n2', 'n3']]).byAll();
    cluster.settleOn(['n5', 'n2', 'n3']);
    await cluster.simulation.advance(100);
    expect(cluster.node('n1').replica.isDamaged(address)).toBe(true);
  });
});

describe('a loss that an operator accepts', () => {
  const values = (id: NodeId) =>
    cluster
      .node(id)
      .replica.read(address)
      ?.object.siblings.map(({ value }) => `${value}`);

  it('leaves what those have who can read theirs', async () => {
    const rebuild = await damage('n1');
    await damage('n2');
    expect(await mendedAt('n1')).toBe(false);
    expect(await cluster.simulation.complete(rebuild.acceptLoss(address))).toBe('rebuilt');
    expect(values('n1')).toEqual(values('n3'));
    expect(cluster.node('n1').damaged.size).toBe(0);
    // Now there are two whole ones for the other.
    await cluster.simulation.advance(300_000);
    expect(values('n2')).toEqual(values('n3'));
  });

  it('leaves nothing where nobody can, and the key can be written again', async () => {
    const all = await Promise.all(C.map(damage));
    expect(await mendedAt('n1')).toBe(false);
    for (const rebuild of all) {
      expect(await cluster.simulation.complete(rebuild.acceptLoss(address))).toBe('gone');
    }
    expect(values('n1')).toBeUndefined();
    await cluster.put('n1', 'k', { w: 3 });
    expect(values('n2')).toHaveLength(1);
  });

  it('is refused while somebody is silent who may have it', async () => {
    const rebuild = await damage('n1');
    cluster.silence('n3');
    const accepting = cluster.simulation.complete(rebuild.acceptLoss(address));
    await expect(accepting).rejects.toThrow();
    expect(cluster.node('n1').replica.isDamaged(address)).toBe(true);
  });

  it('is none where the record is whole', async () => {
    const rebuild = await damage('n1');
    expect(await mendedAt('n1')).toBe(true);
    expect(await cluster.simulation.complete(rebuild.acceptLoss(address))).toBe('whole');
    expect(values('n1')).toHaveLength(1);
  });
});
