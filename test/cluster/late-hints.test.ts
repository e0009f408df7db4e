/**
 * What nodes that stood in for others hand over late, with real processes and disks: nothing of
 * it may kill what was written meanwhile, and nobody who forgot may count on (riak_kv#679).
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseKeys } from '../../bench/handoff/chosen-keys.ts';
import { hintsWaiting } from '../../bench/handoff/drain-watch.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { killNodes, startNodes, waitForVoters } from './harness.ts';
import { loseHints, loseObjects, untilOnDisks, valuesOnDisk } from './stored-records.ts';

const BUCKET = 'late';
const HANDED_OVER_MS_MAX = 30_000;

let cluster: LocalCluster;
/** The replicas of every key used here, and the two other nodes. */
let a: string;
let b: string;
let c: string;
let d: string;
let e: string;
let keys: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 5, partitions: 16 });
  await waitForVoters(cluster);
  await cluster.client('n1').putBucket(BUCKET);
  const chosen = await chooseKeys(cluster.node('n1').url, BUCKET, 5);
  keys = chosen.keys;
  [a, b, c] = chosen.primaries as [string, string, string];
  const others = cluster.nodes.filter(({ name }) => !chosen.primaries.includes(name));
  [d, e] = others.map(({ name }) => name) as [string, string];
});

afterAll(() => cluster?.kill());

const killed = (...names: string[]) => killNodes(cluster, names);
const started = (...names: string[]) => startNodes(cluster, names);

/** What is there is read before it is written over, each time. */
async function putInTurn(
  at: string,
  key: string,
  values: readonly string[],
  w: number,
): Promise<string> {
  const client = cluster.client(at);
  let quorum = '';
  for (const value of values) {
    const { context } = await client.get(BUCKET, key);
    ({ quorum } = await client.put(BUCKET, key, value, { w, context }));
  }
  return quorum;
}

async function untilHandedOver(): Promise<void> {
  await waitFor('all hints to be handed over', HANDED_OVER_MS_MAX, async () => {
    const running = cluster.nodes.filter((node) => node.isRunning);
    return (await hintsWaiting(running.map(({ name }) => cluster.client(name)))) === 0;
  });
}

const replicas = () => [a, b, c].map((name) => cluster.node(name));

const isKey = (key: string) => (object: { readonly key: string }) => object.key === key;

describe('a replica that lost its clock', () => {
  it('and learned an old one from those that stood in loses no write (kv679_dataloss_fb)', async () => {
    const [key] = keys as [string];
    await killed(b, c);
    expect(await putInTurn(a, key, ['bob', 'jim'], 3)).toContain(' for ');
    await killed(d, e);
    await started(b, c);
    await putInTurn(a, key, ['jon', 'joe'], 3);
    await killed(b, c);
    await cluster.node(a).stop();
    await loseObjects(cluster.node(a), isKey(key));
    await started(a, d, e);

    const client = cluster.client(a);
    const old = await client.get(BUCKET, key, { r: 3 });
    expect(old.values.map(({ value }) => Buffer.from(value).toString())).toEqual(['jim']);
    await waitFor('read repair', HANDED_OVER_MS_MAX, async () =>
      (await valuesOnDisk(cluster.node(a))).has(key),
    );
    const { quorum } = await client.put(BUCKET, key, 'anne', { w: 3, context: old.context });
    expect(quorum).toContain(`coordinator=${a}`);
    await started(b, c);
    await untilHandedOver();
    await untilOnDisks(replicas(), key, ['anne', 'joe']);
  });
});

describe('a node that stood in for others', () => {
  it('does not count on once it has handed over, nor after it lost a hint (kv679_dataloss_fb2)', async () => {
    const [, key] = keys as [string, string];
    await killed(a, b, c);
    const quorum = await putInTurn(d, key, ['one', 'two'], 2);
    const coordinator = /coordinator=(\w+)/.exec(quorum)?.[1] as string;
    await started(a, b, c);
    await untilHandedOver();
    await untilOnDisks(replicas(), key, ['two']);

    await killed(a, b, c);
    const again = await cluster.client(coordinator).put(BUCKET, key, 'handed over', { w: 2 });
    expect(again.quorum).toContain(`coordinator=${coordinator}`);
    await cluster.node(coordinator).stop();
    expect(await loseHints(cluster.node(coordinator), key)).toBeGreaterThan(0);
    await started(a, b, c, coordinator);
    await untilHandedOver();
    await untilOnDisks(replicas(), key, ['handed over', 'two']);
  });

  it('with a tombstone does not kill a key that was made again (doomstone, kv679_tombstone)', async () => {
    const [, , key] = keys as [string, string, string];
    await putInTurn(a, key, ['bob', 'phil', 'pete'], 3);
    await killed(c);
    const { quorum } = await cluster.client(a).delete(BUCKET, key, { w: 3 });
    const keeper = new RegExp(`(\\w+) for ${c}`).exec(quorum)?.[1] as string;
    await killed(keeper);
    await started(c);
    // As if the tombstone had been reaped where it can be: the replicas forget it, clock and all.
    await Promise.all(replicas().map((node) => node.stop()));
    for (const node of replicas()) await loseObjects(node, isKey(key));
    await started(a, b, c);
    const nothing = await cluster.client(a).get(BUCKET, key, { r: 3, sloppy: false });
    expect(nothing.context).toBeUndefined();

    await cluster.client(a).put(BUCKET, key, 'jon', { w: 3 });
    await started(keeper);
    await untilHandedOver();
    await untilOnDisks(replicas(), key, ['jon']);
  });
});

describe('a replica that lost what was handed over to it', () => {
  it('has it again from the other replicas, and the write is never gone', async () => {
    const [, , , key] = keys as [string, string, string, string];
    await killed(b, c);
    await cluster.client(a).put(BUCKET, key, 'kept', { w: 3 });
    await started(b, c);
    await untilHandedOver();
    await killed(b);
    expect(await loseObjects(cluster.node(b), isKey(key))).toBe(1);
    await started(b);
    const { values } = await cluster.client(e).get(BUCKET, key, { r: 2, sloppy: false });
    expect(values).toHaveLength(1);
    await untilOnDisks(replicas(), key, ['kept']);
  });
});
