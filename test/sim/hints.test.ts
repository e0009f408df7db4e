import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import {
  cluster,
  f1,
  f2,
  get,
  KEY,
  p1,
  p2,
  p3,
  put,
  refusal,
  startFive,
} from './key-with-fallbacks.ts';
import { bringBack, drain, hintsAt, hintsWaiting, kill, knownAt } from './places.ts';

beforeEach(() => startFive());

describe('hints', () => {
  /** p3 is away and f1 keeps `v` for it. */
  async function keepForP3(): Promise<void> {
    await kill(cluster, p3);
    await put(p1, KEY, 'v', { w: 3 });
    await cluster.simulation.advance(50);
    expect((await hintsAt(cluster, f1)).map(({ target }) => target)).toEqual([p3]);
  }

  it.each(['stop', 'kill'] as const)(
    'are delivered after the fallback was restarted (gh_riak_core_154): %s',
    async (how) => {
      await keepForP3();
      if (how === 'stop') await cluster.stop(f1);
      else cluster.kill(f1);
      await cluster.start(f1);
      expect(await hintsAt(cluster, f1)).toMatchObject([{ target: p3, count: 1 }]);
      await bringBack(cluster, p3);
      await drain(cluster);
      expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
      expect(cluster.metrics.get(f1)?.value('hints_delivered_total')).toBeGreaterThan(0);
    },
  );

  it('are delivered soon after a short cut that nobody was told of', async () => {
    cluster.network.cutBothWays([p3], [p1, p2, f1, f2]);
    await put(p1, KEY, 'v', { w: 3 });
    await cluster.simulation.advance(1_000);
    expect(await hintsAt(cluster, f1)).toMatchObject([{ target: p3, count: 1, retryInMs: null }]);
    cluster.network.heal();
    await drain(cluster, 2_000);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
  });

  it('are not lost while their target refuses them', async () => {
    await keepForP3();
    const others = [p1, p2, f2];
    for (const id of others) cluster.kill(id);
    cluster.network.cutBothWays([f1], others);
    await cluster.launch(p3);
    await cluster.simulation.advance(5_000);
    expect(cluster.metrics.get(f1)?.value('hint_delivery_failures_total')).toBeGreaterThan(0);
    expect(await hintsAt(cluster, f1)).toMatchObject([{ target: p3, count: 1 }]);
    cluster.network.heal();
    await bringBack(cluster, ...others);
    await drain(cluster);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
  });

  it('are kept until their target has them on disk', async () => {
    await keepForP3();
    cluster.disk(p3).timing = { commitMsMax: 3_000, flushMsMax: 3_000 };
    await cluster.launch(p3);
    for (let i = 0; i < 400 && (await hintsWaiting(cluster)) > 0; i++) {
      await cluster.simulation.advance(25);
    }
    cluster.losePower(p3);
    cluster.slowDisks(p3, { commitMsMax: 1, flushMsMax: 1 });
    await cluster.start(p3);
    await drain(cluster);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
  });

  it.each(['acknowledged', 'told to a reader'])('that were %s are on disk', async (how) => {
    await kill(cluster, p2, p3);
    const slow = { commitMsMax: 50, flushMsMax: 500 };
    for (const id of [f1, f2]) cluster.disk(id).timing = slow;
    const isWrite = how === 'acknowledged';
    const options = { w: isWrite ? 2 : 1, timeoutMs: 10_000 };
    const written = await put(p1, KEY, 'v', options);
    const told = isWrite ? written.quorum : (await get(p1, KEY, { r: 2 })).quorum;
    const keeper = told.reached.find((node) => node !== p1) as NodeId;
    cluster.losePower(keeper);
    cluster.slowDisks(keeper, { commitMsMax: 1, flushMsMax: 1 });
    await cluster.launch(keeper);
    expect(await hintsAt(cluster, keeper)).toMatchObject([{ count: 1 }]);
  });

  it('that were rewritten while they were delivered are delivered again', async () => {
    await keepForP3();
    const { context } = await get(p1, KEY);
    cluster.network.setLink(p3, f1, { delayMsMin: 300, delayMsMax: 300 });
    await cluster.launch(p3);
    await untilOnDisk(p3);
    cluster.network.cutOneWay([p1], [p3]);
    const options = { w: 3, contexts: [context], timeoutMs: 400 };
    const { quorum } = await put(p1, KEY, 'newer', options);
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    await cluster.simulation.advance(350);
    cluster.network.heal();
    await drain(cluster);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['newer']);
  });

  async function untilOnDisk(id: NodeId): Promise<void> {
    const isObject = (key: string) => key.startsWith('\u0002');
    for (let i = 0; i < 10_000; i++) {
      if ([...cluster.disk(id).flushed.keys()].some(isObject)) return;
      await cluster.simulation.advance(1);
    }
    throw new Error('nothing was delivered');
  }

  it('of deleted buckets are swept', async () => {
    await keepForP3();
    await cluster.complete(cluster.request(p1, (node) => node.buckets.delete('test', 2_000)));
    await cluster.simulation.advance(500);
    expect(await hintsAt(cluster, f1)).toEqual([]);
    expect([...cluster.disk(f1).flushed.keys()].some((key) => key.startsWith('\u0003'))).toBe(
      false,
    );
  });
});

describe('a node that keeps as many hints as it may', () => {
  it('refuses more, which acknowledge nothing, and takes writes of its own', async () => {
    await startFive({ hintBytesMax: 0 });
    await kill(cluster, p3);
    const error = await refusal(cluster.put(p1, KEY, 'v', { w: 3, timeoutMs: 500 }));
    expect(error).toMatchObject({ code: 'write_quorum_not_met', definite: false });
    expect(cluster.metrics.get(f1)?.value('hints_refused_total')).toBeGreaterThan(0);
    expect(cluster.metrics.get(f1)?.value('hints_waiting')).toBe(0);
    await put(p1, KEY, 'w', { w: 2 });
    await kill(cluster, p1, p2);
    const none = await refusal(cluster.put(f1, KEY, 'v', { w: 1 }));
    expect(none).toMatchObject({ code: 'coordinator_unreachable', definite: true });
  });
});
