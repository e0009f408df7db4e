/** PR and PW, with real processes: counted from replicas of the key that answered. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { chooseKeys } from '../../bench/handoff/chosen-keys.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { killNodes, refusalOf, startNodes, valuesOf, waitForVoters } from './harness.ts';

const BUCKET = 'counted';

let cluster: LocalCluster;
let key: string;
/** A replica of the key, and what it is asked through. */
let a: string;
let client: NodeClient;
/** The two other replicas. */
let b: string;
let c: string;
/** The two nodes that are none. */
let others: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 5, partitions: 16 });
  await waitForVoters(cluster);
  await cluster.client('n1').putBucket(BUCKET);
  const chosen = await chooseKeys(cluster.node('n1').url, BUCKET, 1);
  [key] = chosen.keys as [string];
  [a, b, c] = chosen.primaries as [string, string, string];
  others = cluster.nodes.map(({ name }) => name).filter((name) => ![a, b, c].includes(name));
  client = cluster.client(a);
  await client.put(BUCKET, key, 'before', { w: 3, pw: 3 });
});

afterAll(() => cluster?.kill());

it('a replica that is silent counts for neither PW nor PR while everybody takes it for up (pr_pw)', async () => {
  const { context } = await client.get(BUCKET, key);
  cluster.node(c).pause();
  try {
    const timeout = 1_500;
    const three = { w: 3, pw: 3, timeout, context };
    const [unwritten, unread] = await Promise.all([
      refusalOf(client.put(BUCKET, key, 'not by three', three)),
      refusalOf(client.get(BUCKET, key, { r: 3, pr: 3, timeout, readRepair: 'off' })),
    ]);
    expect(unwritten).toMatchObject({ code: 'write_quorum_not_met', definite: false });
    expect(unread).toMatchObject({ code: 'read_quorum_not_met', definite: true });
    const { quorum } = await client.put(BUCKET, key, 'by two', { ...three, pw: 2 });
    expect(quorum).toMatch(new RegExp(`n\\d for ${c}`));
    const read = await client.get(BUCKET, key, { r: 3, pr: 2, timeout });
    expect(read.quorum).toMatch(new RegExp(`n\\d for ${c}`));
    expect(valuesOf(read)).toContain('by two');
  } finally {
    cluster.node(c).resume();
  }
  await cluster.waitUntilConnected();
  const all = await client.get(BUCKET, key, { r: 3, pr: 3, timeout: 10_000 });
  expect(valuesOf(all)).toContain('by two');
});

it('W counts distinct nodes, whoever they are; PW counts replicas only (node_confirms_vs_pw)', async () => {
  await killNodes(cluster, [b, c]);
  const definite = { code: 'too_few_replicas', definite: true };
  const put = (options: object) => client.put(BUCKET, key, 'sloppy', options);

  expect(await refusalOf(put({ w: 2, pw: 2 }))).toMatchObject(definite);
  expect(await refusalOf(put({ w: 2, sloppy: false }))).toMatchObject(definite);
  for (const w of [2, 3]) {
    const { quorum } = await put({ w, pw: 1 });
    const reached = /reached=([^;]*)/.exec(quorum)?.[1]?.split(',') ?? [];
    expect(new Set(reached.map((name) => name.split(' ')[0])).size).toBeGreaterThanOrEqual(w);
  }

  // One node stands in for two now, and counts once.
  const [gone, left] = others as [string, string];
  await killNodes(cluster, [gone]);
  expect(await refusalOf(put({ w: 3 }))).toMatchObject(definite);
  expect((await put({ w: 2 })).quorum).toContain(left);
  await startNodes(cluster, [b, c, gone]);
});
