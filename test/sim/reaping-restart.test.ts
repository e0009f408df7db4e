/** A fallback that ends before it has written down which number it has adopted. */

import { afterEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import { type TestCluster, valuesOf } from './harness.ts';
import { bringBack, drain, kill, placesOf } from './places.ts';
import { holdUp, onArrival, onDisks, ROUNDS_MS, startReaping } from './reaping-cluster.ts';

const KEY = 'k';
/** Before whoever asked has given up. */
const HELD_UP_BRIEFLY_MS = 9_000;
const BACK_MS = 8_000;

let cluster: TestCluster;

afterEach(() => {
  cluster.simulation.onTrace = undefined;
  expect(cluster.fatalErrors).toEqual([]);
});

describe('a fallback that forgets a hint and a number that it had adopted', () => {
  it('does not say that it held nothing, since the hint may be on its way', async () => {
    cluster = await startReaping(5, 71);
    const { simulation } = cluster;
    const { replicas, fallbacks } = await placesOf(cluster, KEY);
    const [p1, p2, p3] = replicas as [NodeId, NodeId, NodeId];
    const [f1] = fallbacks as [NodeId];

    // The hint of a value is held up on its way, while that value is deleted everywhere.
    await kill(cluster, p3);
    let arriveAtFallback: () => void = () => {};
    const deliver = cluster.network.deliver.bind(cluster.network);
    cluster.network.deliver = (from, to, what, arrive) => {
      if (from === p1 && to === f1 && / replica\.hint$/.test(what) && !what.includes('reply')) {
        arriveAtFallback = arrive;
        return;
      }
      deliver(from, to, what, arrive);
    };
    await cluster.complete(cluster.put(p1, KEY, 'v', { w: 2 }));
    cluster.network.deliver = deliver;
    await simulation.advance(BACK_MS);
    await bringBack(cluster, p3);
    await drain(cluster);
    await simulation.advance(2 * BACK_MS);

    // It arrives when the fallback has said that it holds nothing, and is sent on at once.
    const late = holdUp(cluster, 'replica.store_many', f1, p3, HELD_UP_BRIEFLY_MS);
    const slowToHear = cluster.nodeIds.map((id) =>
      holdUp(cluster, 'reply group.propose', id, p1, 900),
    );
    onArrival(cluster, 'reap.agree', () => {
      cluster.disk(f1).timing = { commitMsMax: 1_000_000, flushMsMax: 1 };
      arriveAtFallback();
    });
    await cluster.complete(cluster.delete(p2, KEY, { w: 3 }));
    for (let ms = 0; late.count === 0 && ms < 20_000; ms++) await simulation.advance(1);
    expect(late.count).toBe(1);
    cluster.disk(f1).timing = { commitMsMax: 0.5, flushMsMax: 1 };
    cluster.kill(f1);
    await bringBack(cluster, f1);
    await simulation.advance(HELD_UP_BRIEFLY_MS + 1_000);
    for (const { mend } of [late, ...slowToHear].reverse()) mend();
    expect(valuesOf(await cluster.complete(cluster.get(p1, KEY, { r: 3 })))).toEqual([]);
    await simulation.advance(3 * ROUNDS_MS);
    expect(onDisks(cluster)).toEqual([]);
  });
});
