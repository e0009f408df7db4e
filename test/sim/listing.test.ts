import { beforeEach, describe, expect, it } from 'vitest';
import { mapKeyOf, utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { Level } from '../../src/node/index.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { holdUp } from './reaping-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(51, { nodes: 5, partitionCount: 16, buckets: [{ name: 'other' }] });
});

interface Options {
  readonly prefix?: string;
  readonly limit?: number;
  readonly after?: Uint8Array | undefined;
  readonly r?: Level;
}

function page(at: string, { prefix = '', limit = 1_000, after, r }: Options = {}) {
  const request = { bucket: 'test', prefix: utf8(prefix), after, limit, r };
  return cluster.complete(cluster.request(at, (node) => node.list(request, 2_000)));
}

async function all(at: string, options: Options): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: Uint8Array | undefined;
  do {
    const { keys: more, next } = await page(at, { ...options, after });
    keys.push(...more.map(mapKeyOf));
    after = next;
  } while (after !== undefined);
  return keys;
}

describe('listing keys', () => {
  const names = Array.from({ length: 60 }, (_, i) => `key-${String(i).padStart(3, '0')}`);

  beforeEach(async () => {
    await cluster.complete(Promise.all(names.map((key) => cluster.put('n1', key, 'v', { w: 2 }))));
  });

  it('gives every key once, rising, whatever the page size and the node asked', async () => {
    for (const limit of [1, 7, 60, 1_000]) {
      for (const id of ['n1', 'n4']) expect(await all(id, { limit })).toEqual(names);
    }
  });

  it('gives those with the prefix only', async () => {
    expect(await all('n2', { prefix: 'key-01' })).toEqual(names.slice(10, 20));
    expect(await all('n2', { prefix: 'nothing' })).toEqual([]);
  });

  it('leaves deleted keys out, also where a replica missed the delete', async () => {
    cluster.kill('n3');
    await cluster.complete(cluster.delete('n1', 'key-005', { w: 2, r: 2 }));
    await cluster.start('n3');
    expect(await all('n3', { limit: 10 })).not.toContain('key-005');
  });

  it('goes on with one node down, and refuses when a partition has too few left', async () => {
    cluster.kill('n2');
    expect(await all('n1', { limit: 25 })).toEqual(names);
    cluster.kill('n3');
    cluster.kill('n4');
    await expect(page('n1')).rejects.toMatchObject({ code: 'read_quorum_not_met' });
  });

  it('goes on where a node is silent that nobody has missed yet, well before the deadline', async () => {
    for (const silent of ['n2', 'n3', 'n4', 'n5']) {
      cluster.network.cutBothWays([silent], cluster.nodeIds);
      expect([silent, await all('n1', { limit: 25 })]).toEqual([silent, names]);
      cluster.network.heal();
      await cluster.simulation.advance(10_000);
    }
  });

  it('waits for nodes that have yet to hear of the bucket', async () => {
    const group = await cluster.request('n1', async (node) => node.groupStatus());
    const others = cluster.nodeIds.filter((id) => id !== 'n1' && id !== group.leader);
    for (const to of others.slice(0, 2)) {
      holdUp(cluster, 'group.append', group.leader as NodeId, to, 500);
      holdUp(cluster, 'group.beat', group.leader as NodeId, to, 500);
    }
    const creating = cluster.request('n1', (node) => node.buckets.put('new', {}, 1_000));
    await cluster.complete(creating);
    const request = { bucket: 'new', prefix: utf8(''), after: undefined, limit: 10, r: undefined };
    const listed = cluster.request('n1', (node) => node.list(request, 2_000));
    expect(await cluster.complete(listed)).toEqual({ keys: [], next: undefined });
  });

  it('keeps buckets apart', async () => {
    const request = {
      bucket: 'other',
      prefix: utf8(''),
      after: undefined,
      limit: 10,
      r: undefined,
    };
    const other = await cluster.complete(
      cluster.request('n1', (node) => node.list(request, 2_000)),
    );
    expect(other.keys).toEqual([]);
  });
});
