/** Every node of a cluster is stopped in order and started again while clients go on. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { leaderOf, testCluster, valuesOf } from './harness.ts';
import { lifeOnDisk } from './stored-records.ts';

const BUCKET = 'rolled';
/** Of mode raft: its writes are in doubt where a leader is lost. */
const PRECIOUS = 'precious';
const WRITERS = 8;
/** Between two requests of one writer: a load that the machine bears. */
const PAUSE_MS = 5;

it('fails no request of a client that goes to another node, and loses no lineage', async () => {
  const cluster = await testCluster();
  await cluster.client('n1').putBucket(BUCKET, { r: 'quorum', w: 'quorum' });
  await cluster.client('n1').putBucket(PRECIOUS, { mode: 'raft' });
  const traffic = new Traffic(cluster);
  await traffic.more(100);

  const before = await leaderOf(cluster, 'n1');
  // The leader in the middle: one node has been away before, and one will be after.
  const others = cluster.nodes.map(({ name }) => name).filter((name) => name !== before);
  const order = [others[0], before, others[1]] as string[];
  const lineages = new Map<string, number>();
  for (const name of order) {
    const node = cluster.node(name);
    const { ended } = node;
    await node.stop();
    expect(await ended).toEqual({ code: 0, signal: null });
    const { lineage, cleanStop } = await lifeOnDisk(node);
    expect(cleanStop).toBe(true);
    lineages.set(name, lineage);
    await traffic.more(50);
    await node.start();
    await traffic.more(50);
  }
  await traffic.stop();

  expect(traffic.failures).toEqual([]);
  await traffic.checkAll();
  for (const node of cluster.nodes) {
    const { lineage, cleanStop } = await lifeOnDisk(node);
    expect({ lineage, cleanStop }).toEqual({ lineage: lineages.get(node.name), cleanStop: false });
  }
});

/** Reads and writes at quorum, each writer its own keys in its own bucket, until stopped. */
class Traffic {
  readonly failures: string[] = [];
  readonly #client: ClusterClient;
  readonly #acknowledged = new Map<string, string>();
  readonly #work: readonly Promise<void>[];
  #done = 0;
  #going = true;

  constructor(cluster: LocalCluster) {
    this.#client = new ClusterClient(cluster.urls);
    onTestFinished(() => this.#client.close());
    this.#work = Array.from({ length: WRITERS }, (_, writer) => this.#run(writer));
    onTestFinished(() => this.stop());
  }

  /** Resolves when so many more rounds have succeeded. */
  more(rounds: number): Promise<void> {
    const enough = this.#done + rounds;
    return waitFor(`${rounds} more rounds`, 30_000, () => this.#done >= enough);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  /** What was acknowledged is there. */
  async checkAll(): Promise<void> {
    for (const [key, value] of this.#acknowledged) {
      const bucket = bucketOf(Number.parseInt(key, 10));
      expect([key, valuesOf(await this.#client.get(bucket, key))]).toEqual([key, [value]]);
    }
  }

  async #run(writer: number): Promise<void> {
    const bucket = bucketOf(writer);
    for (let i = 0; this.#going; i++) {
      const key = `${writer}/${i % 10}`;
      const value = `${writer} wrote ${i}`;
      try {
        const found = await this.#client.get(bucket, key);
        const expected = this.#acknowledged.get(key);
        const read = valuesOf(found).join();
        if (read !== (expected ?? '')) throw new Error(`read [${read}], not [${expected}]`);
        await this.#client.put(bucket, key, value, { context: found.context });
        this.#acknowledged.set(key, value);
        this.#done++;
      } catch (error) {
        this.failures.push(`${key}: ${String(error)}`);
      }
      await sleep(PAUSE_MS);
    }
  }
}

function bucketOf(writer: number): string {
  return writer < 2 ? PRECIOUS : BUCKET;
}
