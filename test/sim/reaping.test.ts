/** Rounds of reaping: what was deleted is gone from every disk, and what stays until when. */

import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import type { ReapStatus } from '../../src/node/index.ts';
import { whatStaysApart } from './agreement.ts';
import { tombstonesOn } from './disks.ts';
import { valuesOf } from './harness.ts';
import { bringBack, drain, hintsWaiting, kill, placesOf } from './places.ts';
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
import { onDisks, total } from './reaping-cluster.ts';

expectNoFaults();

async function statusOf(id: NodeId): Promise<ReapStatus> {
  return cluster.complete(cluster.request(id, async (node) => node.reapStatus()));
}

describe('what was deleted', () => {
  it('is gone from every disk after a round', async () => {
    await start(3, 71);
    for (let i = 0; i < 20; i++) await put('n1', `k${i}`, 'v', { w: 3 });
    for (let i = 0; i < 20; i++) await remove('n2', `k${i}`, { w: 3 });
    await rounds();
    expect(onDisks(cluster)).toEqual([]);
    expect(total(cluster, 'reaped_keys_total')).toBe(20);
    expect(await whatStaysApart(cluster)).toEqual([]);
  });

  it('is gone where fallbacks kept hints of it, and so are these', async () => {
    await start(5, 71);
    const { replicas } = await placesOf(cluster, KEY);
    const [p1, , p3] = replicas as [NodeId, NodeId, NodeId];
    await put(p1, KEY, 'v', { w: 3 });
    await kill(cluster, p3);
    await remove(p1, KEY, { w: 3 });
    await rounds();
    expect(await hintsWaiting(cluster)).toBe(1);
    expect(tombstonesOn(cluster).length).toBeGreaterThan(0);
    await bringBack(cluster, p3);
    await drain(cluster);
    await rounds(2);
    expect(onDisks(cluster)).toEqual([]);
  });

  it('is reaped in few rounds, however much it is', async () => {
    await start(3, 72, { reapEveryMs: 20_000 });
    const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
    await cluster.complete(Promise.all(keys.map((key) => cluster.put('n1', key, 'v', { w: 3 }))));
    await cluster.complete(Promise.all(keys.map((key) => cluster.delete('n2', key, { w: 3 }))));
    await cluster.simulation.advance(90_000);
    expect(onDisks(cluster)).toEqual([]);
    // Each of three nodes begins rounds for the partitions that it is the first to keep.
    expect(total(cluster, 'reap_rounds_begun_total')).toBeLessThanOrEqual(6);
  });

  it('waits while a member is down that keeps none of it, and says for whom', async () => {
    await start(4, 71);
    const { replicas, fallbacks } = await placesOf(cluster, KEY);
    const [first] = replicas as [NodeId];
    const [stranger] = fallbacks as [NodeId];
    await put(first, KEY, 'v', { w: 3 });
    await cluster.stop(stranger);
    await remove(first, KEY, { w: 3 });
    await rounds();
    expect(total(cluster, 'reap_rounds_begun_total')).toBe(0);
    const { waiting, hindrances } = await statusOf(first);
    expect(waiting).toBe(1);
    expect(hindrances).toMatchObject([{ obstacle: 'member_down', nodes: [stranger] }]);
    await bringBack(cluster, stranger);
    await rounds(2);
    expect(onDisks(cluster)).toEqual([]);
  });

  it('waits while a member holds a hint, and says who', async () => {
    await start(5, 71);
    const { replicas, fallbacks } = await placesOf(cluster, KEY);
    const [p1, , p3] = replicas as [NodeId, NodeId, NodeId];
    const [f1] = fallbacks as [NodeId];
    await put(p1, KEY, 'v', { w: 3 });
    await kill(cluster, p3);
    await remove(p1, KEY, { w: 3 });
    cluster.network.cutOneWay([f1], [p3]);
    await bringBack(cluster, p3);
    await rounds();
    expect(await hintsWaiting(cluster)).toBe(1);
    expect(tombstonesOn(cluster).length).toBeGreaterThan(0);
    expect(total(cluster, 'reaped_keys_total')).toBe(0);
    cluster.network.heal();
    await drain(cluster);
    await rounds(2);
    expect(onDisks(cluster)).toEqual([]);
  });
});

describe('what not all replicas have deleted', () => {
  it('stays, and the replicas are said to differ', async () => {
    await start(3, 73, { compareEveryMs: 'never' });
    await put('n1', KEY, 'v', { w: 3 });
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.simulation.advance(3_000);
    await remove('n1', KEY, { w: 2 });
    await cluster.simulation.advance(10_000);
    cluster.network.heal();
    await rounds(2);
    expect(onDisks(cluster)).toHaveLength(3);
    const { replicas } = await placesOf(cluster, KEY);
    const { hindrances } = await statusOf(replicas[0] as NodeId);
    expect(hindrances).toMatchObject([{ obstacle: 'replicas_differ' }]);
    await get('n1', KEY, { r: 3, readRepair: 'blocking' });
    await rounds();
    expect(onDisks(cluster)).toEqual([]);
  });
});

describe('a context that names what was reaped', () => {
  async function reapedContext(): Promise<string> {
    await start(3, 71);
    const { context } = await put('n1', KEY, 'v', { w: 3 });
    await remove('n2', KEY, { w: 3 });
    await rounds();
    expect(onDisks(cluster)).toEqual([]);
    return context;
  }

  it('serves for a put, once', async () => {
    const context = await reapedContext();
    await put('n3', KEY, 'new', { contexts: [context], w: 3 });
    expect(valuesOf(await get('n1', KEY, { r: 3 }))).toEqual(['new']);
  });

  it('serves for a delete', async () => {
    const context = await reapedContext();
    await put('n1', KEY, 'other', { w: 3 });
    await remove('n3', KEY, { contexts: [context], w: 3 });
    expect(valuesOf(await get('n1', KEY, { r: 3 }))).toEqual(['other']);
  });

  it('replaces nothing that its writer has not seen', async () => {
    const context = await reapedContext();
    await put('n1', KEY, 'unseen', { w: 3 });
    await put('n2', KEY, 'new', { contexts: [context], w: 3 });
    expect(valuesOf(await get('n3', KEY, { r: 3 }))).toEqual(['new', 'unseen']);
  });

  it('serves beside one that names what is there', async () => {
    const context = await reapedContext();
    const { context: present } = await put('n1', KEY, 'present', { w: 3 });
    await put('n2', KEY, 'new', { contexts: [context, present], w: 3 });
    expect(valuesOf(await get('n3', KEY, { r: 3 }))).toEqual(['new']);
  });

  it('does not serve where a primary does not answer', async () => {
    const context = await reapedContext();
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await expect(put('n1', KEY, 'new', { contexts: [context], w: 2 })).rejects.toMatchObject({
      code: 'context_unreachable',
    });
  });

  it('does not serve while the write that it names is alive where nobody answers', async () => {
    await start(3, 71);
    await put('n1', 'other', 'v', { w: 3 });
    await remove('n1', 'other', { w: 3 });
    await rounds();
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.simulation.advance(3_000);
    const { context } = await put('n3', KEY, 'alone', { w: 1 });
    await cluster.simulation.advance(1_000);
    await expect(put('n1', KEY, 'new', { contexts: [context], w: 2 })).rejects.toMatchObject({
      code: 'context_unreachable',
    });
    cluster.network.heal();
    await cluster.simulation.advance(8_000);
    await put('n1', KEY, 'new', { contexts: [context], w: 2 });
    expect(valuesOf(await get('n2', KEY, { r: 3 }))).toEqual(['new']);
  });
});

describe('what has expired', () => {
  const TTL_MS = 30_000;
  const DRIFT_MS = 60_000;
  const LATE_MS = 20_000;

  it('is reaped with its record, and never earlier than the drift bound on any node', async () => {
    await start(3, 71);
    await cluster.stop('n2');
    cluster.skewClock('n2', { offsetMs: -LATE_MS, rate: 1 });
    await cluster.start('n2');
    await put('n1', KEY, 'brief', { w: 3, ttlMs: TTL_MS });
    await put('n1', 'lasting', 'v', { w: 3 });
    await cluster.simulation.advance(TTL_MS + LATE_MS + 1_000);
    // A node that was just started looks at all that it has.
    for (const id of cluster.nodeIds) await cluster.stop(id);
    await bringBack(cluster, ...cluster.nodeIds);
    await rounds();
    expect(onDisks(cluster)).toHaveLength(6);
    await cluster.simulation.advance(10 * DRIFT_MS);
    expect(onDisks(cluster)).toEqual(['n1: lasting', 'n2: lasting', 'n3: lasting']);
  });

  it('stays while the clock of a replica is behind', async () => {
    await start(3, 71);
    await cluster.stop('n2');
    cluster.skewClock('n2', { offsetMs: -3_600_000, rate: 1 });
    await cluster.start('n2');
    await put('n1', KEY, 'brief', { w: 3, ttlMs: TTL_MS });
    await cluster.simulation.advance(10 * DRIFT_MS);
    expect(onDisks(cluster)).toHaveLength(3);
    expect(valuesOf(await get('n2', KEY, { r: 3 }))).toEqual(['brief']);
  });
});
