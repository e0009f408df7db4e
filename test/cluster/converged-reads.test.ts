/** Replicas that agree, and writers who take turns, over HTTP and real disks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { valuesOf, waitForVoters } from './harness.ts';
import { lastTransaction, valuesOnDisk } from './stored-records.ts';

const BUCKET = 'agreed';
const NAMES = ['n1', 'n2', 'n3'];
const SETTLED_MS_MAX = 30_000;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

/** Of the stores of all nodes. */
function transactions(): Promise<readonly number[]> {
  return Promise.all(cluster.nodes.map(lastTransaction));
}

it('reads of what all replicas have alike write nothing anywhere (verify_no_writes_on_read)', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
  for (const key of keys) await cluster.client('n1').put(BUCKET, key, key, { w: 'all' });
  for (const key of keys.slice(0, 10))
    await cluster.client('n2').put(BUCKET, key, 'also', { w: 'all' });
  for (const key of keys.slice(40)) await cluster.client('n3').delete(BUCKET, key, { w: 'all' });
  for (const node of cluster.nodes) {
    await waitFor(`${node.name} to have it all`, SETTLED_MS_MAX, async () => {
      const values = await valuesOnDisk(node);
      return keys.every((key, i) => values.get(key)?.length === (i < 10 ? 2 : i < 40 ? 1 : 0));
    });
  }

  const before = await transactions();
  for (const r of [1, 2, 3]) {
    for (const readRepair of ['async', 'blocking']) {
      for (const name of NAMES) {
        const client = cluster.client(name);
        await Promise.all(keys.map((key) => client.get(BUCKET, key, { r, readRepair })));
      }
    }
  }
  for (const name of NAMES) {
    for await (const key of cluster.client(name).keys(BUCKET))
      expect(key.length).toBeGreaterThan(0);
  }
  expect(await transactions()).toEqual(before);

  // The measure is one: a write shows in it.
  await cluster.client('n1').put(BUCKET, 'one more', 'x', { w: 'all' });
  const after = await transactions();
  expect(after.every((transaction, i) => transaction > (before[i] as number))).toBe(true);
});

describe('writers who do not read each other', () => {
  it('end with two siblings, however often they write (sibling_explosion)', async () => {
    const writers = [
      { client: cluster.client('n1'), name: 'even', context: undefined as string | undefined },
      { client: cluster.client('n2'), name: 'odd', context: undefined as string | undefined },
    ];
    for (let i = 0; i < 99; i++) {
      const writer = writers[i % 2] as (typeof writers)[0];
      const { client, context } = writer;
      writer.context = (
        await client.put(BUCKET, 'turns', `${writer.name} ${i}`, { context })
      ).context;
    }
    const answer = await cluster.client('n3').get(BUCKET, 'turns', { r: 'all' });
    expect(valuesOf(answer)).toEqual(['even 98', 'odd 97']);
  });

  it('end with two siblings when each writes with what it last read (sibling_explosion)', async () => {
    const contexts: (string | undefined)[] = [undefined, undefined];
    for (let i = 0; i < 60; i++) {
      const writer = i % 2;
      const client = cluster.client(NAMES[writer] as string);
      await client.put(BUCKET, 'interleaved', `v${i}`, { context: contexts[writer] });
      // The other one writes before this one does again, each time.
      ({ context: contexts[writer] } = await client.get(BUCKET, 'interleaved'));
    }
    const answer = await cluster.client('n3').get(BUCKET, 'interleaved', { r: 'all' });
    expect(valuesOf(answer)).toEqual(['v58', 'v59']);
  });
});

describe('siblings', () => {
  it('are merged by one who saw them all, and by nobody else (verify_siblingmerge_basic)', async () => {
    const [n1, n2, n3] = NAMES.map((name) => cluster.client(name));
    for (const [i, client] of [n1, n2, n3].entries()) await client?.put(BUCKET, 'merge', `s${i}`);
    const seen = await n3?.get(BUCKET, 'merge', { r: 'all' });
    expect(seen && valuesOf(seen)).toEqual(['s0', 's1', 's2']);
    await n1?.put(BUCKET, 'merge', 'blind');
    await n2?.put(BUCKET, 'merge', 'merged', { context: seen?.context });
    for (const name of NAMES) {
      const answer = await cluster.client(name).get(BUCKET, 'merge', { r: 'all' });
      expect(valuesOf(answer)).toEqual(['blind', 'merged']);
    }
    const both = await n1?.get(BUCKET, 'merge');
    await n3?.delete(BUCKET, 'merge', { context: both?.context });
    const gone = await n2?.get(BUCKET, 'merge', { r: 'all' });
    expect(gone && valuesOf(gone)).toEqual([]);
  });
});
