/** A cluster of the last tagged version, with data in it, whose nodes go over to this one. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type TestContext } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { NodeProcess } from '../../cluster/node-process.ts';
import { builtCommand, lastTag } from '../../cluster/tagged-version.ts';
import { testCluster, valuesOf } from '../cluster/harness.ts';
import { RollingTraffic } from '../cluster/rolling-traffic.ts';
import { lifeOnDisk } from '../cluster/stored-records.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** Kept for the next run. */
const BUILDS = join(tmpdir(), 'quorate-versions');

export const BUCKETS = {
  dynamo: { r: 'quorum', w: 'quorum' },
  paxos: { mode: 'paxos' },
  raft: { mode: 'raft' },
} as const;
const WRITERS = ['dynamo', 'dynamo', 'paxos', 'paxos', 'raft', 'raft'];
/** In each bucket, written before the first node is upgraded. */
const OLD_KEYS = 10;

export interface TaggedCluster {
  readonly tag: string;
  /** The command of that version. */
  readonly tagged: string;
  readonly cluster: LocalCluster;
  readonly traffic: RollingTraffic;
}

/** Skips the test, and says why, where nothing is tagged: in a shallow clone, or an archive. */
export async function startTaggedCluster({ skip }: TestContext): Promise<TaggedCluster> {
  const tag = await lastTag(REPOSITORY).catch((error: Error) => error);
  if (tag instanceof Error) {
    console.log(`skipped, with nothing to upgrade from: ${tag.message}`);
    return skip(tag.message);
  }
  const tagged = await builtCommand(REPOSITORY, tag, BUILDS);
  const cluster = await testCluster({ script: tagged });
  for (const [name, settings] of Object.entries(BUCKETS)) {
    await cluster.client('n1').putBucket(name, settings);
    for (let i = 0; i < OLD_KEYS; i++) await cluster.client('n1').put(name, `old ${i}`, `v${i}`);
  }
  const traffic = new RollingTraffic(cluster, WRITERS);
  await traffic.more(100);
  return { tag, tagged, cluster, traffic };
}

/** Resolves with its lineage. */
export async function stopInOrder(node: NodeProcess): Promise<number> {
  const { ended } = node;
  await node.stop();
  expect(await ended).toEqual({ code: 0, signal: null });
  const { lineage, cleanStop } = await lifeOnDisk(node);
  expect(cleanStop).toBe(true);
  return lineage;
}

/** What was written before any upgrade, through every node, whatever version it runs. */
export async function readOldKeys(cluster: LocalCluster): Promise<void> {
  for (const { name } of await cluster.serving()) {
    for (const bucket of Object.keys(BUCKETS)) {
      for (let i = 0; i < OLD_KEYS; i++) {
        const read = valuesOf(await cluster.client(name).get(bucket, `old ${i}`));
        expect([name, bucket, i, read]).toEqual([name, bucket, i, [`v${i}`]]);
      }
    }
  }
}
