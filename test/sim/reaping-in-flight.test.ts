/** Reaping while old values are still on their way, and rounds that are cut short. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import { whatStaysApart } from './agreement.ts';
import { valuesOf } from './harness.ts';
import { bringBack, drain, kill, placesOf } from './places.ts';
import {
  cluster,
  expectNoFaults,
  get,
  KEY,
  put,
  remove,
  rounds,
  start,
} from './present-reaping.ts';
import { holdUp, onArrival, onDisks } from './reaping-cluster.ts';

/** How late a message comes that is held up on its way. */
const HELD_UP_MS = 60_000;
/** Before whoever asked has given up. */
const HELD_UP_BRIEFLY_MS = 9_000;
/** Until nodes that were cut off are found to be back. */
const BACK_MS = 8_000;

expectNoFaults();

describe('a stale value that is on its way while its tombstone is reaped', () => {
  let p1: NodeId;
  let p2: NodeId;
  let p3: NodeId;
  let f1: NodeId;

  async function startWith(nodes: number, compareEveryMs: number | 'never' = 3_000) {
    await start(nodes, 71, { compareEveryMs });
    const { replicas, fallbacks } = await placesOf(cluster, KEY);
    [p1, p2, p3] = replicas as [NodeId, NodeId, NodeId];
    [f1] = fallbacks as [NodeId];
  }

  async function putBehind(cutOff: NodeId): Promise<void> {
    const others = [p1, p2, p3].filter((id) => id !== cutOff);
    cluster.network.cutBothWays([cutOff], others);
    await put(others[0] as NodeId, KEY, 'v', { w: 2 });
    cluster.network.heal();
  }

  /** Deletes the key everywhere; it must be gone, and stay so when what is held up arrives. */
  async function reapAndWait(): Promise<void> {
    await remove(p2, KEY, { w: 3 });
    await rounds(2);
    expect(onDisks(cluster)).toEqual([]);
    await cluster.simulation.advance(HELD_UP_MS);
    await drain(cluster);
    expect(onDisks(cluster)).toEqual([]);
  }

  it('is not brought back by a write', async () => {
    await startWith(3);
    const held = holdUp(cluster, 'replica.store', p1, p3, HELD_UP_MS);
    await put(p1, KEY, 'v', { w: 2 });
    held.mend();
    expect(held.count).toBe(1);
    await cluster.simulation.advance(BACK_MS);
    await reapAndWait();
  });

  it('is not brought back by a repair', async () => {
    await startWith(3, 'never');
    await putBehind(p3);
    await cluster.simulation.advance(BACK_MS);
    const held = holdUp(cluster, 'replica.store', p1, p3, HELD_UP_MS);
    await get(p1, KEY, { r: 3 });
    await cluster.simulation.advance(1);
    held.mend();
    expect(held.count).toBe(1);
    await cluster.simulation.advance(BACK_MS);
    await reapAndWait();
  });

  it('is not brought back by what an exchange pushes', async () => {
    await startWith(3);
    await putBehind(p3);
    const held = [p1, p2].map((id) => holdUp(cluster, 'replica.store_many', id, p3, HELD_UP_MS));
    await cluster.simulation.advance(2 * BACK_MS);
    for (const { mend } of held.reverse()) mend();
    expect(held.some(({ count }) => count > 0)).toBe(true);
    await reapAndWait();
  });

  it('is not brought back by what an exchange pulls', async () => {
    await startWith(3);
    await putBehind(p1);
    const held = holdUp(cluster, 'reply repair.pull', p2, p1, HELD_UP_BRIEFLY_MS);
    while (held.count === 0) await cluster.simulation.advance(10);
    await remove(p2, KEY, { w: 3 });
    await cluster.simulation.advance(HELD_UP_BRIEFLY_MS - 1_000);
    expect(onDisks(cluster)).toEqual([]);
    await cluster.simulation.advance(2_000);
    expect(onDisks(cluster)).toEqual([]);
  });

  it('is not brought back by the delivery of a hint', async () => {
    await startWith(5);
    await kill(cluster, p3);
    const { quorum } = await put(p1, KEY, 'v', { w: 3 });
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    const held = holdUp(cluster, 'replica.store_many', f1, p3, HELD_UP_MS);
    await bringBack(cluster, p3);
    while (held.count === 0) await cluster.simulation.advance(10);
    held.mend();
    await cluster.simulation.advance(2 * BACK_MS);
    await drain(cluster);
    await reapAndWait();
  });

  it('is not brought back by a hint that reaches its fallback late', async () => {
    await startWith(5);
    await kill(cluster, p3);
    const held = holdUp(cluster, 'replica.hint', p1, f1, HELD_UP_MS);
    await put(p1, KEY, 'v', { w: 2 });
    held.mend();
    expect(held.count).toBe(1);
    await cluster.simulation.advance(BACK_MS);
    await bringBack(cluster, p3);
    await drain(cluster);
    await cluster.simulation.advance(2 * BACK_MS);
    await reapAndWait();
  });
});

describe('a write that is on its way while other keys of its partition are reaped', () => {
  beforeEach(async () => {
    await start(3, 74, { partitionCount: 1 });
    await put('n1', 'other', 'v', { w: 3 });
  });

  it('is refused as read too early, read again, and acknowledged', async () => {
    const held = holdUp(cluster, 'replica.store', 'n1', 'n3', 4_000);
    const writing = cluster.put('n1', KEY, 'v', { w: 3, timeoutMs: 20_000 });
    await cluster.simulation.advance(1);
    held.mend();
    await remove('n2', 'other', { w: 3 });
    const { quorum } = await cluster.complete(writing);
    expect([held.count, quorum.reached.length]).toEqual([1, 3]);
    expect(onDisks(cluster)).toEqual(['n1: k', 'n2: k', 'n3: k']);
  });

  it('and so is what a blocking read makes durable', async () => {
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await put('n1', KEY, 'v', { w: 2 });
    cluster.network.heal();
    const held = holdUp(cluster, 'replica.store', 'n1', 'n3', 4_000);
    await cluster.simulation.advance(400);
    const reading = cluster.get('n1', KEY, { r: 3, readRepair: 'blocking', timeoutMs: 20_000 });
    while (held.count === 0) await cluster.simulation.advance(1);
    held.mend();
    await remove('n2', 'other', { w: 3 });
    expect(valuesOf(await cluster.complete(reading))).toEqual(['v']);
    expect(onDisks(cluster).filter((key) => key.endsWith(KEY))).toHaveLength(3);
  });
});

describe('a round that is cut short', () => {
  const kinds = ['reap.held', 'reap.agree', 'reap.adopt', 'reap.mark', 'reap.remove', 'reap.end'];
  const ways = { kill: 'kill', 'power loss': 'losePower' } as const;
  const cuts = kinds.flatMap((kind) =>
    (['n1', 'n2', 'n3'] as const).map((id, i) => ({
      kind,
      id,
      way: (i + kinds.indexOf(kind)) % 2 === 0 ? ('kill' as const) : ('power loss' as const),
    })),
  );

  it.each(cuts)(
    'by the $way of $id when $kind arrives is done again',
    async ({ kind, id, way }) => {
      await start(3, 71);
      for (let i = 0; i < 10; i++) await put('n1', `k${i}`, 'v', { w: 3 });
      for (let i = 0; i < 10; i++) await remove('n2', `k${i}`, { w: 3 });
      await put('n1', 'lasting', 'v', { w: 3 });
      let struck = false;
      onArrival(cluster, kind, () => {
        struck = true;
        cluster.simulation.schedule(0.3, () => cluster[ways[way]](id));
      });
      await cluster.simulation.advance(5_000);
      expect(struck).toBe(true);
      await bringBack(cluster, id);
      await rounds(3);
      expect(onDisks(cluster)).toEqual(['n1: lasting', 'n2: lasting', 'n3: lasting']);
      expect(await whatStaysApart(cluster)).toEqual([]);
    },
  );

  it('by the power loss of all, right after they have marked, is done again', async () => {
    await start(3, 71);
    await put('n1', KEY, 'v', { w: 3 });
    await remove('n2', KEY, { w: 3 });
    onArrival(cluster, 'reap.remove', () => {
      for (const id of cluster.nodeIds) {
        cluster.simulation.schedule(0, () => cluster.losePower(id));
      }
    });
    await cluster.simulation.advance(5_000);
    await bringBack(cluster, ...cluster.nodeIds);
    await rounds(3);
    expect(onDisks(cluster)).toEqual([]);
    expect(await whatStaysApart(cluster)).toEqual([]);
  });

  it('leaves a key that was created again in the meantime', async () => {
    await start(3, 71);
    await put('n1', KEY, 'v', { w: 3 });
    await remove('n2', KEY, { w: 3 });
    let created: Promise<unknown> = Promise.resolve();
    onArrival(cluster, 'reap.remove', () => {
      created = cluster.put('n1', KEY, 'again', { w: 3 });
    });
    await cluster.simulation.advance(5_000);
    await cluster.complete(created);
    await rounds();
    for (const id of cluster.nodeIds) expect(valuesOf(await get(id, KEY))).toEqual(['again']);
    expect(await whatStaysApart(cluster)).toEqual([]);
  });
});
