/** Buckets in which the last write wins, on clocks that differ and links that fail. */

import { describe, expect, it } from 'vitest';
import { wallTimeOf } from '../../src/causality/hlc.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { AHEAD_MS_MAX } from '../../src/replica/hybrid-clock.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

const KEYS = ['a', 'b', 'c'];
const ROUNDS = 40;
const SEEDS = [1, 2, 3, 4, 5, 6];

interface Shown {
  readonly at: NodeId;
  readonly key: string;
  readonly values: readonly string[];
}

async function startLastWrite(seed: number, skewMs = 0): Promise<TestCluster> {
  const cluster = await startCluster(seed, {
    nodes: 3,
    buckets: [{ name: 'test', conflict: 'lww' }],
  });
  for (const [i, id] of cluster.nodeIds.entries()) {
    await cluster.stop(id);
    cluster.skewClock(id, { offsetMs: (i - 1) * skewMs, rate: 1 });
    await cluster.start(id);
  }
  return cluster;
}

/** Nodes are cut off in turn while all of them take puts, deletes and reads. */
async function workUnderPartitions(cluster: TestCluster): Promise<readonly Shown[]> {
  const random = cluster.simulation.random.fork();
  const shown: Shown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (random.chance(0.3)) {
      const alone = random.pick(cluster.nodeIds);
      cluster.network.heal();
      cluster.network.cutBothWays(
        [alone],
        cluster.nodeIds.filter((id) => id !== alone),
      );
    }
    const at = random.pick(cluster.nodeIds);
    const key = random.pick(KEYS);
    const request = random.chance(0.15)
      ? cluster.delete(at, key, { w: 1, r: 1 })
      : cluster.put(at, key, `${key}${round}`, { w: 1 });
    await cluster.complete(request.catch(() => {}));
    const reader = random.pick(cluster.nodeIds);
    const answer = await cluster.complete(cluster.get(reader, key, { r: 1 }));
    shown.push({ at: reader, key, values: valuesOf(answer) });
    await cluster.simulation.advance(random.below(50));
  }
  return shown;
}

describe('the last write', () => {
  it.each(SEEDS)('is one at a time, and the same everywhere in the end (seed %i)', async (seed) => {
    const cluster = await startLastWrite(seed, seed % 2 === 0 ? 0 : 200);
    const shown = await workUnderPartitions(cluster);
    expect(shown.filter(({ values }) => values.length > 1)).toEqual([]);
    cluster.network.heal();
    await cluster.simulation.advance(7_000);
    const listed: (readonly string[])[] = [];
    for (const key of KEYS) {
      const whole = { r: 3, readRepair: 'blocking' } as const;
      const [value] = valuesOf(await cluster.complete(cluster.get('n1', key, whole)));
      for (const id of cluster.nodeIds) {
        const alone = await cluster.complete(cluster.get(id, key, { r: 1, readRepair: 'off' }));
        expect(valuesOf(alone)).toEqual(value === undefined ? [] : [value]);
      }
    }
    for (const id of cluster.nodeIds) listed.push(await cluster.complete(cluster.keys(id, 1)));
    expect(new Set(listed.map(String)).size).toBe(1);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('is the later of two that were made apart, and hides the other for good', async () => {
    const cluster = await startLastWrite(7);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.complete(cluster.put('n3', 'k', 'earlier', { w: 1 }));
    await cluster.simulation.advance(10);
    await cluster.complete(cluster.put('n1', 'k', 'later', { w: 1 }));
    cluster.network.heal();
    await cluster.simulation.advance(7_000);
    const read = await cluster.complete(cluster.get('n3', 'k', { r: 3 }));
    expect(valuesOf(read)).toEqual(['later']);
    await cluster.complete(cluster.delete('n2', 'k', { contexts: [read.context] }));
    expect(valuesOf(await cluster.complete(cluster.get('n3', 'k', { r: 3 })))).toEqual([]);
  });

  it('wins over a delete that was made apart from it', async () => {
    const cluster = await startLastWrite(8);
    await cluster.complete(cluster.put('n1', 'k', 'old', { w: 3 }));
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.complete(cluster.put('n3', 'k', 'new', { w: 1 }));
    await cluster.simulation.advance(1_000);
    await cluster.complete(cluster.delete('n1', 'k'));
    cluster.network.heal();
    await cluster.simulation.advance(7_000);
    expect(valuesOf(await cluster.complete(cluster.get('n1', 'k', { r: 3 })))).toEqual(['new']);
  });

  it('leaves nothing when it expires, neither to readers nor in a listing', async () => {
    const cluster = await startLastWrite(11);
    const pairs = [
      { key: 'j', early: 'n1', late: 'n3' },
      { key: 'k', early: 'n3', late: 'n1' },
    ];
    const shown = async (key: string) =>
      valuesOf(await cluster.complete(cluster.get('n3', key, { r: 3 })));
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    for (const { key, early, late } of pairs) {
      await cluster.complete(cluster.put(early, key, 'earlier, and lasting', { w: 1 }));
      await cluster.simulation.advance(10);
      await cluster.complete(cluster.put(late, key, 'later', { w: 1, ttlMs: 30_000 }));
    }
    await cluster.simulation.advance(6_000);
    cluster.network.heal();
    await cluster.simulation.advance(2_000);
    for (const { key } of pairs) expect(await shown(key)).toEqual(['later']);
    expect(await cluster.complete(cluster.keys('n3', 3))).toEqual(['j', 'k']);
    await cluster.simulation.advance(30_000);
    for (const { key } of pairs) expect(await shown(key)).toEqual([]);
    expect(await cluster.complete(cluster.keys('n3', 3))).toEqual([]);
  });

  it('of a chain of writes is its last link, though a slower clock made it', async () => {
    const cluster = await startLastWrite(9, AHEAD_MS_MAX / 2);
    for (const [i, id] of ['n3', 'n1', 'n2', 'n1'].entries()) {
      await cluster.complete(cluster.put(id, 'k', `v${i}`, { w: 3 }));
    }
    const { object } = await cluster.complete(cluster.get('n2', 'k', { r: 3 }));
    expect(valuesOf({ object })).toEqual(['v3']);
  });

  it('on a clock that is far ahead drags no other key into the future', async () => {
    const cluster = await startLastWrite(10, 3_600_000);
    await cluster.complete(cluster.put('n3', 'k', 'from the future', { w: 3 }));
    await cluster.complete(cluster.put('n1', 'k', 'over it', { w: 3 }));
    expect(valuesOf(await cluster.complete(cluster.get('n2', 'k')))).toEqual(['over it']);
    await cluster.complete(cluster.put('n1', 'other', 'now', { w: 3 }));
    const { object } = await cluster.complete(cluster.get('n1', 'other'));
    const [sibling] = object.siblings;
    const nowAtN1 = 1_767_225_600_000 - 3_600_000 + cluster.simulation.nowMs;
    expect(wallTimeOf(sibling?.hlc ?? 0)).toBeLessThanOrEqual(nowAtN1 + AHEAD_MS_MAX);
    expect(cluster.metrics.get('n1')?.value('hlc_too_far_ahead_total')).toBeGreaterThan(0);
  });
});
