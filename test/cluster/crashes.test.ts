/** Nodes that die, lose their disks and come back. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { testClient, testCluster, testNode, valuesOf, waitForVoters } from './harness.ts';

describe('an acknowledged write', () => {
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 8 });
    await waitForVoters(cluster);
  });

  afterAll(() => cluster?.kill());

  it('survives kill -9 of a node in the middle of concurrent writes', async () => {
    const writers = Array.from({ length: 6 }, (_, i) => new Writer(cluster, `w${i}`, i));
    let acknowledged = 0;
    let writing = true;
    onTestFinished(() => {
      writing = false;
    });
    const work = writers.map(async (writer) => {
      while (writing) {
        const more = await writer.write();
        acknowledged += more;
      }
    });

    const more = (count: number) => {
      const enough = acknowledged + count;
      return waitFor(`${count} more writes`, 20_000, () => acknowledged >= enough);
    };

    await more(200);
    await cluster.node('n1').kill();
    await more(200);
    await cluster.node('n1').start();
    await more(200);
    writing = false;
    await Promise.all(work);

    await cluster.waitUntilConnected();
    for (const { name } of cluster.nodes) {
      const client = cluster.client(name);
      const get = (key: string) => client.get('crash', key, { r: 2 });
      await Promise.all(writers.map((writer) => writer.verify(get)));
    }
  });

  it('is served after a clean restart and after a kill of all nodes', async () => {
    await cluster.client('n1').put('kept', 'a', 'before the stop', { w: 'all' });
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await cluster.waitUntilConnected();
    await cluster.client('n2').put('kept', 'b', 'before the kill', { w: 'all' });
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.waitUntilConnected();
    for (const { name } of cluster.nodes) {
      const client = cluster.client(name);
      expect(valuesOf(await client.get('kept', 'a', { r: 1 }))).toEqual(['before the stop']);
      expect(valuesOf(await client.get('kept', 'b', { r: 1 }))).toEqual(['before the kill']);
    }
  });
});

describe('a node', () => {
  it('goes on with its lineage after a clean stop only', async () => {
    const cluster = await testCluster({ nodes: 1 });
    const node = cluster.node('n1');
    const client = cluster.client('n1');
    await client.put('lives', 'k', '1');
    await node.restart();
    await client.put('lives', 'k', '2');
    await node.kill();
    await node.start();
    await client.put('lives', 'k', '3');

    const { values } = await client.get('lives', 'k');
    const lineages = new Map(
      values.map(({ value, dot }) => [Buffer.from(value).toString(), dot?.split('.')[0]]),
    );
    expect(lineages.get('2')).toBe(lineages.get('1'));
    expect(lineages.get('3')).not.toBe(lineages.get('2'));
  });

  it('that lost its disk is refused under its old name; under a new one nothing has disappeared', async () => {
    const cluster = await testCluster();
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    for (const key of keys) {
      await cluster.client('n1').put('amnesia', key, 'first through n1', { w: 'all' });
      await cluster.client('n1').put('amnesia', key, 'second through n1', { w: 'all' });
      await cluster.client('n2').put('amnesia', key, 'through n2', { w: 'all' });
    }

    await cluster.node('n2').kill();
    await cluster.node('n2').wipe();
    const refused = await cluster
      .node('n2')
      .start()
      .catch((error: Error) => error.message);
    expect(refused).toContain('ended while it started (exit code 1)');
    expect(refused).toContain('error: there is a node named n2 in the cluster');
    expect(refused).toContain('choose another name');

    const substitute = await testNode({
      name: 'n4',
      startOptions: ['--join', cluster.node('n1').peerAddress],
    });
    await substitute.start();
    const client = testClient(substitute.url);
    for (const key of keys) {
      expect(valuesOf(await client.get('amnesia', key))).toEqual([
        'first through n1',
        'second through n1',
        'through n2',
      ]);
      await client.put('amnesia', key, 'after the loss');
    }
    for (const key of keys) {
      expect(valuesOf(await cluster.client('n3').get('amnesia', key))).toEqual([
        'after the loss',
        'first through n1',
        'second through n1',
        'through n2',
      ]);
    }
  });
});

/**
 * Writes keys of its own, each once, and one register over and over with the context of its
 * last write. Remembers what was acknowledged.
 */
class Writer {
  readonly #cluster: LocalCluster;
  readonly #name: string;
  #node: number;
  #count = 0;
  readonly #acknowledged: number[] = [];
  #registerAcknowledged = -1;
  #registerContext: string | undefined;

  constructor(cluster: LocalCluster, name: string, node: number) {
    this.#cluster = cluster;
    this.#name = name;
    this.#node = node;
  }

  /** One round through the next node; the number of acknowledgements. */
  async write(): Promise<number> {
    const { name } = this.#cluster.nodes[this.#node++ % 3] as { name: string };
    const client = this.#cluster.client(name);
    const i = this.#count++;
    try {
      await client.put('crash', `${this.#name}/${i}`, String(i), { w: 2 });
      this.#acknowledged.push(i);
      const context = this.#registerContext;
      const answer = await client.put('crash', this.#name, String(i), { w: 2, context });
      this.#registerAcknowledged = i;
      this.#registerContext = answer.context;
      return 2;
    } catch {
      // The node is down, or died with this write: it was not acknowledged.
      return 0;
    }
  }

  async verify(get: (key: string) => Promise<GetAnswer>): Promise<void> {
    for (const i of this.#acknowledged) {
      expect(valuesOf(await get(`${this.#name}/${i}`))).toEqual([String(i)]);
    }
    const register = valuesOf(await get(this.#name)).map(Number);
    // The last acknowledged write, or one that was sent with its context and superseded it.
    expect(Math.max(...register)).toBeGreaterThanOrEqual(this.#registerAcknowledged);
  }
}
