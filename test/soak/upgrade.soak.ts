/**
 * A cluster of the last tagged version goes over to the working tree, node by node, while
 * clients go on. Skipped where no version is tagged.
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { type NodeProcess, QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { builtCommand, lastTag } from '../../cluster/tagged-version.ts';
import { leaderOf, testCluster, valuesOf } from '../cluster/harness.ts';
import { RollingTraffic } from '../cluster/rolling-traffic.ts';
import { lifeOnDisk } from '../cluster/stored-records.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** Kept for the next run. */
const BUILDS = join(tmpdir(), 'quorate-versions');

const BUCKETS = {
  dynamo: { r: 'quorum', w: 'quorum' },
  paxos: { mode: 'paxos' },
  raft: { mode: 'raft' },
} as const;
const WRITERS = ['dynamo', 'dynamo', 'paxos', 'paxos', 'raft', 'raft'];
/** In each bucket, written before the first node is upgraded. */
const OLD_KEYS = 10;

it('fails no request, loses no write and no lineage', async (context) => {
  const tag = await lastTag(REPOSITORY).catch((error: Error) => error);
  if (tag instanceof Error) {
    console.log(`skipped, with nothing to upgrade from: ${tag.message}`);
    return context.skip();
  }
  const tagged = await builtCommand(REPOSITORY, tag, BUILDS);
  const cluster = await testCluster({ script: tagged });
  for (const [name, settings] of Object.entries(BUCKETS)) {
    await cluster.client('n1').putBucket(name, settings);
  }
  await writeOldKeys(cluster);
  const traffic = new RollingTraffic(cluster, WRITERS);
  await traffic.more(100);

  const leader = await leaderOf(cluster, 'n1');
  const others = cluster.nodes.map(({ name }) => name).filter((name) => name !== leader);
  const [first, last] = others.map((name) => cluster.node(name)) as [NodeProcess, NodeProcess];
  const lineages = new Map<string, number>();
  const roll = async (node: NodeProcess, script: string) => {
    lineages.set(node.name, await stopInOrder(node));
    await traffic.more(30);
    node.script = script;
    await node.start();
    await traffic.more(30);
    await readOldKeys(cluster);
  };

  await roll(first, QUORATE_COMMAND);
  for (const [node, bucket] of [
    [first, 'by-upgraded'],
    [last, 'by-tagged'],
  ] as const) {
    await cluster.client(node.name).putBucket(bucket, BUCKETS.dynamo);
    traffic.addWriter(bucket);
  }
  await traffic.more(30);
  lineages.set(first.name, await stopInOrder(first));
  const wentBack = await startedAs(first, tagged);
  await traffic.more(30);
  await readOldKeys(cluster);
  if (wentBack) await roll(first, QUORATE_COMMAND);
  else {
    first.script = QUORATE_COMMAND;
    await first.start();
    lineages.delete(first.name);
  }

  await roll(cluster.node(leader), QUORATE_COMMAND);
  await cluster.join();
  await cluster.waitUntilSettled();
  await readOldKeys(cluster);

  await roll(last, QUORATE_COMMAND);
  await traffic.stop();
  expect(traffic.failures).toEqual([]);
  await traffic.checkAll();
  for (const [name, lineage] of lineages) {
    expect([name, (await lifeOnDisk(cluster.node(name))).lineage]).toEqual([name, lineage]);
  }
  console.log(
    `from ${tag}: ${traffic.done} rounds; going back was ${wentBack ? '' : 'not '}possible`,
  );
});

/** False where the older version says that it is too old. */
async function startedAs(node: NodeProcess, script: string): Promise<boolean> {
  node.script = script;
  try {
    await node.start();
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/newer version|too old|install the version/);
    return false;
  }
}

/** Resolves with its lineage. */
async function stopInOrder(node: NodeProcess): Promise<number> {
  const { ended } = node;
  await node.stop();
  expect(await ended).toEqual({ code: 0, signal: null });
  const { lineage, cleanStop } = await lifeOnDisk(node);
  expect(cleanStop).toBe(true);
  return lineage;
}

async function writeOldKeys(cluster: LocalCluster): Promise<void> {
  for (const bucket of Object.keys(BUCKETS)) {
    for (let i = 0; i < OLD_KEYS; i++) await cluster.client('n1').put(bucket, `old ${i}`, `v${i}`);
  }
}

/** Through every node, whatever version it runs. */
async function readOldKeys(cluster: LocalCluster): Promise<void> {
  for (const { name } of await cluster.serving()) {
    for (const bucket of Object.keys(BUCKETS)) {
      for (let i = 0; i < OLD_KEYS; i++) {
        const read = valuesOf(await cluster.client(name).get(bucket, `old ${i}`));
        expect([name, bucket, i, read]).toEqual([name, bucket, i, [`v${i}`]]);
      }
    }
  }
}
