/** `quorate metadata recover` on the directories of real nodes, whose group is lost for good. */

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { type NodeProcess, QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { openLmdbStore } from '../../src/adapters/lmdb-store.ts';
import { type RememberedCluster, rememberedCluster } from '../../src/node/index.ts';
import { quorate, refusalOf, testClient, testCluster, testNode, valuesOf } from './harness.ts';
import { lifeOnDisk } from './stored-records.ts';

const SOON_MS = 20_000;

function recover(node: NodeProcess, more: readonly string[], input = '') {
  return quorate(['metadata', 'recover', '--data', node.dataDirectory, ...more], input);
}

/** What the directory of a node that does not run says. */
async function remembered(node: NodeProcess): Promise<RememberedCluster> {
  const store = openLmdbStore({ directory: join(node.dataDirectory, 'store') });
  const metadataStore = openLmdbStore({ directory: join(node.dataDirectory, 'metadata') });
  try {
    return rememberedCluster({ store, metadataStore });
  } finally {
    await store.close();
    await metadataStore.close();
  }
}

async function clusterIdOf(node: NodeProcess): Promise<string> {
  return (await remembered(node)).identity.clusterId;
}

async function killAll(cluster: LocalCluster, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => cluster.node(name).kill()));
}

async function fill(cluster: LocalCluster): Promise<string> {
  const client = cluster.client('n1');
  await client.putBucket('precious', { mode: 'raft' });
  await client.put('precious', 'k', 'decided');
  for (let i = 0; i < 20; i++) await client.put('kept', `k${i}`, `v${i}`, { w: 'all' });
  return (await client.get('kept', 'k0')).context ?? '';
}

describe('one survivor of three', () => {
  it('is the whole of a new cluster, and has everything that it had', async () => {
    const cluster = await testCluster();
    const [n1, n2] = [cluster.node('n1'), cluster.node('n2')];
    const context = await fill(cluster);
    const { clusterId: former } = await cluster.client('n1').status();
    const { revision = 0 } = await cluster.client('n1').get('precious', 'k');
    await killAll(cluster, ['n2', 'n3']);
    const stuck = await refusalOf(cluster.client('n1').put('precious', 'undecided', 'x'));
    expect(stuck.code).toMatch(/^metadata_un/);

    const used = await recover(n1, ['--yes']);
    expect(used).toMatchObject({ code: 1, stdout: '' });
    expect(used.stderr).toContain(`${n1.dataDirectory} is in use by process ${n1.pid}`);

    await n1.stop();
    const { lineage } = await lifeOnDisk(n1);
    for (const input of ['', 'yes\n', `${former.slice(1)}\n`]) {
      const cancelled = await recover(n1, [], input);
      expect(cancelled.code).toBe(1);
      expect(cancelled.stderr).toContain('Lost, if there was such:');
      expect(cancelled.stderr).toContain('error: cancelled; nothing was changed');
    }
    expect(await clusterIdOf(n1)).toBe(former);

    const done = await recover(n1, [], `${former}\n`);
    expect(done).toMatchObject({ code: 0, stdout: '' });
    expect(done.stderr).toContain('recovered: n1 is now the one voter of cluster ');
    await n1.start();
    const client = cluster.client('n1');
    const { clusterId, leader } = await client.status();
    expect(clusterId).not.toBe(former);
    expect(done.stderr).toContain(clusterId);
    expect(leader).toBe('n1');
    for (let i = 0; i < 20; i++) {
      expect(valuesOf(await client.get('kept', `k${i}`, { r: 1 }))).toEqual([`v${i}`]);
    }
    // It is the life that it was: nothing was forgotten.
    expect((await lifeOnDisk(n1)).lineage).toBe(lineage);

    const foreign = await refusalOf(client.put('kept', 'k0', 'x', { w: 1, context }));
    expect(foreign).toMatchObject({ code: 'bad_context' });
    const seen = await client.get('kept', 'k0', { r: 1 });
    await client.put('kept', 'k0', 'after', { w: 1, context: seen.context });
    expect(valuesOf(await client.get('kept', 'k0', { r: 1 }))).toEqual(['after']);
    await client.put('made-after', 'k', 'x', { w: 1 });
    expect(valuesOf(await client.get('precious', 'k'))).toEqual(['decided']);
    // Nobody was told that it was not carried out, where it is in the log.
    const undecided = valuesOf(await client.get('precious', 'undecided'));
    if (stuck.definite) expect(undecided).toEqual([]);
    const written = await client.put('precious', 'k', 'again', { ifMatch: revision });
    expect(written.revision).toBeGreaterThan(revision + 1_000_000);

    // One of the lost comes back as it was: it is no part of this cluster.
    void n2.start().catch(() => {});
    await waitFor('n1 to tell of the other cluster', SOON_MS, async () =>
      (await readFile(n1.logFile, 'utf8')).includes('peer belongs to another cluster'),
    );
    const { members } = await client.status();
    expect(members.filter(({ reachable }) => reachable).map(({ id }) => id)).toEqual(['n1']);
    const alone = await refusalOf(client.put('kept', 'k0', 'x', { w: 2, timeout: 500 }));
    expect(alone.status).toBe(503);
    await n2.kill();
  });
});

describe('two survivors of five', () => {
  it('are one cluster again when the second has come over', async () => {
    const cluster = await testCluster({ nodes: 5 });
    const [n1, n2, n3] = ['n1', 'n2', 'n3'].map((name) => cluster.node(name)) as [
      NodeProcess,
      NodeProcess,
      NodeProcess,
    ];
    await fill(cluster);
    const { clusterId: former } = await cluster.client('n2').status();
    await killAll(cluster, ['n1', 'n4', 'n5']);
    await Promise.all([n2.stop(), n3.kill()]);

    const nobody = await recover(n3, ['--yes', '--follow', n2.peerAddress]);
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.stderr).toContain(`${n2.peerAddress} cannot be reached`);
    expect((await recover(n2, ['--yes'])).code).toBe(0);
    await n2.start();
    const { clusterId } = await cluster.client('n2').status();

    const cancelled = await recover(n3, ['--follow', n2.peerAddress], 'no\n');
    expect(cancelled).toMatchObject({ code: 1 });
    expect(await clusterIdOf(n3)).toBe(former);
    const done = await recover(n3, ['--follow', n2.peerAddress], `${former}\n`);
    expect(done.stderr).toContain(`done: n3 belongs to cluster ${clusterId}`);
    expect(done.code).toBe(0);
    const twice = await recover(n3, ['--yes', '--follow', n2.peerAddress]);
    expect(twice.stderr).toContain(`belongs to cluster ${clusterId} already`);

    await n3.start();
    await cluster.waitUntilReachable('n2', 'n3', true);
    for (const name of ['n2', 'n3']) {
      const client = cluster.client(name);
      expect((await client.status()).clusterId).toBe(clusterId);
      await client.put('made-after', name, 'x', { w: 2 });
      expect(valuesOf(await client.get('precious', 'k'))).toEqual(['decided']);
      for (let i = 0; i < 20; i++) {
        expect(valuesOf(await client.get('kept', `k${i}`, { r: 1 }))).toEqual([`v${i}`]);
      }
    }
    await n3.restart();

    // A node that was taken for lost is found: it comes over as well, and three may vote.
    expect((await recover(n1, ['--yes', '--follow', n3.peerAddress])).code).toBe(0);
    await n1.start();
    await waitFor('three voters', SOON_MS, async () => {
      const { voters, outgoing } = await cluster.client('n2').groupStatus();
      return voters.length === 3 && outgoing.length === 0;
    });
    await cluster.client('n1').put('kept', 'k0', 'after', { w: 2 });
  });

  it('are two clusters where both were recovered, and neither takes the other', async () => {
    const cluster = await testCluster();
    const [n1, n2] = [cluster.node('n1'), cluster.node('n2')];
    await fill(cluster);
    await killAll(cluster, ['n1', 'n2', 'n3']);
    expect((await recover(n1, ['--yes'])).code).toBe(0);
    expect((await recover(n2, ['--yes'])).code).toBe(0);
    const own = await clusterIdOf(n2);
    await n1.start();
    const refused = await recover(n2, ['--yes', '--follow', n1.peerAddress]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(`was not recovered from cluster ${own}`);
    expect(await clusterIdOf(n2)).toBe(own);
  });
});

describe('a directory', () => {
  it('that is none, or has lost a part, is refused', async () => {
    const node = await testNode();
    await node.start();
    await node.stop();
    expect(
      await recover(node, ['--data', join(node.dataDirectory, 'none'), '--yes']),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a data directory') });
    const metadataStore = openLmdbStore({ directory: join(node.dataDirectory, 'metadata') });
    await metadataStore.write([{ type: 'put', key: Uint8Array.of(2), value: Uint8Array.of(1) }]);
    await metadataStore.close();
    const damaged = await recover(node, ['--yes']);
    expect(damaged).toMatchObject({ code: 1 });
    expect(damaged.stderr).toContain('the metadata store is damaged');
  });

  it('belongs to the old cluster or to the new one, wherever the command is killed', async () => {
    const node = await testNode();
    await node.start();
    const client = testClient(node.url);
    await client.putBucket('precious', { mode: 'raft' });
    for (let i = 0; i < 40; i++) await client.put('precious', `k${i}`, 'x'.repeat(60_000));
    await node.stop();
    const args = ['metadata', 'recover', '--yes', '--data', node.dataDirectory];
    const startedAt = performance.now();
    expect((await quorate(args)).code).toBe(0);
    const wholeMs = performance.now() - startedAt;
    for (let attempt = 0; attempt < 8; attempt++) {
      const command = spawn(process.execPath, [QUORATE_COMMAND, ...args], { stdio: 'ignore' });
      const ended = new Promise((resolve) => command.once('close', resolve));
      await sleep(wholeMs * (0.6 + attempt / 20));
      command.kill('SIGKILL');
      await ended;
      const { identity, state } = await remembered(node);
      expect(state?.cluster.clusterId).toBe(identity.clusterId);
      expect(state?.values.count).toBe(40);
    }
    await node.start();
    expect(valuesOf(await client.get('precious', 'k7'))).toEqual(['x'.repeat(60_000)]);
  });
});
