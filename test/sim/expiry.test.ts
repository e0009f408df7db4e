import { beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

/** Clocks of the nodes stand this far from each other at most. */
const SKEW_MS = 2_000;
const TTL_MS = 30_000;

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(61, { nodes: 3 });
  const skews = { n1: 0, n2: SKEW_MS / 2, n3: -SKEW_MS / 2 };
  for (const [id, offsetMs] of Object.entries(skews)) {
    await cluster.stop(id);
    cluster.skewClock(id, { offsetMs, rate: 1 });
    await cluster.start(id);
  }
});

const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));
const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));

async function shownAtAll(key: string): Promise<readonly (readonly string[])[]> {
  const answers: (readonly string[])[] = [];
  for (const id of cluster.nodeIds) {
    for (const r of [1, 2, 3]) answers.push(valuesOf(await get(id, key, { r })));
  }
  return answers;
}

/** What nodes send each other and write while `work` runs, and what they cause in the background. */
async function storesDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const stores: string[] = [];
  cluster.simulation.onTrace = (line) => {
    if (line.includes('replica.store')) stores.push(line);
  };
  await work();
  await cluster.simulation.advance(1_000);
  cluster.simulation.onTrace = undefined;
  return stores;
}

describe('a value with a ttl', () => {
  it('is read before its time at every node and at none after it, though clocks differ', async () => {
    await put('n1', 'k', 'brief', { w: 3, ttlMs: TTL_MS });
    await cluster.simulation.advance(TTL_MS - SKEW_MS);
    expect(new Set((await shownAtAll('k')).map(String))).toEqual(new Set(['brief']));
    for (const id of cluster.nodeIds) {
      expect(await cluster.complete(cluster.keys(id))).toEqual(['k']);
    }
    await cluster.simulation.advance(2 * SKEW_MS);
    expect(new Set((await shownAtAll('k')).map(String))).toEqual(new Set(['']));
    for (const id of cluster.nodeIds) {
      expect(await cluster.complete(cluster.keys(id))).toEqual([]);
    }
  });

  it('expires without a write, and is read without one, before and after', async () => {
    await put('n1', 'k', 'brief', { w: 3, ttlMs: TTL_MS });
    await cluster.simulation.advance(1_000);
    const { clock } = (await get('n1', 'k')).object;
    const stores = await storesDuring(async () => {
      for (let elapsedMs = 0; elapsedMs < TTL_MS + SKEW_MS; elapsedMs += 5_000) {
        await shownAtAll('k');
        for (const id of cluster.nodeIds) await cluster.complete(cluster.keys(id));
        await cluster.simulation.advance(5_000);
      }
    });
    expect(stores).toEqual([]);
    const read = await get('n2', 'k', { r: 3 });
    expect(valuesOf(read)).toEqual([]);
    expect(read.object.clock).toEqual(clock);
  });

  it('is stamped and judged by the node that coordinates, not by the one that was asked', async () => {
    cluster = await startCluster(62, { nodes: 5 });
    await put('n1', 'k', 'brief', { w: 3, ttlMs: TTL_MS });
    const forwarding = await nodeThatForwards('k');
    await cluster.stop(forwarding);
    cluster.skewClock(forwarding, { offsetMs: 3_600_000, rate: 1 });
    await cluster.start(forwarding);
    const { context } = await get(forwarding, 'k');
    await put(forwarding, 'k', 'again', { w: 3, ttlMs: TTL_MS, contexts: [context] });
    await cluster.simulation.advance(TTL_MS - 1_000);
    for (const id of cluster.nodeIds) expect(valuesOf(await get(id, 'k'))).toEqual(['again']);
    await cluster.simulation.advance(1_000);
    for (const id of cluster.nodeIds) {
      const read = await get(id, 'k');
      expect(valuesOf(read)).toEqual([]);
      expect(read.object.clock.length).toBeGreaterThan(0);
    }
  });

  it('leaves a concurrent sibling that lasts where it is', async () => {
    await put('n1', 'k', 'lasting', { w: 3 });
    await put('n2', 'k', 'brief', { w: 3, ttlMs: TTL_MS });
    expect(valuesOf(await get('n3', 'k'))).toEqual(['brief', 'lasting']);
    await cluster.simulation.advance(TTL_MS + SKEW_MS);
    expect(new Set((await shownAtAll('k')).map(String))).toEqual(new Set(['lasting']));
    expect(await cluster.complete(cluster.keys('n1'))).toEqual(['k']);
  });

  it('that has expired makes no replica drop what another one holds beside it', async () => {
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await put('n1', 'k', 'brief', { w: 2, ttlMs: TTL_MS });
    await put('n3', 'k', 'lasting', { w: 1 });
    await cluster.simulation.advance(TTL_MS + SKEW_MS);
    cluster.network.heal();
    await cluster.simulation.advance(2_000);
    for (const id of cluster.nodeIds) await get(id, 'k', { r: 3, readRepair: 'blocking' });
    expect(new Set((await shownAtAll('k')).map(String))).toEqual(new Set(['lasting']));
  });

  it('stays on a replica whose clock thinks it has expired, for the others to show', async () => {
    await cluster.stop('n3');
    cluster.skewClock('n3', { offsetMs: 3_600_000, rate: 1 });
    await cluster.start('n3');
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await put('n1', 'k', 'brief', { w: 2, ttlMs: TTL_MS });
    await put('n3', 'k', 'lasting', { w: 1 });
    await cluster.simulation.advance(7_000);
    cluster.network.heal();
    await cluster.simulation.advance(2_000);
    expect(valuesOf(await get('n3', 'k', { r: 3, readRepair: 'blocking' }))).toEqual(['lasting']);
    for (const r of [1, 2, 3]) {
      expect(valuesOf(await get('n1', 'k', { r }))).toEqual(['brief', 'lasting']);
    }
  });

  it('brings a replica that missed it up to date after it has expired as before', async () => {
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await put('n1', 'k', 'brief', { w: 2, ttlMs: TTL_MS });
    await cluster.simulation.advance(TTL_MS + SKEW_MS);
    cluster.network.heal();
    await cluster.simulation.advance(2_000);
    const whole = await get('n1', 'k', { r: 3, readRepair: 'blocking' });
    const alone = await get('n3', 'k', { r: 1, readRepair: 'off' });
    expect(valuesOf(alone)).toEqual([]);
    expect(alone.object.clock).toEqual(whole.object.clock);
  });

  it('is replaced by a put with the context of the answer that no longer shows it', async () => {
    await put('n1', 'k', 'brief', { w: 3, ttlMs: TTL_MS });
    await cluster.simulation.advance(TTL_MS + SKEW_MS);
    const { context } = await get('n2', 'k');
    await put('n3', 'k', 'new', { contexts: [context], w: 3 });
    const { object } = await get('n1', 'k', { r: 3 });
    expect(object.siblings).toHaveLength(1);
    expect(valuesOf({ object })).toEqual(['new']);
  });
});

async function nodeThatForwards(key: string): Promise<string> {
  for (const id of cluster.nodeIds) {
    if ((await get(id, key)).quorum.coordinator !== id) return id;
  }
  throw new Error(`every node keeps ${key}`);
}

describe('the ttl of a bucket', () => {
  it('holds for puts that name none', async () => {
    cluster = await startCluster(63, { nodes: 3, buckets: [{ name: 'test', ttlMs: TTL_MS }] });
    await put('n1', 'brief', 'v');
    await put('n1', 'briefer', 'v', { ttlMs: 1_000 });
    await put('n1', 'lasting', 'v', { ttlMs: 'none' });
    await cluster.simulation.advance(2_000);
    expect(await cluster.complete(cluster.keys('n2'))).toEqual(['brief', 'lasting']);
    await cluster.simulation.advance(TTL_MS);
    expect(await cluster.complete(cluster.keys('n2'))).toEqual(['lasting']);
  });
});
