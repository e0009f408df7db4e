/** Writes while a partition moves: protocols.md, section 8. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { ABSENT } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { STORE_OBJECT, storeRequest } from '../../../src/replica/messages.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { MovingCluster, refusal } from './moving-cluster.ts';

const C = ['n1', 'n2', 'n3'];
const SWAPPED = ['n1', 'n2', 'n4'];
const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];

let cluster: MovingCluster;

beforeEach(() => {
  cluster = new MovingCluster(5, C);
});

describe('a write, by stage,', () => {
  const reached = {
    prepare: ['n1', 'n2', 'n3'],
    write_both: ['n1', 'n2', 'n3', 'n4'],
    read_new: ['n1', 'n2', 'n3', 'n4'],
    stable: ['n1', 'n2', 'n4'],
  };

  it.each(STAGES)('goes to those that it has to go to: %s', async (stage) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    await cluster.put('n1', 'k');
    await cluster.simulation.advance(100);
    expect(cluster.keeping('k')).toEqual(reached[stage]);
    expect(cluster.hints()).toEqual([]);
  });

  it('needs its level of the old list and of the new one', async () => {
    const refused = async (w: number | 'quorum' | 'all') =>
      refusal(cluster.put('n1', 'k', { w, sloppy: false }));
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    expect((await cluster.put('n1', 'k', { w: 3, sloppy: false })).quorum).toMatchObject({
      needed: 3,
      reached: expect.arrayContaining(['n1', 'n2', 'n3', 'n4']),
    });
    for (const missing of ['n3', 'n4']) {
      cluster.silence(missing);
      expect(await refused(3)).toMatchObject({ code: 'write_quorum_not_met', definite: false });
      await cluster.put('n1', 'k', { sloppy: false });
      cluster.bringBack();
    }
    cluster.silence('n2', 'n4');
    expect(await refused('quorum')).toMatchObject({ code: 'write_quorum_not_met' });
    cluster.enter('stable').byAll();
    cluster.bringBack();
    cluster.silence('n3');
    await cluster.put('n1', 'k', { w: 3, sloppy: false });
  });

  it('needs its level of primaries of either list', async () => {
    cluster.enter('read_new', [C, SWAPPED]).byAll();
    cluster.silence('n3');
    expect(await refusal(cluster.put('n1', 'k', { w: 1, pw: 3 }))).toMatchObject({
      code: 'write_quorum_not_met',
    });
  });

  it('resolves named levels for each list by itself', async () => {
    cluster = new MovingCluster(5, ['n1', 'n2', 'n3', 'n4']);
    cluster.enter('write_both', [['n1', 'n2', 'n3', 'n4'], C]).byAll();
    // Three of four, and two of three.
    cluster.silence('n3');
    expect((await cluster.put('n1', 'k', { sloppy: false })).quorum.needed).toBe(3);
    cluster.silence('n2');
    expect(await refusal(cluster.put('n1', 'k', { sloppy: false }))).toMatchObject({
      code: 'write_quorum_not_met',
    });
  });

  it('has fallbacks keep it for places of either list, who are of neither', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    cluster.lose('n3', 'n4');
    const { quorum } = await cluster.put('n1', 'k', { w: 3 });
    expect(quorum.reached).toEqual(expect.arrayContaining(['n1', 'n2', 'n5']));
    expect(cluster.hints().toSorted()).toEqual(['n5 for n3', 'n5 for n4']);
  });

  it('is refused at once where too few of either list are reachable', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    cluster.lose('n2', 'n4');
    expect(await refusal(cluster.put('n1', 'k', { sloppy: false }))).toMatchObject({
      code: 'too_few_replicas',
      definite: true,
      facts: { reached: ['n1'], needed: 2 },
    });
    expect(cluster.keeping('k')).toEqual([]);
  });

  it('is coordinated by those whom reads ask, others hand it over', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    expect((await cluster.put('n4', 'k')).quorum.coordinator).not.toBe('n4');
    cluster.enter('read_new').byAll();
    expect((await cluster.put('n3', 'k')).quorum.coordinator).not.toBe('n3');
    expect((await cluster.put('n4', 'k')).quorum.coordinator).toBe('n4');
  });
});

describe('the fence', () => {
  it('keeps what was planned for an earlier epoch out of the store', async () => {
    const { replica, fallback, view } = cluster.node('n1');
    const address = { partition: 0, bucketNumber: 1, key: utf8('k'), epoch: cluster.ring.epoch };
    cluster.enter('prepare', [C, SWAPPED]).by('n1', 'n5');
    const content = { value: utf8('v'), contentType: '', meta: [] };
    expect(() => replica.coordinate(address, EMPTY_CONTEXT, content)).toThrow(
      expect.objectContaining({ code: 'stale_epoch', facts: { epoch: view.ring().epoch } }),
    );
    const state = { encoded: new Uint8Array(), reap: 0 };
    await expect(replica.store(address, state)).rejects.toMatchObject({ code: 'stale_epoch' });
    await expect(fallback.store('n2', address, state)).rejects.toMatchObject({
      code: 'stale_epoch',
    });
    await expect(cluster.node('n5').fallback.store('n2', address, state)).rejects.toMatchObject({
      code: 'stale_epoch',
    });
    const known = { object: ABSENT, reap: 0 };
    const standIn = cluster.node('n5').fallback;
    expect(() =>
      standIn.coordinate('n2', address, known, EMPTY_CONTEXT, content, 'siblings'),
    ).toThrow(expect.objectContaining({ code: 'stale_epoch' }));
    expect([cluster.keeping('k'), cluster.hints()]).toEqual([[], []]);
  });

  it('tells who is refused which epoch the partition is at', async () => {
    const address = { partition: 0, bucketNumber: 1, key: utf8('k'), epoch: cluster.ring.epoch };
    cluster.enter('prepare', [C, SWAPPED]).by('n2');
    const request = storeRequest(address, { encoded: new Uint8Array(), reap: 0 });
    const call = cluster.node('n1').transport.call('n2', STORE_OBJECT, request, { deadline: 100 });
    expect(await refusal(cluster.simulation.complete(call))).toMatchObject({
      code: 'stale_epoch',
      facts: { epoch: cluster.ring.epoch },
    });
  });
});

describe('a write whose coordinator hears of the change late', () => {
  it('keeps its dot, is sent again by the new plan, and counted from zero', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1');
    const heard = cluster.simulation.schedule(50, () => cluster.hear('n1'));
    const { quorum, object } = await cluster.put('n1', 'k', { w: 3, returnBody: true });
    heard.cancel();
    expect(cluster.simulation.nowMs).toBeGreaterThanOrEqual(50);
    expect(quorum.reached.toSorted()).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(object?.siblings.length).toBe(1);
    await cluster.simulation.advance(1_000);
    expect(cluster.hints()).toEqual([]);
    const read = await cluster.get('n1', 'k', { r: 'all' });
    expect([read.object.siblings.length, read.object.clock.length]).toEqual([1, 1]);
  });

  it('does not count what was acknowledged before towards the new lists', async () => {
    // n2 acknowledges by the first plan, and is gone by the second.
    cluster.enter('write_both', [C, SWAPPED]).by('n3');
    cluster.simulation.schedule(50, () => {
      cluster.silence('n2');
      cluster.hear('n1', 'n2', 'n4');
    });
    const put = cluster.put('n1', 'k', { w: 3, sloppy: false });
    expect(await refusal(put)).toMatchObject({
      code: 'write_quorum_not_met',
      definite: false,
    });
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  it('counts not even what its coordinator had, which has to have it still', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1');
    const key = objectKey({ partition: 0, bucketNumber: 1, key: utf8('k') });
    cluster.simulation.schedule(50, () => {
      cluster.node('n1').store.write([{ type: 'delete', key }]);
      cluster.hear('n1');
    });
    await cluster.put('n1', 'k', { w: 3, sloppy: false });
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  it('is in doubt, and no failure, where the coordinator never hears', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1');
    const put = cluster.put('n1', 'k');
    expect(await refusal(put)).toMatchObject({
      code: 'write_quorum_not_met',
      definite: false,
    });
    expect(cluster.keeping('k')).toEqual(['n1']);
  });

  it('is sent on by one that lost its place', async () => {
    cluster.enter('stable', [C, SWAPPED]).byAllBut('n3');
    cluster.simulation.schedule(50, () => cluster.hear('n3'));
    const { quorum } = await cluster.put('n3', 'k', { w: 3, sloppy: false });
    expect(quorum).toMatchObject({ coordinator: 'n3', needed: 3 });
    expect(quorum.reached.toSorted()).toEqual(SWAPPED);
  });

  it('goes on behind the back of a client who was answered', async () => {
    cluster.enter('write_both', [C, SWAPPED]).byAllBut('n1');
    cluster.simulation.schedule(50, () => cluster.hear('n1'));
    await cluster.put('n1', 'k', { w: 1 });
    expect(cluster.keeping('k')).toEqual(['n1']);
    await cluster.simulation.advance(100);
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  it('ends in doubt where its level is above what the new list has', async () => {
    cluster.enter('write_both', [C, ['n1', 'n2']]).byAllBut('n1');
    cluster.simulation.schedule(50, () => cluster.hear('n1'));
    const put = cluster.put('n1', 'k', { w: 3 });
    expect(await refusal(put)).toMatchObject({
      code: 'write_quorum_not_met',
      definite: false,
    });
    const later = cluster.put('n1', 'k', { w: 3 });
    expect(await refusal(later)).toMatchObject({ code: 'bad_parameter', definite: true });
  });

  it('takes no late acknowledgement of the first plan for one of the second', async () => {
    cluster.network.setLink('n2', 'n1', { delayMsMin: 80, delayMsMax: 80 });
    cluster.enter('write_both', [C, SWAPPED]).by('n3', 'n4');
    cluster.simulation.schedule(10, () => cluster.hear('n1', 'n2'));
    const { quorum } = await cluster.put('n1', 'k', { w: 3, sloppy: false });
    // Asked again after 10 ms, n2 is heard of 80 ms later.
    expect(cluster.simulation.nowMs).toBeGreaterThanOrEqual(90);
    expect(quorum.reached).toContain('n2');
  });
});

describe('a request that is handed over by a node that hears late', () => {
  it('is planned again, and run once', async () => {
    // To n5 the list is the old one, of whom n1 keeps nothing any more.
    cluster.enter('stable', [C, ['n4', 'n2', 'n3']]).byAllBut('n5');
    cluster.lose('n2', 'n3');
    cluster.simulation.schedule(50, () => cluster.hear('n5'));
    const { quorum } = await cluster.put('n5', 'k', { w: 1, sloppy: false });
    expect(quorum.coordinator).toBe('n4');
    const { object } = await cluster.get('n4', 'k', { r: 1 });
    expect(object.siblings.length).toBe(1);
  });

  it('is carried out by one that keeps the key by a later ring', async () => {
    cluster.enter('prepare', [C, SWAPPED]).byAllBut('n5');
    const before = cluster.simulation.nowMs;
    await cluster.put('n5', 'k');
    expect(cluster.simulation.nowMs - before).toBeLessThan(50);
  });

  it('waits for one that hears later still', async () => {
    cluster.enter('read_new', [C, SWAPPED]).by('n5');
    cluster.lose('n1', 'n2');
    cluster.simulation.schedule(50, () => cluster.hear('n3', 'n4'));
    const { quorum } = await cluster.put('n5', 'k', { w: 1, sloppy: false });
    expect(quorum.coordinator).toBe('n4');
  });
});
