/** How nodes come to a cluster, come back to it, and are refused by it. */

import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import {
  joinAs,
  quorate,
  refusalOf,
  startNodes,
  testClient,
  testCluster,
  testDirectory,
  testNode,
  testRestart,
  valuesOf,
  waitForVoters,
} from './harness.ts';

const SOON_MS = 10_000;

describe('a cluster that expects three nodes', () => {
  it('serves nothing until the third has joined, and says so', async () => {
    const n1 = await testNode({ startOptions: ['--expect', '3'] });
    const joining = ['--join', n1.peerAddress];
    const n2 = await testNode({ name: 'n2', startOptions: joining });
    const n3 = await testNode({ name: 'n3', startOptions: joining });
    const client = testClient(n1.url);

    const starting = n1.start();
    // Where this test fails before the end, it ends the nodes, and so their starts.
    starting.catch(() => {});
    await waitFor('n1 to answer', SOON_MS, async () => (await client.status()) !== undefined);
    await expectForming(n1.url);

    const second = n2.start();
    second.catch(() => {});
    for (const { url } of [n1, n2]) {
      await waitFor(`both to be members for ${url}`, SOON_MS, async () => {
        const { members } = await testClient(url).status();
        return members.length === 2;
      });
      await expectForming(url);
    }
    expect(await client.status()).toMatchObject({ ready: false, epoch: null, expectedNodes: 3 });

    await Promise.all([starting, second, n3.start()]);
    await testClient(n3.url).put('formed', 'k', 'x', { w: 'all' });
    expect(valuesOf(await client.get('formed', 'k', { r: 'all' }))).toEqual(['x']);
    expect(await client.status()).toMatchObject({ ready: true, epoch: expect.any(Number) });
  });

  async function expectForming(url: string): Promise<void> {
    const ready = await request(`${url}/readyz`);
    expect(ready.statusCode).toBe(503);
    expect(await ready.body.json()).toMatchObject({ code: 'ring_forming' });
    const client = testClient(url);
    const refused = { code: 'ring_forming', status: 503, definite: true };
    expect(await refusalOf(client.put('formed', 'k', 'x'))).toMatchObject(refused);
    expect(await refusalOf(client.get('formed', 'k'))).toMatchObject(refused);
    await waitFor(`a bucket to be made by way of ${url}`, SOON_MS, async () => {
      await client.putBucket('precious', { mode: 'raft' });
      return true;
    });
    expect(await refusalOf(client.put('precious', 'k', 'x'))).toMatchObject(refused);
    expect(await refusalOf(client.get('precious', 'k'))).toMatchObject(refused);
    expect((await request(`${url}/healthz`)).statusCode).toBe(200);
  }
});

describe('a node that joins', () => {
  it('with --stage after the ring was drawn keeps nothing and serves by forwarding', async () => {
    const cluster = await testCluster();
    await cluster.client('n1').put('wide', 'before', 'x');
    const n4 = await testNode({
      name: 'n4',
      // Members that are down are passed over.
      startOptions: [
        ...['--join', await nobody()],
        ...['--join', cluster.node('n2').peerAddress],
        '--stage',
      ],
    });
    await n4.start();
    const client = testClient(n4.url);

    expect(valuesOf(await client.get('wide', 'before', { r: 'all' }))).toEqual(['x']);
    const { quorum } = await client.put('wide', 'after', 'y', { w: 'all' });
    expect(quorum).toContain('needed=3;');
    expect(quorum).toMatch(/ reached=(?:n[123],?){3};/);
    expect(quorum).toContain('forwarded_by=n4');
    for (const { name } of cluster.nodes) {
      expect(valuesOf(await cluster.client(name).get('wide', 'after', { r: 1 }))).toEqual(['y']);
      await waitFor(`${name} to know n4`, SOON_MS, async () => {
        const { members } = await cluster.client(name).status();
        return members.some(({ id, partitions }) => id === 'n4' && partitions === 0);
      });
    }
  });

  it('waits for the member that it is to join', async () => {
    const n1 = await testNode({ startOptions: ['--expect', '2'] });
    const n2 = await testNode({ name: 'n2', startOptions: ['--join', n1.peerAddress] });
    const starting = n2.start();
    starting.catch(() => {});
    await waitFor('the first attempt', SOON_MS, async () =>
      (await n2.logTail()).includes('not admitted yet'),
    );
    await Promise.all([n1.start(), starting]);
  });

  it('says why it waits while the cluster has no majority, and joins when it has', async () => {
    const cluster = await testCluster({ nodes: 2 });
    const [n1, n2] = [cluster.node('n1'), cluster.node('n2')];
    await n2.kill();
    const n3 = await testNode({ name: 'n3', startOptions: ['--join', n1.peerAddress] });
    const starting = n3.start();
    starting.catch(() => {});
    // The majority may be lost while the leader still takes itself for one: two ways to say it.
    const why = `"member":"${n1.peerAddress}","reason":"(no|the) leader of the metadata group .*"event":"not admitted yet, trying again"`;
    await waitFor('n3 to say why it waits', 2 * SOON_MS, async () =>
      new RegExp(why).test(await n3.logTail()),
    );
    await Promise.all([n2.start(), starting]);
    expect((await cluster.client('n1').status()).members).toHaveLength(3);
  });

  it('without the secret of the cluster, or with another one, is refused', async () => {
    const directory = await testDirectory();
    const [right, wrong] = [join(directory, 'right'), join(directory, 'wrong')];
    await writeFile(right, 'sesame\n', { mode: 0o600 });
    await writeFile(wrong, 'barley\n', { mode: 0o600 });
    const cluster = await testCluster({ nodes: 2, startOptions: ['--secret-file', right] });
    const { peerAddress } = cluster.node('n1');

    const another = await joinAs('n3', peerAddress, ['--secret-file', wrong]);
    expect(another.stderr).toMatch(/^error: .*another cluster secret.*: set the same on both\n$/);
    expect(another.code).toBe(1);
    const without = await joinAs('n3', peerAddress);
    expect(without.stderr).toMatch(/^error: .*has a cluster secret and .* has none: .*\n$/);
    expect(without.code).toBe(1);
    expect((await cluster.client('n1').status()).members).toHaveLength(2);
  });
});

describe('a cluster of three nodes', () => {
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 8 });
    await waitForVoters(cluster);
  });

  afterAll(() => cluster?.kill());

  it('refuses a node under the name of another one', async () => {
    const { code, stderr } = await joinAs('n1', cluster.node('n1').peerAddress);
    expect(stderr).toBe(
      'error: there is a node named n1 in the cluster, and this is another data directory; choose another name (duplicate_name)\n',
    );
    expect(code).toBe(1);
  });

  it('refuses a node at the address of another one, though that is down', async () => {
    const n3 = cluster.node('n3');
    await n3.kill();
    const taken = ['--port', new URL(n3.url).port];
    const { code, stderr } = await joinAs('n4', cluster.node('n1').peerAddress, taken);
    expect(stderr).toBe(
      `error: ${new URL(n3.url).host} is the address of node n3 (duplicate_address)\n`,
    );
    expect(code).toBe(1);
    expect((await cluster.client('n1').status()).members).toHaveLength(3);
    await startNodes(cluster, ['n3']);
  });

  it('tells a node that joins through the port for clients that this is none for peers', async () => {
    const { host } = new URL(cluster.node('n1').url);
    const { code, stderr } = await joinAs('n4', host);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toContain(`${host} is not a peer port of Quorate`);
    expect(stderr).toContain('not the one for clients');
    expect(code).toBe(1);
  });

  it('takes back a node that has nothing but its directory', async () => {
    await cluster.client('n1').put('kept', 'k', 'x', { w: 'all' });
    // One that founded the cluster, and one that joined it.
    const restarted = ['n1', 'n3'].map((name) => ({
      name,
      again: testRestart(cluster.node(name)),
    }));
    for (const { name, again } of restarted) {
      await cluster.node(name).stop();
      await again.start();
      expect(valuesOf(await cluster.client(name).get('kept', 'k', { r: 1 }))).toEqual(['x']);
      await cluster.waitUntilReachable('n2', name, true);
    }
    await Promise.all(restarted.map(({ again }) => again.stop()));
    await startNodes(cluster, ['n1', 'n3']);
  });

  it('finds a node that comes back at another peer port', async () => {
    const n3 = cluster.node('n3');
    await n3.stop();
    const [peerPort = 0] = await freePorts(1);
    const moved = testRestart(n3, ['--peer-port', String(peerPort)]);
    await moved.start();
    for (const name of ['n1', 'n2']) {
      await cluster.waitUntilReachable(name, 'n3', true);
      await waitFor(`${name} to know the new address`, SOON_MS, async () => {
        const { members } = await cluster.client(name).status();
        return members.some(({ id, address }) => id === 'n3' && address.peerPort === peerPort);
      });
    }
    await cluster.client('n1').put('moved', 'k', 'x', { w: 'all' });

    // It is remembered: the next start needs no options either.
    await moved.stop();
    const again = testRestart(n3);
    await again.start();
    await cluster.waitUntilReachable('n1', 'n3', true);
    await cluster.client('n1').put('moved', 'l', 'x', { w: 'all' });
    await again.stop();
    await startNodes(cluster, ['n3']);
  });

  it('refuses a node that comes back from an older copy of its directory', async () => {
    const n3 = cluster.node('n3');
    await n3.stop();
    const copy = `${n3.dataDirectory}.copy`;
    await cp(n3.dataDirectory, copy, { recursive: true });
    await n3.start();
    await n3.stop();
    await rm(n3.dataDirectory, { recursive: true });
    await rename(copy, n3.dataDirectory);

    const { code, stderr } = await quorate(['start', '--data', n3.dataDirectory]);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toMatch(/rolled_back|rolled back/);
    expect(code).toBe(70);
    await cluster.client('n1').put('rolled', 'k', 'x');
    expect((await cluster.client('n1').status()).members).toHaveLength(3);
  });
});

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const [port] = await freePorts(1);
  return `127.0.0.1:${port}`;
}
