/**
 * What a node kept for another one comes late, while deleted keys are reaped: a tombstone must
 * not kill a key that was made again (Riak's doomstone), an old value must not bring one back.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import type { ReapStatus } from '../../src/node/index.ts';
import type { ReplicaRecord } from '../../src/replica/record-codec.ts';
import { recordsOn, storedKeyOf, tombstonesOn } from './disks.ts';
import { type TestCluster, valuesOf } from './harness.ts';
import { bringBack, drain, hintsWaiting, kill, placesOf } from './places.ts';
import { holdUp, onDisks, ROUNDS_MS, startReaping, total } from './reaping-cluster.ts';

const KEY = 'k';
const HELD_UP_MS = 60_000;
/** Until nodes that were away are found to be back, and have exchanged what they missed. */
const BACK_MS = 16_000;

let cluster: TestCluster;
let p1: NodeId;
let p2: NodeId;
let p3: NodeId;
/** Stands in for p3. */
let f1: NodeId;

beforeEach(async () => {
  cluster = await startReaping(5, 71);
  const { replicas, fallbacks } = await placesOf(cluster, KEY);
  [p1, p2, p3] = replicas as [NodeId, NodeId, NodeId];
  [f1] = fallbacks as [NodeId];
});

afterEach(() => {
  expect(cluster.fatalErrors).toEqual([]);
});

const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));
const remove = (...parameters: Parameters<TestCluster['delete']>) =>
  cluster.complete(cluster.delete(...parameters));
const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));
const rounds = (count = 1) => cluster.simulation.advance(count * ROUNDS_MS);

async function statusAtFirst(): Promise<ReapStatus> {
  return cluster.complete(cluster.request(p1, async (node) => node.reapStatus()));
}

function recordOn(id: NodeId): ReplicaRecord {
  const record = recordsOn(cluster, id).get(storedKeyOf(cluster, id, KEY));
  if (record === undefined || record === 'damaged') throw new Error(`${id} has no such record`);
  return record;
}

/** Three writes that follow each other, so that their actor has counted. */
async function putInTurn(): Promise<void> {
  for (const value of ['bob', 'phil', 'pete']) {
    const { context } = await get(p1, KEY, { r: 3 });
    await put(p1, KEY, value, { w: 3, contexts: context === undefined ? [] : [context] });
  }
}

async function expectEverywhere(values: readonly string[]): Promise<void> {
  for (const id of cluster.nodeIds) expect(valuesOf(await get(id, KEY, { r: 3 }))).toEqual(values);
}

describe('a tombstone that a node kept for another one', () => {
  it('and that is still on its way when it was reaped does not kill what was made again', async () => {
    await putInTurn();
    await kill(cluster, p3);
    const { quorum } = await remove(p1, KEY, { w: 3 });
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    const clockBefore = recordOn(p1).object.clock;
    const held = holdUp(cluster, 'replica.store_many', f1, p3, HELD_UP_MS);
    await bringBack(cluster, p3);
    while (held.count === 0) await cluster.simulation.advance(10);
    held.mend();
    await cluster.simulation.advance(BACK_MS);
    await drain(cluster);
    await rounds();
    expect(onDisks(cluster)).toEqual([]);

    await put(p1, KEY, 'jon', { w: 3 });
    await cluster.simulation.advance(HELD_UP_MS);
    await drain(cluster);
    await rounds();
    await expectEverywhere(['jon']);
    for (const id of [p1, p2, p3]) {
      // A new actor, of which no tombstone can know; and nothing came of the one that was late.
      const { clock, siblings } = recordOn(id).object;
      expect(clock).toEqual(siblings.map(({ dot }) => dot));
      const isKnown = ({ lineage, actorEpoch }: (typeof clock)[number]) =>
        clockBefore.some((dot) => dot.lineage === lineage && dot.actorEpoch === actorEpoch);
      expect(clock.some(isKnown)).toBe(false);
    }
  });

  it('stays while that node is down, and neither kills what is made again nor comes back', async () => {
    await putInTurn();
    await kill(cluster, p3);
    await remove(p1, KEY, { w: 3 });
    await kill(cluster, f1);
    await bringBack(cluster, p3);
    await cluster.simulation.advance(BACK_MS);
    await rounds(2);
    expect(tombstonesOn(cluster)).toHaveLength(3);
    expect(total(cluster, 'reaped_keys_total')).toBe(0);

    await put(p1, KEY, 'jon', { w: 3 });
    await bringBack(cluster, f1);
    await drain(cluster);
    await rounds(2);
    await expectEverywhere(['jon']);
    expect(onDisks(cluster)).toHaveLength(3);
    expect(total(cluster, 'reaped_keys_total')).toBe(0);
  });
});

describe('an old value that a node kept for another one', () => {
  it('finds the tombstone when that node is back, and is reaped with it', async () => {
    await kill(cluster, p3);
    const { quorum } = await put(p1, KEY, 'old', { w: 3 });
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    await kill(cluster, f1);
    await bringBack(cluster, p3);
    await cluster.simulation.advance(BACK_MS);
    await remove(p2, KEY, { w: 3, pw: 3 });
    await rounds(3);
    expect(tombstonesOn(cluster)).toHaveLength(3);
    expect(total(cluster, 'reap_rounds_begun_total')).toBe(0);
    const { waiting, hindrances } = await statusAtFirst();
    expect(waiting).toBe(1);
    expect(hindrances).toMatchObject([{ obstacle: 'member_down', nodes: [f1] }]);

    await bringBack(cluster, f1);
    expect(await hintsWaiting(cluster)).toBe(1);
    await drain(cluster);
    expect(valuesOf(await get(p3, KEY, { r: 1 }))).toEqual([]);
    await rounds(2);
    expect(onDisks(cluster)).toEqual([]);
    expect(total(cluster, 'reaped_keys_total')).toBe(1);
    await expectEverywhere([]);
    expect(await statusAtFirst()).toMatchObject({ waiting: 0, hindrances: [] });
  });
});
