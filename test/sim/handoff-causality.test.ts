/** What hints must not do to versions: riak_kv#679 with fallbacks and handoff, and the doomstone. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import { loseObjects, startCluster, type TestCluster } from './harness.ts';
import { bringBack, drain, kill, knownAt, placesOf } from './places.ts';

const KEY = 'k';

let cluster: TestCluster;
let primaries: readonly NodeId[];
let p1: NodeId;
let p3: NodeId;
let f1: NodeId;
let f2: NodeId;

beforeEach(async () => {
  cluster = await startCluster(52, { nodes: 5 });
  const { replicas, fallbacks } = await placesOf(cluster, KEY);
  primaries = replicas;
  [p1, , p3] = replicas as [NodeId, NodeId, NodeId];
  [f1, f2] = fallbacks as [NodeId, NodeId];
});

const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));

async function everywhere(): Promise<readonly (readonly string[])[]> {
  return Promise.all(primaries.map((id) => knownAt(cluster, id, KEY)));
}

describe('a fallback that forgot', () => {
  it('its hints with its disk does not make an earlier write disappear (kv679_fb)', async () => {
    await kill(cluster, ...primaries);
    const first = await put(f1, KEY, 'one', { w: 2 });
    await put(f1, KEY, 'two', { w: 2, contexts: [first.context] });
    cluster.kill(f1);
    loseObjects(cluster, f1);
    await cluster.launch(f1);
    await bringBack(cluster, ...primaries);
    await cluster.untilReady(f1);
    await drain(cluster);
    await kill(cluster, ...primaries);
    await put(f1, KEY, 'from the one that forgot', { w: 1 });
    await bringBack(cluster, ...primaries);
    await drain(cluster);
    const all = { r: 3, sloppy: false, readRepair: 'blocking' } as const;
    await cluster.complete(cluster.get(p1, KEY, all));
    for (const values of await everywhere()) {
      expect(values).toEqual(['from the one that forgot', 'two']);
    }
  });

  it('what it has handed over does not count on where it was (kv679_fb2)', async () => {
    await kill(cluster, ...primaries);
    const first = await put(f1, KEY, 'one', { w: 2 });
    expect(first.quorum.coordinator).toBe(f1);
    await put(f1, KEY, 'two', { w: 2, contexts: [first.context] });
    await bringBack(cluster, ...primaries);
    await drain(cluster);
    await kill(cluster, ...primaries);
    await put(f1, KEY, 'after the handoff', { w: 1 });
    await bringBack(cluster, ...primaries);
    await drain(cluster);
    for (const values of await everywhere()) expect(values).toEqual(['after the handoff', 'two']);
  });

  it('a write superseded through a fallback stays superseded after the handoff', async () => {
    await put(p1, KEY, 'old', { w: 3 });
    const { context } = await cluster.complete(cluster.get(p1, KEY));
    await kill(cluster, ...primaries);
    await put(f1, KEY, 'new', { w: 2, contexts: [context] });
    await bringBack(cluster, ...primaries);
    await drain(cluster);
    for (const values of await everywhere()) expect(values).toEqual(['new']);
  });
});

describe('a tombstone that arrives late', () => {
  /** f1 keeps a delete for p3 and is gone, and p3 is back. */
  beforeEach(async () => {
    await put(p1, KEY, 'deleted', { w: 3 });
    await kill(cluster, p3);
    const { quorum } = await cluster.complete(cluster.delete(p1, KEY, { w: 3 }));
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    await kill(cluster, f1);
    await bringBack(cluster, p3);
  });

  async function afterLateDelivery(): Promise<readonly (readonly string[])[]> {
    await bringBack(cluster, f1);
    await drain(cluster);
    expect(cluster.metrics.get(f1)?.value('hints_delivered_total')).toBeGreaterThan(0);
    return everywhere();
  }

  it('does not kill a key that was created again (doomstone)', async () => {
    await put(p1, KEY, 'again', { w: 3 });
    for (const values of await afterLateDelivery()) expect(values).toEqual(['again']);
  });

  it('nor one that was created again by somebody who saw the delete', async () => {
    const { context } = await cluster.complete(cluster.get(p1, KEY, { r: 2 }));
    await put(f2, KEY, 'again', { w: 3, contexts: [context] });
    for (const values of await afterLateDelivery()) expect(values).toEqual(['again']);
  });

  it('still deletes where nobody wrote since', async () => {
    expect(await knownAt(cluster, p3, KEY)).toEqual(['deleted']);
    for (const values of await afterLateDelivery()) expect(values).toEqual([]);
  });
});
