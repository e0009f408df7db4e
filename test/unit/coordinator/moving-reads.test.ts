/** Reads and listings while a partition moves: protocols.md, section 8. */

import { beforeEach, describe, expect, it } from 'vitest';
import { makeEnvironment } from '../../../src/coordinator/environment.ts';
import { readObject } from '../../../src/coordinator/read-path.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { FETCH_OBJECT, fetchRequest, LIST_KEYS } from '../../../src/replica/messages.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { planKey } from '../../../src/routing/key-plan.ts';
import { MovingCluster, refusal } from './moving-cluster.ts';

const C = ['n1', 'n2', 'n3'];
const SWAPPED = ['n1', 'n2', 'n4'];
const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];
const READ: Readonly<Record<MoveStage, readonly string[]>> = {
  prepare: C,
  write_both: C,
  read_new: SWAPPED,
  stable: SWAPPED,
};

let cluster: MovingCluster;

beforeEach(() => {
  cluster = new MovingCluster(5, C);
});

describe('a read, by stage,', () => {
  it.each(STAGES)('asks the list that it has to ask: %s', async (stage) => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter(stage, [C, SWAPPED]).byAll();
    for (const at of cluster.ids) {
      const { quorum } = await cluster.get(at, 'k', { r: 'all', sloppy: false });
      expect(quorum.reached.toSorted()).toEqual(READ[stage]);
    }
  });

  it.each(STAGES)('takes nobody else for one of it, nor for a fallback: %s', async (stage) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    cluster.lose('n2', READ[stage][2] as string);
    const { quorum } = await cluster.get('n1', 'k', { r: 2 });
    expect(quorum.reached).toEqual(['n1', 'n5']);
    expect(await refusal(cluster.get('n1', 'k', { r: 3 }))).toMatchObject({
      code: 'read_quorum_not_met',
    });
  });

  it.each(STAGES)('is not answered by a newcomer that is being filled: %s', async (stage) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    const { epoch } = cluster.ring;
    const address = { partition: 0, bucketNumber: 1, key: utf8('k'), epoch };
    const list = { bucketNumber: 1, prefix: utf8(''), limit: 1 };
    const { transport } = cluster.node('n1');
    const deadline = { deadline: cluster.simulation.nowMs + 100 };
    const answers = await cluster.simulation.complete(
      Promise.allSettled([
        transport.call('n4', FETCH_OBJECT, fetchRequest(address, null), deadline),
        transport.call(
          'n4',
          LIST_KEYS,
          { ...list, partitions: [{ partition: 0, epoch }] },
          deadline,
        ),
      ]),
    );
    const isFilled = READ[stage] === SWAPPED;
    for (const answer of answers) {
      if (isFilled) expect(answer.status).toBe('fulfilled');
      else expect(answer).toMatchObject({ reason: { code: 'not_a_replica' } });
    }
  });

  it('is of the prefix of each n by itself', async () => {
    cluster = new MovingCluster(5, ['n1', 'n2', 'n3']);
    for (const id of cluster.ids) cluster.node(id).view.counts.set('test', 2);
    // n3 keeps nothing of a bucket with n=2, and comes to do so when n1 is removed.
    cluster.enter('write_both', [C, ['n2', 'n3']]).byAll();
    await cluster.put('n2', 'k', { w: 2, sloppy: false });
    await cluster.simulation.advance(10);
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n3']);
    const { quorum } = await cluster.get('n2', 'k', { r: 'all' });
    expect(quorum.reached.toSorted()).toEqual(['n1', 'n2']);
    cluster.enter('read_new').byAll();
    const later = await cluster.get('n2', 'k', { r: 'all' });
    expect(later.quorum.reached.toSorted()).toEqual(['n2', 'n3']);
  });
});

describe('a read whose node hears of the change late', () => {
  it('is begun anew by the new list', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('read_new', [C, SWAPPED]).byAllBut('n1');
    cluster.simulation.schedule(50, () => cluster.hear('n1'));
    const { quorum } = await cluster.get('n1', 'k', { r: 'all', sloppy: false });
    expect(quorum.reached.toSorted()).toEqual(SWAPPED);
  });

  it('does not wait for the silent ones of the old list', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('stable', [C, SWAPPED]).byAllBut('n1');
    cluster.silence('n3');
    cluster.simulation.schedule(50, () => cluster.hear('n1'));
    const begun = cluster.simulation.nowMs;
    await cluster.get('n1', 'k', { r: 'quorum', sloppy: false });
    expect(cluster.simulation.nowMs - begun).toBeLessThan(500);
  });

  it('reads nothing here by a plan that is older than the ring', async () => {
    const { ports } = cluster.node('n1');
    const env = makeEnvironment(ports);
    const plan = planKey(ports.view, 'test', utf8('k'));
    cluster.enter('stable', [C, ['n4', 'n2', 'n3']]).byAll();
    const levels = { r: 1, pr: 0, readRepair: 'off', sloppy: false } as const;
    expect(await refusal(readObject(env, plan, levels, 1_000))).toMatchObject({
      code: 'stale_epoch',
      facts: { epoch: cluster.ring.epoch },
    });
  });

  it('is handed over by one that lost its place meanwhile', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('stable', [C, SWAPPED]).byAllBut('n3');
    cluster.simulation.schedule(50, () => cluster.hear('n3'));
    const { quorum } = await cluster.get('n3', 'k', { r: 'all', sloppy: false });
    expect(quorum.coordinator).not.toBe('n3');
    expect(quorum.reached.toSorted()).toEqual(SWAPPED);
  });

  it('is refused, as it always may be, where it never hears', async () => {
    cluster.enter('stable', [C, SWAPPED]).byAllBut('n1');
    const error = await refusal(cluster.get('n1', 'k', { sloppy: false }));
    expect(error).toMatchObject({ code: 'stale_epoch', definite: true, status: 503 });
  });

  it('comes before a delete that was sent no context', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1');
    cluster.simulation.schedule(50, () => cluster.hear('n1'));
    await cluster.put('n1', 'k', { content: null, w: 3, sloppy: false });
    expect((await cluster.get('n1', 'k', { r: 'all' })).object.siblings).toEqual([]);
  });
});

describe('read_repair=blocking', () => {
  /** One of the old list alone has the key, and reads ask it. */
  async function onlyAt(id: string): Promise<void> {
    cluster.silence(...C.filter((other) => other !== id));
    await cluster.put(id, 'k', { w: 1, sloppy: false });
    await cluster.simulation.advance(6_000);
    cluster.bringBack();
    await cluster.simulation.advance(500);
  }

  it('has the value durable on R of the old list and R of the new one', async () => {
    await onlyAt('n3');
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    cluster.silence('n1', 'n2');
    // n3 alone would do for R of the old list.
    const blocking = { r: 1, readRepair: 'blocking', sloppy: false } as const;
    await cluster.get('n3', 'k', blocking);
    expect(cluster.keeping('k')).toEqual(['n3', 'n4']);
  });

  it('is refused where that cannot be had', async () => {
    await onlyAt('n3');
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    cluster.silence('n1', 'n2', 'n4');
    const blocking = { r: 1, readRepair: 'blocking', sloppy: false } as const;
    expect(await refusal(cluster.get('n3', 'k', blocking))).toMatchObject({
      code: 'repair_quorum_not_met',
    });
  });

  it('asks nothing of the new list before writes do', async () => {
    await onlyAt('n3');
    cluster.enter('prepare', [C, SWAPPED]).byAll();
    await cluster.get('n1', 'k', { r: 'all', readRepair: 'blocking', sloppy: false });
    expect(cluster.keeping('k')).toEqual(C);
  });
});

describe('read repair in the background', () => {
  it.each(STAGES)('brings nothing to a newcomer that reads do not ask: %s', async (stage) => {
    cluster.silence('n2');
    await cluster.put('n1', 'k', { w: 2, sloppy: false });
    await cluster.simulation.advance(6_000);
    cluster.bringBack();
    await cluster.simulation.advance(500);
    cluster.enter(stage, [C, SWAPPED]).byAll();
    await cluster.get('n1', 'k', { r: 'all', readRepair: 'async', sloppy: false });
    await cluster.simulation.advance(100);
    const isAsked = READ[stage].includes('n4');
    expect(cluster.keeping('k')).toEqual(isAsked ? ['n1', 'n2', 'n3', 'n4'] : C);
  });
});

describe('a listing', () => {
  it.each(STAGES)('asks the list that reads ask: %s', async (stage) => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter(stage, [C, SWAPPED]).byAll();
    for (const at of cluster.ids) expect(await cluster.list(at)).toEqual(['k']);
  });

  it('chooses its nodes anew where the ring changed, and leaves out nobody for it', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1', 'n5');
    cluster.lose('n3');
    cluster.simulation.schedule(50, () => cluster.hear('n1', 'n5'));
    expect(await cluster.list('n5')).toEqual(['k']);
  });

  it('waits for a node that hears later', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    cluster.enter('write_both', [C, SWAPPED]).by('n5', 'n1');
    cluster.lose('n3');
    cluster.simulation.schedule(50, () => cluster.hear('n2'));
    expect(await cluster.list('n5')).toEqual(['k']);
  });
});
