/**
 * Replicas that lack what the others have, and that nobody reads: after a kill a node builds its
 * trees anew, finds what it lost or missed, and gets it from the others.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { TransportError } from '../../src/kernel/errors.ts';
import { valuesOf, waitForVoters } from './harness.ts';
import { loseObjects, storedObjects, untilOnDisks } from './stored-records.ts';

const BUCKET = 'lost';
/** What the one replica has, and nothing is repaired. */
const AS_IT_IS = { r: 1, sloppy: false, readRepair: 'off' };

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

/** A node that starts does not answer, or says that it cannot yet. */
function refusalOrSilence(error: unknown): undefined {
  if (error instanceof TransportError) return;
  expect(error).toMatchObject({ status: 503 });
}

describe('a node that was away', () => {
  it('has what it missed though nobody reads it (verify_tictacaae_nodedown)', async () => {
    await cluster.node('n2').kill();
    for (const name of ['n1', 'n3']) await cluster.waitUntilReachable(name, 'n2', false);
    const keys = Array.from({ length: 20 }, (_, i) => `missed-${i}`);
    for (const key of keys) await cluster.client('n1').put(BUCKET, key, key, { w: 2 });
    await cluster.node('n2').start();
    for (const key of keys) await untilOnDisks(cluster.nodes, key, [key]);
  });

  it('is asked for what it has while it starts, and only that is answered (gh_riak_core_155)', async () => {
    const client = cluster.client('n2');
    await client.put(BUCKET, 'early', 'kept', { w: 3 });
    await cluster.node('n2').kill();
    let starting = true;
    const ask = async () => {
      const found: string[][] = [];
      while (starting) {
        const answer = await client.get(BUCKET, 'early', { r: 2 }).catch(refusalOrSilence);
        if (answer !== undefined) found.push([...valuesOf(answer)]);
      }
      return found;
    };
    const asking = Promise.all(Array.from({ length: 8 }, ask));
    await cluster.node('n2').start();
    await cluster.waitUntilConnected();
    starting = false;
    for (const values of (await asking).flat()) expect(values).toEqual(['kept']);
    expect(valuesOf(await client.get(BUCKET, 'early', AS_IT_IS))).toEqual(['kept']);
  });
});

describe('a replica that was killed and lost', () => {
  const KEYS = Array.from({ length: 40 }, (_, i) => `kept-${i}`);

  /** Of the partition that n3 lost. */
  let lost: readonly string[];

  // Both at once: starts, and the comparisons after them, take long. n1 has it all.
  beforeAll(async () => {
    await Promise.all(KEYS.map((key) => cluster.client('n1').put(BUCKET, key, key, { w: 3 })));
    const [n2, n3] = [cluster.node('n2'), cluster.node('n3')];
    await Promise.all([n2.kill(), n3.kill()]);
    expect(await loseObjects(n2, ({ key }) => key === 'kept-7')).toBe(1);
    const stored = (await storedObjects(n3)).filter(({ key }) => KEYS.includes(key));
    const { partition } = stored[0] as { partition: number };
    lost = stored.filter((object) => object.partition === partition).map(({ key }) => key);
    await loseObjects(n3, (object) => object.partition === partition);
    await Promise.all([n2.start(), n3.start()]);
  });

  it('a key has it again, though nobody reads it (verify_aae)', async () => {
    await untilOnDisks(cluster.nodes, 'kept-7', ['kept-7']);
  });

  it('all records of a partition is filled again without reads (partition_repair)', async () => {
    expect(lost.length).toBeGreaterThan(0);
    for (const key of lost) await untilOnDisks(cluster.nodes, key, [key]);
  });

  it('all its records is filled again, and answers reads alone (partition_repair)', async () => {
    const node = cluster.node('n1');
    await node.kill();
    const count = (await storedObjects(node)).length;
    expect(await loseObjects(node, () => true)).toBe(count);
    await node.start();
    for (const key of KEYS) await untilOnDisks(cluster.nodes, key, [key]);
    for (const key of KEYS) {
      expect(valuesOf(await cluster.client('n1').get(BUCKET, key, AS_IT_IS))).toEqual([key]);
    }
  });
});
