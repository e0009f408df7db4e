/** What a cluster does while some of its nodes do not answer. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { quorate, refusalOf, startNodes, valuesOf, waitForVoters } from './harness.ts';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

describe('with two of three nodes down', () => {
  it('refuses W=2 at once and definitely, and says who was reached; W=1 goes on', async () => {
    const client = cluster.client('n1');
    await client.put('down', 'k', 'before', { w: 'all' });
    await Promise.all([cluster.node('n2').kill(), cluster.node('n3').kill()]);
    await cluster.waitUntilReachable('n1', 'n2', false);
    await cluster.waitUntilReachable('n1', 'n3', false);

    const refusal = await refusalOf(client.put('down', 'k', 'two', { w: 2 }));
    expect(refusal).toMatchObject({ code: 'too_few_replicas', status: 503, definite: true });
    expect(refusal.facts).toMatchObject({ reached: ['n1'], needed: 2 });
    const unread = await refusalOf(client.get('down', 'k', { r: 2 }));
    expect(unread).toMatchObject({ code: 'read_quorum_not_met', definite: true });
    expect(unread.facts).toMatchObject({ reached: ['n1'], needed: 2 });

    const { context } = await client.get('down', 'k', { r: 1 });
    await client.put('down', 'k', 'one', { w: 1, context });
    expect(valuesOf(await client.get('down', 'k', { r: 1 }))).toEqual(['one']);

    const { stdout } = await quorate(['status', '--node', cluster.node('n1').url]);
    expect(stdout).toMatch(/n2 +- +no/);
    await startNodes(cluster, ['n2', 'n3']);
  });
});

describe('with one node paused', () => {
  it('carries W=2 and R=2 out within the deadline, and the node catches up', async () => {
    await cluster.client('n3').put('paused', 'k', 'before', { w: 'all' });
    cluster.node('n3').pause();

    const timeout = 1_500;
    for (const name of ['n1', 'n2']) {
      const client = cluster.client(name);
      const { context } = await client.get('paused', 'k', { r: 2, timeout });
      await client.put('paused', 'k', `through ${name}`, { w: 2, timeout, context });
      expect(valuesOf(await client.get('paused', 'k', { r: 2, timeout }))).toEqual([
        `through ${name}`,
      ]);
    }
    const refusal = await refusalOf(
      cluster.client('n1').put('paused', 'other', 'x', { w: 3, timeout: 300 }),
    );
    expect(refusal.status).toBe(503);
    expect(refusal.facts.reached?.toSorted()).toEqual(['n1', 'n2']);

    cluster.node('n3').resume();
    await cluster.waitUntilConnected();
    expect(valuesOf(await cluster.client('n3').get('paused', 'k', { r: 'all' }))).toEqual([
      'through n2',
    ]);
  });
});
