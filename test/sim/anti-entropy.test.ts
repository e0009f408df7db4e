import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import type { RunKind, RunStatus } from '../../src/node/index.ts';
import type { SimClusterConfig } from '../../src/sim/sim-cluster.ts';
import {
  damage,
  differencesOnDisk,
  keyTextOf,
  losePrivately,
  recordsOn,
  storedKeyOf,
  storedKeys,
} from './disks.ts';
import { loseObjects, startCluster, type TestCluster, valuesOf } from './harness.ts';

const EVERY_MS = 3_000;
/** Rounds, the pause of an exchange, and the exchange. */
const SOON_MS = 3 * EVERY_MS;
const HOURS_MS = 10 * 3_600_000;

const KEYS = Array.from({ length: 40 }, (_, i) => `k${i}`);

let cluster: TestCluster;

async function start(config: Partial<SimClusterConfig> = {}): Promise<void> {
  cluster = await startCluster(91, { nodes: 3, compareEveryMs: EVERY_MS, ...config });
}

const putAll = async (at: NodeId, value: string, w: number, keys = KEYS) => {
  await cluster.complete(
    Promise.all(keys.map((key) => cluster.put(at, key, `${value}-${key}`, { w, sloppy: false }))),
  );
};

const total = (name: string, labels = {}) =>
  cluster.nodeIds.reduce((sum, id) => sum + (cluster.metrics.get(id)?.value(name, labels) ?? 0), 0);

/** Asks the node for a run and waits for its end. */
async function run(id: NodeId, kind: RunKind): Promise<RunStatus> {
  const ask = <Answer>(work: (node: Parameters<typeof runOn>[0]) => Answer) =>
    cluster.complete(cluster.request(id, async (node) => work(node)));
  await ask((node) => runOn(node, kind));
  for (;;) {
    const { run: status } = await ask((node) => node.repairStatus());
    if (status?.state === 'done') return status;
    await cluster.simulation.advance(100);
  }
}

const runOn = (
  node: Parameters<Parameters<TestCluster['request']>[1]>[0],
  kind: RunKind,
): RunStatus => node.runRepair({ kind, bucket: undefined });

/** Kinds of messages that travel in this time. */
async function messagesDuring(ms: number): Promise<readonly string[]> {
  const lines: string[] = [];
  cluster.simulation.onTrace = (line) => lines.push(line);
  await cluster.simulation.advance(ms);
  cluster.simulation.onTrace = undefined;
  return lines;
}

describe('keys that nobody reads', () => {
  it('converge after a partition, written on either side of it', async () => {
    await start();
    await putAll('n1', 'old', 3);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await putAll('n1', 'new', 2, KEYS.slice(0, 20));
    await putAll('n3', 'apart', 1, KEYS.slice(10, 30));
    expect(await differencesOnDisk(cluster)).toHaveLength(30);
    cluster.network.heal();
    await cluster.simulation.advance(SOON_MS);
    expect(await differencesOnDisk(cluster)).toEqual([]);
    const { object } = await cluster.complete(cluster.get('n2', 'k15', { r: 1 }));
    expect(valuesOf({ object })).toEqual(['apart-k15', 'new-k15', 'old-k15']);
    expect(total('exchanged_keys_total', { direction: 'pulled' })).toBeGreaterThan(0);
    expect(total('exchanged_keys_total', { direction: 'pushed' })).toBeGreaterThan(0);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('converge as soon as a node is back, however seldom nodes compare', async () => {
    await start({ compareEveryMs: HOURS_MS });
    await cluster.simulation.advance(SOON_MS);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await putAll('n1', 'missed', 2);
    await cluster.simulation.advance(SOON_MS);
    cluster.network.heal();
    await cluster.simulation.advance(3_000);
    expect(await differencesOnDisk(cluster)).toEqual([]);
  });

  it('come to a node that lost all its objects', async () => {
    await start();
    await putAll('n1', 'kept', 3);
    cluster.kill('n2');
    loseObjects(cluster, 'n2');
    await cluster.start('n2');
    await cluster.simulation.advance(SOON_MS);
    expect(storedKeys(cluster, 'n2')).toHaveLength(KEYS.length);
    expect(await differencesOnDisk(cluster)).toEqual([]);
  });

  it('of a bucket with n=2 stay on the two nodes that keep them', async () => {
    await start({ buckets: [{ name: 'test', n: 2 }] });
    await putAll('n1', 'old', 2);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.complete(
      Promise.allSettled(KEYS.map((key) => cluster.put('n1', key, 'new', { w: 1, sloppy: false }))),
    );
    cluster.network.heal();
    await cluster.simulation.advance(SOON_MS);
    const copies = cluster.nodeIds.flatMap((id) => [...recordsOn(cluster, id)]);
    for (const key of KEYS) {
      const own = copies.flatMap(([storedKey, record]) =>
        keyTextOf(storedKey) === key && record !== 'damaged' ? [record.digest] : [],
      );
      expect(own).toEqual([own[0], own[0]]);
    }
  });
});

describe('deletes', () => {
  it('reach a node that missed them, and what it still has comes back nowhere', async () => {
    await start();
    await putAll('n1', 'deleted', 3);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    for (const key of KEYS) {
      await cluster.complete(cluster.delete('n1', key, { w: 2, r: 2, sloppy: false }));
    }
    cluster.network.heal();
    await cluster.simulation.advance(SOON_MS);
    expect(await differencesOnDisk(cluster)).toEqual([]);
    const left = [...recordsOn(cluster, 'n3').values()].filter(
      (record) => record === 'damaged' || record.object.siblings.length > 0,
    );
    expect(left).toEqual([]);
  });
});

describe('converged replicas', () => {
  it('compare roots and exchange nothing, and write nothing', async () => {
    await start();
    await putAll('n1', 'v', 3);
    await cluster.simulation.advance(SOON_MS);
    const before = new Map(cluster.disk('n2').committed);
    const lines = await messagesDuring(60_000);
    expect(lines.some((line) => line.includes('repair.roots'))).toBe(true);
    expect(lines.filter((line) => /repair\.(walk|list|pull)|replica\.store/.test(line))).toEqual(
      [],
    );
    expect(
      [...cluster.disk('n2').committed].every(([key, value]) => before.get(key) === value),
    ).toBe(true);
  });

  it('leave keys to the writes that are on their way', async () => {
    await start();
    await cluster.simulation.advance(2_000);
    cluster.network.setLink('n1', 'n3', { delayMsMin: 200, delayMsMax: 400 });
    const lines: string[] = [];
    cluster.simulation.onTrace = (line) => lines.push(line);
    for (let i = 0; i < 400; i++) {
      await cluster.complete(cluster.put('n1', `w${i}`, 'v', { w: 2 }));
      await cluster.simulation.advance(50);
    }
    await cluster.simulation.advance(2_000);
    expect(lines.some((line) => line.includes('repair.walk'))).toBe(true);
    expect(lines.filter((line) => line.includes('repair.list'))).toEqual([]);
    expect(await differencesOnDisk(cluster)).toEqual([]);
  });

  it('tell when they were last compared', async () => {
    await start();
    await cluster.simulation.advance(2 * SOON_MS);
    const { partitions } = await cluster.complete(
      cluster.request('n1', async (node) => node.repairStatus()),
    );
    expect(partitions).toHaveLength(8);
    for (const { peers } of partitions) {
      expect(peers.map(({ peer }) => peer).sort()).toEqual(['n2', 'n3']);
      for (const { agoMs } of peers) expect(agoMs).toBeLessThan(2 * EVERY_MS);
    }
  });
});

describe('trees', () => {
  it('are kept from a clean stop to the next start, and built anew after a kill', async () => {
    await start();
    await putAll('n1', 'v', 3);
    await cluster.simulation.advance(SOON_MS);
    const builds = () => cluster.metrics.get('n2')?.value('tree_builds_total') ?? 0;
    const before = builds();
    await cluster.stop('n2');
    await cluster.start('n2');
    await cluster.simulation.advance(SOON_MS);
    const filled = new Set(storedKeys(cluster, 'n2').map((key) => key.slice(1, 3))).size;
    expect(builds() - before).toBe(8 - filled);
    expect(
      [...cluster.disk('n2').committed.keys()].filter((key) => key.startsWith('\u0004')),
    ).toEqual([]);
    cluster.kill('n2');
    await cluster.start('n2');
    await cluster.simulation.advance(SOON_MS);
    expect(builds() - before).toBe(8 - filled + 8);
    const lines = await messagesDuring(SOON_MS);
    expect(lines.filter((line) => line.includes('repair.walk'))).toEqual([]);
    expect(total('tree_rot_found_total')).toBe(0);
  });

  it('do not know of a key that the disk lost, until a scrub finds that out', async () => {
    await start();
    await putAll('n1', 'v', 3);
    await cluster.simulation.advance(SOON_MS);
    losePrivately(cluster, 'n2', 'k7');
    await cluster.simulation.advance(5 * SOON_MS);
    expect(await differencesOnDisk(cluster)).toHaveLength(1);
    const status = await run('n2', 'scrub');
    expect(status).toMatchObject({ done: 8, total: 8, keys: KEYS.length - 1 });
    expect(total('tree_rot_found_total')).toBe(1);
    await cluster.simulation.advance(SOON_MS);
    expect(await differencesOnDisk(cluster)).toEqual([]);
  });
});

describe('a run', () => {
  it('compares all pairs that the node drives, once, and says what it did', async () => {
    await start({ compareEveryMs: 'never' });
    await putAll('n1', 'old', 3);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await putAll('n1', 'new', 2, KEYS.slice(0, 10));
    cluster.network.heal();
    await cluster.simulation.advance(2_000);
    const runs = [
      await run('n1', 'exchange'),
      await run('n2', 'exchange'),
      await run('n3', 'exchange'),
    ];
    expect(await differencesOnDisk(cluster)).toEqual([]);
    expect(runs.reduce((sum, { total: trees }) => sum + trees, 0)).toBe(8 * 3);
    for (const { done, total: trees, peersFailed } of runs) {
      expect(done).toBe(trees);
      expect(peersFailed).toEqual([]);
    }
    const moved = runs.reduce(
      (sum, { keysPulled, keysPushed }) => sum + keysPulled + keysPushed,
      0,
    );
    expect(moved).toBeGreaterThanOrEqual(10);
  });

  it('says with whom it could not', async () => {
    await start({ compareEveryMs: 'never' });
    cluster.kill('n3');
    await cluster.simulation.advance(100);
    const { done, total: trees, peersFailed } = await run('n1', 'exchange');
    expect(peersFailed).toEqual(['n3']);
    expect(done).toBeLessThan(trees);
  });
});

describe('a damaged record', () => {
  it('is rebuilt when all other replicas answer, and counts only from then on', async () => {
    await start({ compareEveryMs: 'never' });
    await putAll('n1', 'v', 3);
    await cluster.simulation.advance(SOON_MS);
    damage(cluster, 'n1', KEYS);
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.simulation.advance(6_000);
    const read = () => cluster.complete(cluster.get('n2', 'k1', { r: 2, timeoutMs: 400 }));
    await expect(read()).rejects.toMatchObject({ code: 'read_quorum_not_met' });
    await cluster.simulation.advance(30_000);
    await expect(read()).rejects.toMatchObject({ code: 'read_quorum_not_met' });
    expect(total('damaged_records_rebuilt_total')).toBe(0);
    cluster.network.heal();
    await cluster.simulation.advance(120_000);
    expect(valuesOf(await read())).toEqual(['v-k1']);
    expect(total('damaged_records_rebuilt_total')).toBeGreaterThan(0);
    expect(recordsOn(cluster, 'n1').get(storedKeyOf(cluster, 'n2', 'k1'))).toMatchObject({
      self: undefined,
    });
  });

  it('is found by a scrub, and its next write counts under a new actor', async () => {
    await start();
    await putAll('n1', 'v', 3);
    const actorOf = () => {
      const record = recordsOn(cluster, 'n1').get(storedKeyOf(cluster, 'n1', 'k1'));
      return record === 'damaged' ? undefined : record?.self?.actorEpoch;
    };
    const before = actorOf();
    damage(cluster, 'n1', KEYS);
    await run('n1', 'scrub');
    await cluster.simulation.advance(SOON_MS);
    expect(total('damaged_records_found_total')).toBe(KEYS.length);
    expect(total('damaged_records_rebuilt_total')).toBe(KEYS.length);
    expect(await differencesOnDisk(cluster)).toEqual([]);
    await cluster.complete(cluster.put('n1', 'k1', 'w', { w: 1 }));
    expect(before).toBeDefined();
    expect(actorOf()).not.toBe(before);
    await cluster.simulation.advance(SOON_MS);
    const lines = await messagesDuring(SOON_MS);
    expect(lines.filter((line) => line.includes('repair.walk'))).toEqual([]);
  });

  it('is never written over by what only some replicas have', async () => {
    await start();
    await cluster.complete(cluster.put('n1', 'k1', 'acknowledged by n1 and n2', { w: 3 }));
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    const { context } = await cluster.complete(cluster.get('n1', 'k1'));
    const options = { w: 2, contexts: [context], sloppy: false } as const;
    await cluster.complete(cluster.put('n2', 'k1', 'newer', options));
    cluster.network.heal();
    cluster.network.cutBothWays(['n2'], ['n1', 'n3']);
    damage(cluster, 'n1', ['k1']);
    await run('n1', 'scrub');
    await cluster.simulation.advance(60_000);
    const read = cluster.get('n1', 'k1', { r: 2, sloppy: false, timeoutMs: 500 });
    await expect(cluster.complete(read)).rejects.toMatchObject({ code: 'read_quorum_not_met' });
    cluster.network.heal();
    await cluster.simulation.advance(400_000);
    const after = await cluster.complete(cluster.get('n1', 'k1', { r: 2 }));
    expect(valuesOf(after)).toEqual(['newer']);
    expect(await differencesOnDisk(cluster)).toEqual([]);
  });
});
