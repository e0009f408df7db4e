/** Counters in a paxos bucket while the ring changes under them. */

import { describe, expect, it } from 'vitest';
import { bufferOf, utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { registersRest } from '../../../src/replica/store-keys.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { commitAt, ringAt, untilSettled } from './ring-operator.ts';

const KEYS = Array.from({ length: 24 }, (_, i) => `key ${i}`);
const BUCKET = 'counters';
const TIMEOUT_MS = 2_000;

async function add(cluster: TestCluster, at: NodeId, key: string): Promise<void> {
  const change = { type: 'increment', by: 1, ttlMs: undefined } as const;
  const once = { condition: 'none', requestId: undefined } as const;
  await cluster.request(at, (node) => {
    const bucket = node.bucket(BUCKET);
    if (bucket === undefined) throw new Error(`${at} knows no ${BUCKET}`);
    return node.paxosBuckets.change(bucket, utf8(key), { ...change, ...once }, TIMEOUT_MS);
  });
}

async function countAt(cluster: TestCluster, at: NodeId, key: string): Promise<number> {
  const { content } = await cluster.complete(
    cluster.request(at, (node) => {
      const bucket = node.bucket(BUCKET);
      if (bucket === undefined) throw new Error(`${at} knows no ${BUCKET}`);
      return node.paxosBuckets.get(bucket, utf8(key), TIMEOUT_MS);
    }),
  );
  return content === undefined ? 0 : Number(bufferOf(content.value).toString());
}

/** Counts all the time, and what was confirmed and what was in doubt. */
class Counting {
  readonly confirmed = new Map(KEYS.map((key) => [key, 0]));
  readonly unknown = new Map(KEYS.map((key) => [key, 0]));
  /** Clients turn to these. */
  asked: readonly NodeId[];
  readonly #cluster: TestCluster;
  readonly #ended: Promise<unknown>;
  #going = true;

  constructor(cluster: TestCluster, asked: readonly NodeId[]) {
    this.#cluster = cluster;
    this.asked = asked;
    this.#ended = Promise.all([0, 1, 2].map(() => this.#client()));
    this.#ended.catch(() => {});
  }

  async end(): Promise<void> {
    this.#going = false;
    await this.#cluster.complete(this.#ended);
  }

  async #client(): Promise<void> {
    const random = this.#cluster.simulation.random.fork();
    while (this.#going) {
      const key = random.pick(KEYS);
      try {
        await add(this.#cluster, random.pick(this.asked), key);
        this.#count(this.confirmed, key);
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        if (!error.definite) this.#count(this.unknown, key);
      }
      await this.#cluster.pause(20);
    }
  }

  #count(counts: Map<string, number>, key: string): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

/** Nodes that have registers of a partition on their disks, by partition. */
async function keepers(cluster: TestCluster, at: NodeId): Promise<readonly (readonly NodeId[])[]> {
  const { partitionCount } = await ringAt(cluster, at);
  return Array.from({ length: partitionCount }, (_, partition) => {
    const { from, to } = registersRest(partition, 0);
    const isWithin = (key: string) => {
      const bytes = Buffer.from(key, 'latin1');
      return Buffer.compare(bytes, from) >= 0 && Buffer.compare(bytes, to) < 0;
    };
    return cluster.nodeIds.filter((id) => [...cluster.disk(id).committed.keys()].some(isWithin));
  });
}

describe('a ring that changes under a paxos bucket', () => {
  it('loses no count, counts nothing twice, and leaves nothing behind', async () => {
    const cluster = await startCluster(1, {
      nodes: 3,
      partitionCount: 8,
      buckets: [{ name: BUCKET, mode: 'paxos', n: 3 }],
    });
    for (const key of KEYS) await cluster.complete(add(cluster, 'n1', key));
    const counting = new Counting(cluster, ['n1', 'n2', 'n3']);
    await cluster.simulation.advance(500);

    await cluster.complete(cluster.admit('n4'));
    await untilSettled(cluster, ['n1', 'n2', 'n3', 'n4']);
    counting.asked = ['n2', 'n3', 'n4'];
    await cluster.complete(commitAt(cluster, 'n2', [{ type: 'leave', node: 'n1' }]));
    await untilSettled(cluster, ['n2', 'n3', 'n4']);
    const left = (await keepers(cluster, 'n2')).map((ids) => ids.includes('n1'));
    expect(left).not.toContain(true);
    await cluster.stop('n1');
    cluster.giveUp('n1');

    counting.asked = ['n2', 'n4'];
    cluster.kill('n3');
    cluster.giveUp('n3');
    await cluster.simulation.advance(1_000);
    await cluster.complete(cluster.admit('n5', 'n3'));
    await untilSettled(cluster, ['n2', 'n4', 'n5']);
    await counting.end();

    for (const key of KEYS) {
      const counts = [];
      for (const at of ['n2', 'n4', 'n5']) counts.push(await countAt(cluster, at, key));
      const confirmed = 1 + (counting.confirmed.get(key) ?? 0);
      expect(new Set(counts).size).toBe(1);
      expect(counts[0]).toBeGreaterThanOrEqual(confirmed);
      expect(counts[0]).toBeLessThanOrEqual(confirmed + (counting.unknown.get(key) ?? 0));
    }
    const all = [...counting.confirmed.values()].reduce((sum, one) => sum + one, 0);
    expect(all).toBeGreaterThan(100);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('has nothing left of a deleted bucket', async () => {
    const cluster = await startCluster(2, {
      nodes: 3,
      partitionCount: 8,
      buckets: [{ name: BUCKET, mode: 'paxos', n: 3 }],
    });
    for (const key of KEYS) await cluster.complete(add(cluster, 'n1', key));
    expect((await keepers(cluster, 'n1')).flat().length).toBeGreaterThan(0);
    await cluster.complete(cluster.request('n2', (node) => node.buckets.delete(BUCKET, 2_000)));
    await cluster.simulation.advance(2_000);
    expect((await keepers(cluster, 'n1')).flat()).toEqual([]);
    expect(cluster.fatalErrors).toEqual([]);
  });
});
