/** The metadata group through whole nodes: who leads, who votes, what happens without it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { Bucket, Condition } from '../../src/node/index.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

const BUCKETS = [{ name: 'precious', mode: 'raft' as const }];

const leaderOf = (at: NodeId) => cluster.request(at, async (node) => node.groupStatus().leader);

async function leader(): Promise<NodeId> {
  const at = cluster.up[0] as NodeId;
  return (await leaderOf(at)) ?? '';
}

const precious = (at: NodeId) =>
  cluster.request(at, async (node) => node.bucket('precious') as Bucket);

async function put(at: NodeId, key: string, value: string, condition: Condition = 'none') {
  const bucket = await precious(at);
  const content = { value: utf8(value), contentType: '', meta: [], condition, lease: undefined };
  return cluster.complete(
    cluster.request(at, (node) => node.raftBuckets.put(bucket, utf8(key), content, 5_000)),
  );
}

async function get(at: NodeId, key: string): Promise<string | undefined> {
  const bucket = await precious(at);
  const found = await cluster.complete(
    cluster.request(at, (node) => node.raftBuckets.get(bucket, utf8(key), 5_000)),
  );
  return found && Buffer.from(found.value).toString();
}

/** Records of the table of objects. */
function objectsOn(id: NodeId): number {
  return [...cluster.disk(id).committed.keys()].filter((key) => key.charCodeAt(0) === 2).length;
}

async function until(condition: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  const end = cluster.simulation.nowMs + ms;
  while (!(await condition())) {
    if (cluster.simulation.nowMs > end) throw new Error('it did not come to that');
    await cluster.simulation.advance(20);
  }
}

beforeEach(async () => {
  cluster = await startCluster(71, { nodes: 5, buckets: BUCKETS });
});

describe('raft buckets', () => {
  it('show every write at once, through every node', async () => {
    for (const [i, id] of cluster.nodeIds.entries()) {
      await put(id, 'k', `v${i}`);
      for (const reader of cluster.nodeIds) expect(await get(reader, 'k')).toBe(`v${i}`);
    }
  });

  it('check conditions atomically', async () => {
    const first = await put('n1', 'lock', 'mine', { ifNoneMatch: 'any' });
    await expect(put('n2', 'lock', 'theirs', { ifNoneMatch: 'any' })).rejects.toMatchObject({
      code: 'condition_failed',
      facts: { revision: first.revision },
    });
    await put('n3', 'lock', 'mine still', { ifMatch: [first.revision as number] });
    expect(await get('n4', 'lock')).toBe('mine still');
  });

  it('keep what was acknowledged over the loss of leader after leader', async () => {
    for (let i = 0; i < 2; i++) {
      const victim = await leader();
      const survivor = cluster.up.find((id) => id !== victim) as NodeId;
      await put(survivor, `k${i}`, 'kept');
      cluster.losePower(victim);
      expect(await get(survivor, `k${i}`)).toBe('kept');
      await put(survivor, `after${i}`, 'kept too');
    }
    for (const key of ['k0', 'k1', 'after0', 'after1']) {
      expect(await get(cluster.up[0] as NodeId, key)).toMatch(/^kept/);
    }
  });
});

describe('without a majority of the voters', () => {
  beforeEach(() => {
    for (const id of ['n1', 'n2', 'n3']) cluster.kill(id);
  });

  it('buckets cannot change, and nothing is called done', async () => {
    const created = cluster.request('n4', (node) => node.buckets.put('new', {}, 1_000));
    await expect(cluster.complete(created)).rejects.toMatchObject({ status: 503 });
  });

  it('data is still written and read', async () => {
    await cluster.complete(cluster.put('n4', 'k', 'v', { w: 1, timeoutMs: 5_000 })).catch(() => {});
    const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) =>
      cluster.complete(cluster.put('n5', key, 'v', { w: 1 })).then(
        () => true,
        () => false,
      ),
    );
    expect((await Promise.all(answers)).some((ok) => ok)).toBe(true);
  });
});

describe('voters', () => {
  it('are replaced by live learners when they are gone for long', async () => {
    cluster = await startCluster(72, { nodes: 4 });
    const voters = (at: NodeId) => cluster.request(at, async (node) => node.groupStatus().voters);
    expect(await voters('n1')).toEqual(['n1', 'n2', 'n3']);
    const victim = ['n1', 'n2', 'n3'].find((id) => id !== 'n1') as NodeId;
    await until(async () => (await leader()) !== '');
    if ((await leader()) === victim) return;
    cluster.kill(victim);
    await until(async () => {
      const now = await voters(await leader());
      return now.includes('n4') && !now.includes(victim);
    }, 40_000);
  });
});

describe('a new member', () => {
  /** Leaders that it heard: table 06 of its metadata store. */
  const heardBy = (id: NodeId) =>
    [...cluster.disks(id).metadata.committed.keys()].filter((key) => key.charCodeAt(0) === 6);

  it('that heard the leader, and stopped before it had the state, is sent it after', async () => {
    await cluster.complete(cluster.admit('n6'));
    cluster.network.cutOneWay(['n6'], cluster.nodeIds);
    await until(() => heardBy('n6').length > 0);
    expect(cluster.inspect('n6', (node) => node.ready)).toBe(false);
    cluster.kill('n6');
    cluster.network.heal();
    await cluster.launch('n6');
    await until(() => cluster.inspect('n6', (node) => node.ready));
  });
});

describe('buckets', () => {
  it('deleted and made again are empty, and their keys are swept from the disks', async () => {
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    const before = cluster.nodeIds.map(objectsOn);
    await cluster.complete(cluster.request('n2', (node) => node.buckets.delete('test', 5_000)));
    await until(() => cluster.nodeIds.every((id) => objectsOn(id) === 0));
    expect(Math.max(...before)).toBeGreaterThan(0);
    await cluster.complete(cluster.put('n3', 'other', 'v', { w: 3, timeoutMs: 5_000 }));
    await expect(
      cluster.complete(cluster.get('n1', 'k', { r: 2 })).then(valuesOf),
    ).resolves.toEqual([]);
  });

  it('are made once by many first writes at once', async () => {
    await cluster.complete(cluster.request('n2', (node) => node.buckets.delete('test', 5_000)));
    await cluster.simulation.advance(500);
    const writes = cluster.nodeIds.map((id) =>
      cluster.put(id, `from-${id}`, 'v', { timeoutMs: 5_000 }),
    );
    await cluster.complete(Promise.all(writes));
    const numbers = await Promise.all(
      cluster.nodeIds.map((id) => cluster.request(id, async (node) => node.bucket('test')?.number)),
    );
    expect(new Set(numbers).size).toBe(1);
    for (const id of cluster.nodeIds) {
      const read = await cluster.complete(cluster.get('n1', `from-${id}`, { r: 2 }));
      expect(valuesOf(read)).toEqual(['v']);
    }
  });
});
