import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import { valuesOf } from './harness.ts';
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

/** Whether the one takes the other for reachable. */
async function seems(at: NodeId, other: NodeId): Promise<boolean> {
  const { members } = await cluster.request(at, async (node) => node.status());
  return members.find(({ id }) => id === other)?.reachable === true;
}

describe('with all three replicas of a key down and two other nodes up', () => {
  beforeEach(() => kill(cluster, p1, p2, p3));

  it('a put at W=2 succeeds, is read at R=2, and is on all replicas after their return', async () => {
    const written = await put(f2, KEY, 'v', { w: 2 });
    expect(written.quorum).toMatchObject({ coordinator: f1, reached: [f1, f2], needed: 2 });
    for (const at of [f1, f2]) {
      const read = await get(at, KEY, { r: 2 });
      expect(valuesOf(read)).toEqual(['v']);
      expect(read.quorum.standIns).toEqual({ [f1]: p1, [f2]: p2 });
    }
    await bringBack(cluster, p1, p2, p3);
    await drain(cluster);
    for (const id of [p1, p2, p3]) expect(await knownAt(cluster, id, KEY)).toEqual(['v']);
  });

  it('one fallback keeps the write for two of them and counts once', async () => {
    const error = await refusal(cluster.put(f1, KEY, 'v', { w: 3 }));
    expect(error).toMatchObject({ code: 'too_few_replicas', definite: true });
    await put(f1, KEY, 'v', { w: 2 });
    await cluster.simulation.advance(50);
    const kept = [...(await hintsAt(cluster, f1)), ...(await hintsAt(cluster, f2))];
    expect(kept.map(({ target, count }) => [target, count]).sort()).toEqual(
      [p1, p2, p3].sort().map((target) => [target, 1]),
    );
    await kill(cluster, f2);
    const alone = await refusal(cluster.put(f1, KEY, 'w', { w: 2 }));
    expect(alone).toMatchObject({ code: 'too_few_replicas', definite: true });
    const one = await put(f1, KEY, 'w', { w: 1 });
    await cluster.simulation.advance(50);
    expect(one.quorum.reached).toEqual([f1]);
    expect((await hintsAt(cluster, f1)).map(({ target }) => target)).toEqual([p1, p2, p3].sort());
  });

  it('sloppy=false is refused at once, and neither PW nor PR are met by fallbacks', async () => {
    const put1 = (options: object) => refusal(cluster.put(f1, KEY, 'v', options));
    expect(await put1({ w: 1, sloppy: false })).toMatchObject({ definite: true });
    expect(await put1({ w: 1, pw: 1 })).toMatchObject({ code: 'too_few_replicas', definite: true });
    const read = (options: object) => refusal(cluster.get(f1, KEY, options));
    expect(await read({ r: 1, pr: 1 })).toMatchObject({ code: 'read_quorum_not_met' });
    expect(await read({ r: 1, sloppy: false })).toMatchObject({ definite: true });
  });

  it('a thousand writes of a key wait as one hint for each replica', async () => {
    let context: string | undefined;
    for (let i = 0; i < 30; i++) {
      const contexts = context === undefined ? [] : [context];
      ({ context } = await put(f1, KEY, `v${i}`, { w: 2, contexts }));
    }
    expect(valuesOf(await get(f1, KEY, { r: 2 }))).toEqual(['v29']);
    expect(await hintsWaiting(cluster)).toBe(3);
  });

  it('a context that names a single write is learned from another fallback', async () => {
    cluster.network.cutBothWays([f1], [f2]);
    while (await seems(f2, f1)) {
      await refusal(cluster.get(f2, KEY, { timeoutMs: 200 }));
    }
    const { context, quorum } = await put(f2, KEY, 'first', { w: 1 });
    expect(quorum.reached).toEqual([f2]);
    cluster.network.heal();
    await cluster.simulation.advance(1_000);
    await put(f1, KEY, 'second', { w: 2, contexts: [context] });
    expect(valuesOf(await get(f2, KEY, { r: 2 }))).toEqual(['second']);
  });
});

describe('with one replica gone', () => {
  it('pr and pw are counted from replicas only (pr_pw)', async () => {
    await kill(cluster, p3);
    const error = await refusal(cluster.put(p1, KEY, 'v', { w: 3, pw: 3 }));
    expect(error).toMatchObject({ code: 'too_few_replicas', definite: true });
    const written = await put(p1, KEY, 'v', { w: 3, pw: 2 });
    expect(written.quorum).toMatchObject({ standIns: { [f1]: p3 }, needed: 3 });
    const read = await get(p2, KEY, { r: 3, pr: 2 });
    expect(valuesOf(read)).toEqual(['v']);
    expect(read.quorum.standIns).toEqual({ [f1]: p3 });
    const refused = await refusal(cluster.get(p2, KEY, { r: 3, pr: 3, timeoutMs: 300 }));
    expect(refused).toMatchObject({ code: 'read_quorum_not_met' });
  });

  it('a fallback stands in as soon as the replica refuses or its connection breaks', async () => {
    cluster.disk(p3).timing = { commitMsMax: 50_000, flushMsMax: 50_000 };
    const writing = cluster.put(p1, KEY, 'v', { w: 3 });
    await cluster.simulation.advance(50);
    cluster.kill(p3);
    const { quorum } = await cluster.complete(writing);
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    expect(cluster.simulation.nowMs).toBeLessThan(5_000);
  });

  it('a fallback stands in for a replica that is late', async () => {
    cluster.disk(p3).timing = { commitMsMax: 50_000, flushMsMax: 50_000 };
    const before = cluster.simulation.nowMs;
    const { quorum } = await put(p1, KEY, 'v', { w: 3, timeoutMs: 1_000 });
    expect(quorum.standIns).toEqual({ [f1]: p3 });
    const took = cluster.simulation.nowMs - before;
    expect(took).toBeGreaterThanOrEqual(250);
    expect(took).toBeLessThan(300);
  });

  it('nobody stands in for one that is only slow, when W is met without it', async () => {
    cluster.network.setLink(p1, p3, { delayMsMin: 900, delayMsMax: 1_000 });
    await put(p1, KEY, 'v', { w: 2, timeoutMs: 1_000 });
    await cluster.simulation.advance(3_000);
    expect(cluster.metrics.get(f1)?.value('hints_stored_total')).toBe(0);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
  });

  it('that fails after the answer was sent, somebody keeps the write for it all the same', async () => {
    cluster.network.cutBothWays([p3], [p1, p2, f1, f2]);
    await put(p1, KEY, 'v', { w: 2 });
    expect(await hintsWaiting(cluster)).toBe(0);
    await cluster.simulation.advance(6_000);
    expect((await hintsAt(cluster, f1)).map(({ target }) => target)).toEqual([p3]);
    cluster.network.heal();
    await drain(cluster);
    expect(await knownAt(cluster, p3, KEY)).toEqual(['v']);
  });

  it('read repair gives replicas what a fallback knew, and fallbacks nothing', async () => {
    await kill(cluster, p3);
    cluster.network.cutBothWays([f1], [p1, p2, f2]);
    for (let i = 0; i < 4; i++) {
      await cluster.complete(cluster.put(f1, KEY, 'lost', { timeoutMs: 50 }).catch(() => {}));
    }
    expect((await put(f1, KEY, 'new', { w: 1 })).quorum.reached).toEqual([f1]);
    cluster.network.heal();
    expect(await knownAt(cluster, p1, KEY)).toEqual([]);
    const read = await get(p1, KEY, { r: 3 });
    expect(read.quorum.standIns).toEqual({ [f1]: p3 });
    expect(valuesOf(read)).toContain('new');
    await cluster.simulation.advance(10);
    expect(cluster.metrics.get(p1)?.value('read_repairs_total')).toBe(2);
    for (const id of [p1, p2]) expect(await knownAt(cluster, id, KEY)).toContain('new');
  });

  it('blocking repair is not satisfied by fallbacks', async () => {
    await kill(cluster, p2, p3);
    await put(p1, KEY, 'v', { w: 2 });
    const options = { r: 2, readRepair: 'blocking', timeoutMs: 300 } as const;
    const error = await refusal(cluster.get(p1, KEY, options));
    expect(error).toMatchObject({ code: 'repair_quorum_not_met', definite: true });
    expect(valuesOf(await get(p1, KEY, { r: 2 }))).toEqual(['v']);
    const nothing = await get(p1, 'unknown to all', { ...options, r: 1 });
    expect(valuesOf(nothing)).toEqual([]);
  });

  it('a fallback that knows less is left alone', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    await kill(cluster, p3);
    const read = await get(p1, KEY, { r: 3 });
    expect(read.quorum.standIns).toEqual({ [f1]: p3 });
    await cluster.simulation.advance(100);
    const repairs = ['read_repairs_total', 'read_repair_failures_total'];
    expect(repairs.map((name) => cluster.metrics.get(p1)?.value(name))).toEqual([0, 0]);
  });
});
