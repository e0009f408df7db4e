/**
 * `quorate salvage` with real processes: a node dies with what nobody else has, is replaced, and
 * what it had comes back from its directory; nothing else of it does.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { NodeProcess } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { killNodes, quorate, reapQuickly, testNode, valuesOf, waitForVoters } from './harness.ts';
import { storedObjects } from './stored-records.ts';

const BUCKET = 'left-behind';
/** Moves of eight small partitions, or some rounds of reaping, on a busy machine. */
const SOON_MS = 40_000;

const lonely = Array.from({ length: 24 }, (_, i) => `lonely${i}`);
const shared = Array.from({ length: 8 }, (_, i) => `shared${i}`);
const deleted = Array.from({ length: 8 }, (_, i) => `deleted${i}`);

const folder = mkdtempSync(join(tmpdir(), 'quorate-salvage-'));

let cluster: LocalCluster;
let heir: NodeProcess;
/** Dies. */
let n4: NodeProcess;

function salvage(node: NodeProcess, ...more: readonly string[]) {
  const args = ['--data', node.dataDirectory, '--node', cluster.node('n1').url];
  return quorate(['salvage', ...args, ...more]);
}

function backup(...more: readonly string[]) {
  return quorate(['backup', '--node', cluster.node('n1').url, ...more]);
}

function restore(...more: readonly string[]) {
  const args = ['--from', folder, '--bucket', 'brief'];
  return quorate(['restore', '--node', cluster.node('n1').url, ...args, ...more]);
}

async function tombstones(): Promise<string> {
  return (await quorate(['tombstones', '--node', cluster.node('n1').url])).stdout;
}

async function untilTold(what: RegExp): Promise<void> {
  let told = '';
  await waitFor(`${what} among what waits`, SOON_MS, async () => {
    told = await tombstones();
    return what.test(told);
  }).catch((error: Error) => {
    throw new Error(`${error.message}; the last answer:\n${told}`);
  });
}

/** Of the keys, by every node that lives, asked alone. */
async function valuesEverywhere(keys: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const name of ['n1', 'n2', 'n3']) {
    for (const key of keys) {
      const values = valuesOf(await cluster.client(name).get(BUCKET, key, { r: 'all' }));
      found.add(values.join());
    }
  }
  return found;
}

async function dataOf(node: NodeProcess): Promise<readonly Buffer[]> {
  const files = ['store', 'metadata'].map((part) => join(node.dataDirectory, part, 'data.mdb'));
  return Promise.all([...files, join(node.dataDirectory, 'quorate.json')].map((f) => readFile(f)));
}

reapQuickly();

beforeAll(async () => {
  cluster = await startCluster({ nodes: 4, partitions: 8, startOptions: ['--enable-faults'] });
  await waitForVoters(cluster);
  n4 = cluster.node('n4');
  const client = cluster.client('n1');
  await client.putBucket(BUCKET);
  await client.putBucket('forgotten');
  for (const key of [...shared, ...deleted]) await client.put(BUCKET, key, 'old', { w: 'all' });
  for (const key of shared) await client.put('forgotten', key, 'old', { w: 'all' });

  // Its own objects, and hints where it stands in for all three.
  await cluster.faults.partition('n4', ['n1', 'n2', 'n3']);
  for (const other of ['n1', 'n2', 'n3']) await cluster.waitUntilReachable('n4', other, false);
  for (const key of lonely) await cluster.client('n4').put(BUCKET, key, 'lonely', { w: 1 });
  await killNodes(cluster, ['n4']);
  await cluster.faults.heal();
  for (const key of deleted) {
    const { context } = await client.get(BUCKET, key);
    await client.delete(BUCKET, key, context === undefined ? {} : { context });
  }
  await client.deleteBucket('forgotten');
});

afterAll(async () => {
  await heir?.stop();
  await cluster?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('what only a dead node held', () => {
  it('is not taken before the node is declared dead: it should be started', async () => {
    const early = await salvage(n4);
    expect(early).toMatchObject({ code: 1, stdout: '' });
    expect(early.stderr).toContain('n4 was not declared dead: start it');
    const living = await salvage(cluster.node('n1'));
    expect(living).toMatchObject({ code: 1, stdout: '' });
    expect(living.stderr).toContain(`is in use by process ${cluster.node('n1').pid}`);
  });

  it('is missing when it was replaced, and nothing is reaped then', async () => {
    const [clientPort = 0, peerPort = 0] = await freePorts(2);
    const join = ['--join', cluster.node('n1').peerAddress, '--replace', 'n4'];
    heir = new NodeProcess({
      ...{ name: 'n5', clientPort, peerPort },
      parentDirectory: cluster.directory,
      startOptions: join,
    });
    await heir.start();
    const client = cluster.client('n1');
    await waitFor('n5 to have the places of n4', SOON_MS, async () => {
      const { members } = await client.status();
      const { moves, movesLeft } = await client.transfers();
      const has = members.some(({ id, partitions }) => id === 'n5' && partitions > 0);
      return has && moves.length === 0 && movesLeft === 0;
    });
    expect(await valuesEverywhere(lonely)).toEqual(new Set(['']));
    await untilTold(/to be salvaged or closed: n4/);
    await sleep(3_000);
    expect(await tombstones()).toMatch(/[1-9][0-9]* +to be salvaged or closed: n4/);
  });

  it('is not in a backup, which is not called complete, nor is a restore meanwhile', async () => {
    const client = cluster.client('n1');
    await client.put('brief', 'k', 'v', { w: 'all' });
    const made = await backup('--out', folder);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain('what only n4 had, declared dead, is not in it');
    expect(made.stdout).toContain('NOT complete');
    await client.deleteBucket('brief');
    const restored = await restore();
    expect(restored.code, restored.stderr).toBe(1);
    expect(restored.stdout).toMatch(/^restored +1 /m);
    expect(restored.stdout).toMatch(/NOT complete:[\s\S]*quorate salvage --close n4; then run/);
    expect(valuesOf(await client.get('brief', 'k'))).toEqual(['v']);
  });

  it('is counted in a dry run, and comes back with the salvage', async () => {
    const before = await dataOf(n4);
    const dry = await salvage(n4, '--dry-run', '--json');
    expect(dry.stderr).toBe('');
    const counts = JSON.parse(dry.stdout) as Record<string, number>;
    const objects = await storedObjects(n4);
    expect(counts).toMatchObject({
      ...{ node: 'n4', dryRun: true, closed: false, reaped: 0, damaged: 0, refused: {} },
      noBucket: objects.length - ownObjects(objects).length,
    });
    expect(counts.hints).toBeGreaterThan(0);
    expect(counts.salvaged).toBeGreaterThanOrEqual(lonely.length);
    expect(counts.present).toBeGreaterThan(0);
    expect(await valuesEverywhere(lonely)).toEqual(new Set(['']));

    const done = await salvage(n4);
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/^salvaged +[1-9][0-9]* +new to the cluster/m);
    expect(done.stdout).toMatch(/^bucket deleted +[1-9]/m);
    expect(done.stdout).toContain('the salvage of n4 is closed, and reaping goes on');
    expect(await valuesEverywhere(lonely)).toEqual(new Set(['lonely']));
    expect(await valuesEverywhere(shared)).toEqual(new Set(['old']));
    expect(await valuesEverywhere(deleted)).toEqual(new Set(['']));
    expect(await dataOf(n4)).toEqual(before);
  });

  it('holds up no restore any more, which has only to be run again', async () => {
    const again = await restore('--json');
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ keys: 1, restored: 1, openSalvages: [] });
  });

  it('is not taken any more when deleted keys are reaped again, which it could bring back', async () => {
    await untilTold(/[1-9][0-9]* keys \d+ s ago/);
    const again = await salvage(n4);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('n4 had its salvage closed');
    expect(await valuesEverywhere(deleted)).toEqual(new Set(['']));
    const closed = await quorate(['salvage', '--close', 'n4', '--node', cluster.node('n1').url]);
    expect(closed).toMatchObject({ code: 0 });
  });
});

/** Those that were put into the bucket that is still there. */
function ownObjects(objects: Awaited<ReturnType<typeof storedObjects>>) {
  const kept = new Set([...lonely, ...deleted]);
  const twice = new Set<string>();
  return objects.filter(({ key }) => {
    if (kept.has(key)) return true;
    // The same keys are in the bucket that was deleted, whose number comes after.
    const isFirst = !twice.has(key);
    twice.add(key);
    return isFirst;
  });
}

it('a directory is salvaged by no other cluster, and none that is no directory', async () => {
  const stranger = await testNode();
  await stranger.start();
  const foreign = await quorate(['salvage', '--data', n4.dataDirectory, '--node', stranger.url]);
  expect(foreign).toMatchObject({ code: 1, stdout: '' });
  expect(foreign.stderr).toMatch(/a node of cluster [0-9a-f]{16}, and the cluster here is/);
  const nothing = await quorate(['salvage', '--data', '/nowhere/at/all', '--node', stranger.url]);
  expect(nothing).toMatchObject({ code: 2 });
  for (const args of [[], ['--data', 'd', '--close', 'n4'], ['--close', '/']]) {
    const refused = await quorate(['salvage', ...args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('error: ') });
  }
});
