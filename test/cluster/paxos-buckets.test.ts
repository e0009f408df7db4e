/** A paxos bucket on real processes: atomic changes, lost replicas, and outcomes nobody heard of. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { mintIdempotencyKey } from '../../src/client/idempotency-key.ts';
import { killNodes, quorate, refusalOf, startNodes, valuesOf, waitForVoters } from './harness.ts';

const BUCKET = 'accounts';
/** For nodes to hear each other again. */
const HEALED_MS_MAX = 15_000;

let cluster: LocalCluster;
let keys = 0;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8, startOptions: ['--enable-faults'] });
  await waitForVoters(cluster);
  await cluster.client('n2').putBucket(BUCKET, { mode: 'paxos' });
});

afterAll(() => cluster?.kill());

const at = (name: string) => cluster.client(name);
const names = () => cluster.nodes.map(({ name }) => name);
const freshKey = () => `key-${keys++}`;
const textAt = async (name: string, key: string) =>
  valuesOf(await at(name).get(BUCKET, key)).join();

/** A key for which the node proposes, with a value and thus with a ballot for the next change. */
async function keyProposedBy(name: string, value: string): Promise<string> {
  for (;;) {
    const key = freshKey();
    const { quorum } = await at(name).put(BUCKET, key, value);
    if (quorum.includes(`coordinator=${name}`)) return key;
  }
}

async function healed(): Promise<void> {
  await cluster.faults.heal();
  await cluster.waitUntilConnected();
}

describe('a paxos bucket', () => {
  it('shows at every node what any node has written, and compares versions', async () => {
    const key = freshKey();
    const { version } = await at('n1').put(BUCKET, key, 'one', { ifNoneMatch: '*' });
    for (const name of names()) {
      expect(await at(name).get(BUCKET, key)).toMatchObject({ version });
      expect(await textAt(name, key)).toBe('one');
    }
    const next = await at('n2').put(BUCKET, key, 'two', { ifMatch: version });
    const conflict = await refusalOf(at('n3').put(BUCKET, key, 'three', { ifMatch: version }));
    expect(conflict).toMatchObject({ status: 412, code: 'condition_failed', definite: true });
    expect(conflict.facts.version).toBe(next.version);
    await at('n3').delete(BUCKET, key, { ifMatch: next.version });
    for (const name of names()) expect(await textAt(name, key)).toBe('');
  });

  it('counts and appends whichever node is asked, once under each key', async () => {
    const [counter, log] = [freshKey(), freshKey()];
    const added = await Promise.all(
      names().flatMap((name) => [1, 2, 3, 4].map(() => at(name).increment(BUCKET, counter))),
    );
    const numbers = added.map(({ number }) => number).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    const idempotencyKey = mintIdempotencyKey();
    for (const name of names()) {
      const { number } = await at(name).increment(BUCKET, counter, 100, { idempotencyKey });
      expect(number).toBe(112);
    }
    for (const name of names()) await at(name).append(BUCKET, log, `${name},`);
    expect(await textAt('n1', log)).toBe('n1,n2,n3,');
    const args = ['increment', BUCKET, counter, '--by', '-12', '--node', cluster.node('n3').url];
    expect(await quorate(args)).toEqual({ code: 0, stdout: '100\n', stderr: '' });
  });

  it('lists its keys with a value, and takes part in batches', async () => {
    const operations = Array.from({ length: 20 }, (_, i) => ({
      op: 'put',
      bucket: BUCKET,
      key: `listed-${String(i).padStart(2, '0')}`,
      value: 'v',
    }));
    const post = async (name: string, batch: object) => {
      const body = JSON.stringify(batch);
      const answer = await fetch(`${cluster.node(name).url}/batch`, { method: 'POST', body });
      return (await answer.json()) as { results: { status: number }[] };
    };
    const { results } = await post('n1', { operations });
    expect(results.map(({ status }) => status)).toEqual(Array(20).fill(204));
    await at('n2').delete(BUCKET, 'listed-07');
    const listed: string[] = [];
    for await (const key of at('n3').keys(BUCKET, { prefix: 'listed-' })) {
      listed.push(Buffer.from(key).toString());
    }
    const expected = operations.map(({ key }) => key).filter((key) => key !== 'listed-07');
    expect(listed).toEqual(expected);
  });

  it('goes on while any one of its replicas is away, and loses nothing', async () => {
    const client = ClusterClient.inTurn(cluster.urls);
    const key = freshKey();
    let number = 0;
    for (const victim of names()) {
      await killNodes(cluster, [victim]);
      for (const name of names().filter((other) => other !== victim)) {
        expect(await at(name).increment(BUCKET, key)).toMatchObject({ number: ++number });
        expect(await textAt(name, key)).toBe(String(number));
      }
      expect(await client.increment(BUCKET, key)).toMatchObject({ number: ++number });
      await startNodes(cluster, [victim]);
      expect(await textAt(victim, key)).toBe(String(number));
    }
    await client.close();
  });
});

describe('a change of which nobody heard', () => {
  it('has an unknown outcome, and the same key tells what became of it', async () => {
    const key = await keyProposedBy('n1', '10');
    const idempotencyKey = mintIdempotencyKey();
    // What n1 asks is done, and n1 does not hear of it.
    await cluster.faults.oneWay(['n2', 'n3'], 'n1');
    const change = at('n1').increment(BUCKET, key, 5, { idempotencyKey, timeout: 1_000 });
    expect(await refusalOf(change)).toMatchObject({
      code: 'outcome_unknown',
      status: 503,
      definite: false,
      retry: false,
    });
    for (const name of ['n2', 'n3']) await cluster.waitUntilReachable(name, 'n1', false);
    const repeated = await at('n2').increment(BUCKET, key, 5, { idempotencyKey, timeout: 5_000 });
    expect(repeated.number).toBe(15);
    await healed();
    await waitFor('n1 to answer the same', HEALED_MS_MAX, async () => {
      const again = await at('n1').increment(BUCKET, key, 5, { idempotencyKey });
      expect(again).toMatchObject({ number: 15, version: repeated.version });
      return true;
    });
    expect((await at('n3').increment(BUCKET, key)).number).toBe(16);
  });

  it('never began where there is no majority, which is told as such', async () => {
    const key = await keyProposedBy('n1', '10');
    await cluster.faults.partition('n1', ['n2', 'n3']);
    for (const peer of ['n2', 'n3']) await cluster.waitUntilReachable('n1', peer, false);
    const unread = await refusalOf(at('n1').get(BUCKET, key));
    expect(unread).toMatchObject({ status: 503, definite: true });
    // As long as a connection looks alive, what is handed over on it may have arrived.
    await waitFor('a refusal that is definite', HEALED_MS_MAX, async () => {
      const change = at('n1').increment(BUCKET, freshKey(), 1, { timeout: 1_000 });
      const refusal = await refusalOf(change);
      expect(refusal.definite).toBe(refusal.code === 'paxos_unavailable');
      return refusal.code === 'paxos_unavailable' && refusal.retry;
    });
    for (const name of ['n2', 'n3']) await cluster.waitUntilReachable(name, 'n1', false);
    expect((await at('n2').increment(BUCKET, key)).number).toBe(11);
    await healed();
    await waitFor('n1 to have caught up', HEALED_MS_MAX, async () => {
      return (await textAt('n1', key)) === '11';
    });
  });
});
