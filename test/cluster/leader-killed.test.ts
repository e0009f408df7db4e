/** The leader of the metadata group dies; the data does not depend on it. */

import { expect, it, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { createBucket, ELECTION_MS_MAX, leaderOf, testCluster, valuesOf } from './harness.ts';

it('quorums go on while the leader is dead, and another one follows', async () => {
  const cluster = await testCluster();
  const leader = await leaderOf(cluster, 'n1');
  const survivors = cluster.nodes.map(({ name }) => name).filter((name) => name !== leader);
  const [first = '', second = ''] = survivors;
  await cluster.client(first).put('led', 'k', '0', { w: 'all' });

  const traffic = new Traffic(cluster, survivors);
  await traffic.more(50);
  const killedAt = performance.now();
  await cluster.node(leader).kill();
  await traffic.more(50);

  let successor: string | null = null;
  await waitFor('a new leader that both know', ELECTION_MS_MAX, async () => {
    const [one, other] = await Promise.all(survivors.map((name) => statusLeader(cluster, name)));
    successor = one ?? null;
    return one !== null && one !== leader && one === other;
  });
  expect(survivors).toContain(successor);
  await createBucket(cluster.node(first).url, 'made', { r: 'one' });
  await cluster.client(second).put('made', 'k', 'x');
  // The first write into an unknown bucket makes it, which needs the group as well.
  await cluster.client(first).put('made-by-writing', 'k', 'x');
  await traffic.more(50);

  await cluster.node(leader).start();
  await cluster.waitUntilConnected();
  await traffic.more(50);
  await traffic.stop();
  expect(traffic.failures.filter(({ startedAt }) => startedAt > killedAt)).toEqual([]);
  expect(traffic.failures).toEqual([]);

  const client = cluster.client(leader);
  await client.put('led', 'back', 'x', { w: 'all' });
  expect(valuesOf(await client.get('made', 'k', { r: 'all' }))).toEqual(['x']);
  await waitFor('all to know one leader', ELECTION_MS_MAX, async () => {
    const known = await Promise.all(cluster.nodes.map(({ name }) => statusLeader(cluster, name)));
    return known[0] !== null && new Set(known).size === 1;
  });
});

async function statusLeader(cluster: LocalCluster, name: string): Promise<string | null> {
  return (await cluster.client(name).status()).leader;
}

interface Failure {
  readonly startedAt: number;
  readonly what: string;
}

/** Quorum reads and writes through some of the nodes, until stopped. */
class Traffic {
  readonly failures: Failure[] = [];
  readonly #work: readonly Promise<void>[];
  #done = 0;
  #going = true;

  constructor(cluster: LocalCluster, through: readonly string[]) {
    this.#work = through.map((name) => this.#run(cluster, name));
    onTestFinished(() => this.stop());
  }

  /** Resolves when so many more rounds have succeeded. */
  more(rounds: number): Promise<void> {
    const enough = this.#done + rounds;
    return waitFor(`${rounds} more rounds`, 20_000, () => this.#done >= enough);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  async #run(cluster: LocalCluster, name: string): Promise<void> {
    const client = cluster.client(name);
    for (let i = 0; this.#going; i++) {
      const startedAt = performance.now();
      const key = `${name}/${i % 20}`;
      try {
        const { context } = await client.get('led', key, { r: 2 });
        await client.put('led', key, String(i), { w: 2, context });
        const found = valuesOf(await client.get('led', key, { r: 2 }));
        if (found.join() !== String(i)) throw new Error(`read ${found.join()} after writing ${i}`);
        this.#done++;
      } catch (error) {
        this.failures.push({ startedAt, what: `through ${name}: ${String(error)}` });
      }
    }
  }
}
