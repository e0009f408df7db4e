/** What holds up changes of the ring: they say why and what to do, and hold up no others. */

import { request } from 'undici';
import { expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { Ballast } from './ballast.ts';
import { killNodes, quorate, refusalOf, testCluster, valuesOf } from './harness.ts';
import { damageObjects } from './stored-records.ts';

const SOON_MS = 30_000;
const KIB = 1024;

it('for a damaged record of which there is no other replica', async () => {
  const cluster = await testCluster({ nodes: 1, partitions: 8 });
  const n1 = cluster.client('n1');
  const node = ['--node', cluster.node('n1').url];
  await n1.putBucket('solo', { n: 1 });
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
  for (const key of keys) await n1.put('solo', key, key);
  await cluster.node('n1').stop();
  expect(await damageObjects(cluster.node('n1'), ['key 7'])).toBe(1);
  await cluster.node('n1').start();
  await cluster.join();
  await cluster.waitUntilReachable('n1', 'n2', true);
  // All of n1's partitions are to go, so that of the damaged record too.
  await waitFor('n2 to have its share', SOON_MS, async () => {
    const { members } = await n1.status();
    return members.some(({ id, partitions }) => id === 'n2' && partitions > 0);
  });
  await n1.stageRingChange({ change: 'leave', node: 'n1' });
  await n1.commitRing();

  const command = 'quorate repair --bucket solo --accept-loss key%207';
  let partition = -1;
  await waitFor('the move to say what it waits for', SOON_MS, async () => {
    const { moves, movesLeft } = await n1.transfers();
    const [move] = moves;
    partition = move?.partition ?? -1;
    return moves.length === 1 && movesLeft === 0 && move?.waits?.includes(command) === true;
  });
  const { stdout } = await quorate(['transfers', ...node]);
  expect(stdout).toContain(
    `damaged record: key key%207 of bucket solo (partition ${partition}) cannot be read on n1`,
  );
  expect(stdout).toMatch(/waits( at \d+ %)? {2,}/);
  expect(await refusalOf(n1.put('solo', 'key 7', 'again'))).toMatchObject({ status: 503 });

  const wrong = await quorate(['repair', '--accept-loss', 'key%207', ...node]);
  expect(wrong).toMatchObject({
    code: EXIT.usage,
    stderr: 'error: --accept-loss needs --bucket\n',
  });
  const accepted = await quorate([...command.split(' ').slice(1), ...node]);
  expect(accepted).toMatchObject({ code: 0, stderr: '' });
  expect(accepted.stdout).toMatch(/^n1 +gone\nn2 +whole$/m);
  const n2 = cluster.client('n2');
  await waitFor('n1 to have left', SOON_MS, async () => {
    const { members } = await n2.status();
    return members.every(({ id }) => id !== 'n1');
  });
  for (const key of keys) {
    expect(valuesOf(await n2.get('solo', key))).toEqual(key === 'key 7' ? [] : [key]);
  }
  await n2.put('solo', 'key 7', 'again');
});

it('for a member that is down and not declared dead: the others go on', async () => {
  const cluster = await testCluster({ nodes: 4, partitions: 64 });
  const ballast = await Ballast.put(cluster, 100, KIB);
  await killNodes(cluster, ['n4']);
  const n1 = cluster.client('n1');
  await cluster.join({ stage: true });
  const { plan } = await n1.stageRingChange({ change: 'join', node: 'n5' });
  const gained = plan?.nodes.find(({ node }) => node === 'n5')?.gained ?? [];
  const before = await replicaLists(cluster);
  const free = gained.filter((partition) => before[partition]?.includes('n4') === false);
  expect(free.length).toBeGreaterThan(3);
  expect(gained.length - free.length).toBeGreaterThan(16);
  await n1.commitRing();

  let bytes = 0;
  await waitFor('all moves that do without n4 to be over', SOON_MS, async () => {
    const { moves, bytesMoved } = await n1.transfers();
    expect(bytesMoved).toBeGreaterThanOrEqual(bytes);
    bytes = bytesMoved;
    const lists = await replicaLists(cluster);
    const areOver = free.every((partition) => lists[partition]?.includes('n5') === true);
    return areOver && moves.length >= 16 && moves.every(({ waits }) => waits?.includes('n4'));
  });
  await ballast.check('n5');
  await cluster.node('n4').start();
  await cluster.waitUntilSettled();
  await ballast.check('n4');
});

it('for a node that died when its share was staged: it is named, and cleared by an abort', async () => {
  const cluster = await testCluster({ partitions: 8 });
  const node = ['--node', cluster.node('n1').url];
  const n1 = cluster.client('n1');
  const { name } = await cluster.join({ stage: true });
  await n1.stageRingChange({ change: 'join', node: name });
  await killNodes(cluster, [name]);
  const { stdout } = await quorate(['cluster', 'plan', ...node]);
  expect(stdout).toMatch(/^n4 joins\n/);
  expect(stdout).toMatch(/^note: n4 does not answer, .*quorate cluster clear$/m);
  const aborted = await quorate(['cluster', 'abort', ...node]);
  expect(aborted).toEqual({ code: 0, stdout: 'cleared: n4 joins\n', stderr: '' });
});

it('a plan says whose salvage is open, until it is closed', async () => {
  const cluster = await testCluster({ partitions: 8 });
  const n1 = cluster.client('n1');
  await killNodes(cluster, ['n3']);
  await cluster.join({ replaces: 'n3' });
  await cluster.waitUntilSettled();
  const { stdout } = await quorate(['cluster', 'plan', '--node', cluster.node('n1').url]);
  expect(stdout).toMatch(/^nothing is staged\n\nnote: .*quorate salvage --close n3\n$/);
  await n1.closeSalvage('n3');
  expect((await n1.ringPlan()).notes).toEqual([]);
});

async function replicaLists(cluster: LocalCluster): Promise<readonly (readonly string[])[]> {
  const { body } = await request(`${cluster.node('n1').url}/cluster/ring`);
  const { partitions } = (await body.json()) as { partitions: { replicas: string[] }[] };
  return partitions.map(({ replicas }) => replicas);
}
