/**
 * All nodes end at once, and a partition heals over a delete: what was promised stays.
 *
 * kill -9 takes what was not given to the operating system yet; what a power cut takes beyond
 * that is for the simulator. Of riak's checks of deletes those apply in which no node is replaced.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { valuesOf, waitForVoters } from './harness.ts';
import { untilOnDisks } from './stored-records.ts';

const BUCKET = 'promised';
const NAMES = ['n1', 'n2', 'n3'];
const WRITERS = 8;
const REPAIRED_MS_MAX = 30_000;

let cluster: LocalCluster;

beforeAll(async () => {
  const startOptions = ['--enable-faults'];
  cluster = await startCluster({ nodes: 3, partitions: 8, startOptions });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

describe('kill -9 of all nodes at once, in the middle of writes', () => {
  it('loses nothing that was acknowledged, at W=1 either, and brings nothing deleted back (verify_kv1356)', async () => {
    for (let cut = 0; cut < 2; cut++) {
      const acknowledged = new Map<string, boolean>();
      let running = true;
      const write = async (writer: number) => {
        const client = cluster.client(NAMES[writer % 3] as string);
        for (let i = 0; running; i++) {
          const key = `${cut}/${writer}/${i}`;
          const w = 1 + (i % 3);
          try {
            const { context } = await client.put(BUCKET, key, key, { w });
            acknowledged.set(key, true);
            if (i % 4 !== 0) continue;
            acknowledged.delete(key);
            await client.delete(BUCKET, key, { w, context });
            acknowledged.set(key, false);
          } catch {
            // Without power; what was not acknowledged may be there or not.
          }
        }
      };
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
      await waitFor('writes', REPAIRED_MS_MAX, () => acknowledged.size >= 300);
      await Promise.all(cluster.nodes.map((node) => node.kill()));
      running = false;
      await Promise.all(writers);
      const promised = [...acknowledged];
      await Promise.all(cluster.nodes.map((node) => node.start()));
      await cluster.waitUntilConnected();
      const reader = cluster.client(NAMES[cut] as string);
      const answers = await Promise.all(
        promised.map(([key]) => reader.get(BUCKET, key, { r: 'all', timeout: 20_000 })),
      );
      for (const [i, [key, isThere]] of promised.entries()) {
        expect([key, answers[i] && valuesOf(answers[i])]).toEqual([key, isThere ? [key] : []]);
      }
    }
  });
});

describe('a delete that a replica missed', () => {
  const KEYS = ['deleted', 'read', 'made again', 'both'];

  // One partition for all keys: to be noticed takes long.
  beforeAll(async () => {
    const [n1, n2, n3] = [cluster.client('n1'), cluster.client('n2'), cluster.client('n3')];
    for (const key of KEYS) await n1.put(BUCKET, key, 'old', { w: 'all' });
    const { context } = await n3.get(BUCKET, 'both', { r: 'all' });
    await cluster.faults.partition('n3', ['n1', 'n2']);
    for (const name of ['n1', 'n2']) await cluster.waitUntilReachable(name, 'n3', false);
    for (const key of KEYS) await n2.delete(BUCKET, key, { w: 2 });
    await n1.put(BUCKET, 'made again', 'new', { w: 2 });
    await n3.put(BUCKET, 'both', 'apart', { w: 1, context });
    expect(valuesOf(await n3.get(BUCKET, 'deleted', { r: 1 }))).toEqual(['old']);
    await cluster.faults.heal();
    await cluster.waitUntilConnected();
  });

  it('holds when the partition heals: the old value does not return (verify_delete_onreplace)', async () => {
    const [n1, n2, n3] = [cluster.client('n1'), cluster.client('n2'), cluster.client('n3')];
    const read = await n3.get(BUCKET, 'read', { r: 'all', readRepair: 'blocking' });
    expect(valuesOf(read)).toEqual([]);
    await untilOnDisks(cluster.nodes, 'made again', ['new']);
    for (const client of [n1, n2, n3]) {
      await waitFor('the delete to be everywhere', REPAIRED_MS_MAX, async () => {
        const own = { r: 1, sloppy: false, readRepair: 'off' };
        return valuesOf(await client.get(BUCKET, 'deleted', own)).length === 0;
      });
      expect(valuesOf(await client.get(BUCKET, 'deleted', { r: 'all' }))).toEqual([]);
      const listed: string[] = [];
      for await (const key of client.keys(BUCKET, { prefix: 'd', r: 'all' })) {
        listed.push(Buffer.from(key).toString());
      }
      expect(listed).toEqual([]);
    }
  });

  it('leaves what was written on the other side of the partition (verify_delete_onreplace)', async () => {
    await untilOnDisks(cluster.nodes, 'both', ['apart']);
  });
});
