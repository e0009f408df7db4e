/**
 * `quorate backup` and `quorate restore` with real processes: a cluster is backed up while clients
 * go on and hints are on their way, all of its nodes are killed, and what it had comes back in
 * clusters of another size.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { checkContents } from '../../src/checkers/contents.ts';
import type { Operation } from '../../src/checkers/history.ts';
import { Recorder } from '../../src/checkers/recorder.ts';
import type { BackupManifest } from '../../src/cli/backup-manifest.ts';
import { type RestoreTally, withProgressFile } from '../../src/cli/restore-progress.ts';
import { openToOthers } from '../open-to-others.ts';
import {
  killNodes,
  quorate,
  reapQuickly,
  refusalOf,
  startNodes,
  valuesOf,
  waitForVoters,
} from './harness.ts';

const SETS = Array.from({ length: 12 }, (_, i) => `set ${i}`);
const DELETED = Array.from({ length: 24 }, (_, i) => `deleted ${i}`);
const BULK = Array.from({ length: 1_000 }, (_, i) => `bulk ${i}`);
const LASTING_MS = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'quorate-backup-'));
const backup = join(folder, 'backup');
const recorder = new Recorder(() => performance.now());

let source: LocalCluster;
/** In the time of the recorder. */
let backupBeganAt: number;
let writing = true;
let contextFromBefore: string;
let restored: LocalCluster | undefined;

function run(command: string, cluster: LocalCluster, ...more: readonly string[]) {
  return quorate([command, '--node', cluster.node('n1').url, ...more]);
}

/** One value more under the key, beside those that are there. */
function add(cluster: LocalCluster, node: string, key: string, value: string): Promise<unknown> {
  return recorder.record(
    { process: 1, key, op: 'add', value },
    () => cluster.client(node).put('sets', key, value),
    () => ({}),
  );
}

/** One more, in a register. */
function count(cluster: LocalCluster, node: string): Promise<unknown> {
  return recorder.record(
    { process: 1, key: 'count', op: 'increment', by: 1 },
    () => cluster.client(node).increment('locks', 'count'),
    () => ({}),
  );
}

/** What nobody is obliged to: acknowledged when the backup had begun, so it may be in it. */
function asOfBackup(operation: Operation): Operation {
  const isSure = operation.outcome === 'ok' && Number(operation.complete) < backupBeganAt;
  return isSure || operation.outcome === 'fail' ? operation : { ...operation, outcome: 'unknown' };
}

function finalRead(key: string, output: Readonly<Record<string, unknown>>): Operation {
  const at = performance.now();
  const times = { invoke: at, complete: at };
  return { process: 2, key, op: 'read', final: true, ...times, outcome: 'ok', output };
}

async function lostOrMadeUp(cluster: LocalCluster) {
  const reads: Operation[] = [];
  for (const { name } of cluster.nodes) {
    for (const key of SETS) {
      reads.push(finalRead(key, { values: valuesOf(await cluster.client(name).get('sets', key)) }));
    }
  }
  const [counted] = valuesOf(await cluster.client('n1').get('locks', 'count'));
  reads.push(finalRead('count', { value: Number(counted) }));
  const operations = [...recorder.operations.map(asOfBackup), ...reads];
  return checkContents({ facts: {}, operations, faults: [] });
}

async function everyValue(cluster: LocalCluster): Promise<ReadonlyMap<string, unknown>> {
  const { stdout, code } = await run('export', cluster);
  expect(code).toBe(0);
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return new Map(
    lines.map(({ bucket, key, values = [], settings }) => [
      `${bucket}/${key ?? ''}`,
      settings ??
        values.map(
          ({
            ttlMs: _,
            wallTime: __,
            expiresAt,
            ...value
          }: {
            ttlMs?: number;
            wallTime?: string;
            expiresAt?: string;
          }) => ({ ...value, expires: expiresAt !== undefined }),
        ),
    ]),
  );
}

async function fill(): Promise<void> {
  const client = source.client('n1');
  await client.putBucket('sets', { w: 2 });
  await client.putBucket('bulk', { n: 2, ttl: '30d' });
  await client.putBucket('cache', { conflict: 'lww' });
  await client.putBucket('locks', { mode: 'paxos' });
  await client.putBucket('conf', { mode: 'raft' });
  for (const key of DELETED) await client.put('sets', key, 'old', { w: 'all' });
  for (const key of DELETED) await client.put('locks', key, 'old');
  for (let from = 0; from < BULK.length; from += 500) {
    const keys = BULK.slice(from, from + 500);
    const operations = keys.map((key) => ({ op: 'put', bucket: 'bulk', key, value: `of ${key}` }));
    const results = await client.batch(operations, 20_000);
    expect(results.every(({ status }) => status === 204)).toBe(true);
  }
  for (const key of ['a', 'b', 'c']) {
    await client.put('locks', key, `lock ${key}`, { contentType: 'text/plain' });
    await client.put('locks', `short ${key}`, 'for an hour', { ttl: `${LASTING_MS}ms` });
    await client.put('conf', key, `conf ${key}`);
    await client.put('cache', key, 'first');
    await client.put('cache', key, 'second');
  }
  const lease = await client.grantLease(600_000);
  await client.put('conf', 'held', 'by a lease', { lease: lease.id });
}

/** Goes on by way of all nodes, until it is told to end. */
async function write(process: number): Promise<void> {
  for (let i = 0; writing; i++) {
    const key = SETS[i % SETS.length] as string;
    const node = `n${1 + (i % 4)}`;
    // A key takes a hundred siblings.
    if (i < SETS.length * 5) await add(source, node, key, `${process}.${i}`).catch(() => {});
    await count(source, node).catch(() => {});
  }
}

reapQuickly();

beforeAll(async () => {
  source = await startCluster({ nodes: 4, partitions: 8, startOptions: ['--enable-faults'] });
  await waitForVoters(source);
  await fill();
  // n3 misses writes and deletes; n4 keeps hints for it, which are on their way when it is back.
  for (let i = 0; i < 20; i++) await count(source, 'n2');
  await source.faults.partition('n3', ['n1', 'n2', 'n4']);
  for (const other of ['n1', 'n2', 'n4']) await source.waitUntilReachable(other, 'n3', false);
  for (const key of SETS) await add(source, 'n1', key, 'without n3');
  for (const key of DELETED) {
    await source.client('n2').delete('sets', key);
    await source.client('n2').delete('locks', key);
  }
}, 120_000);

afterAll(async () => {
  await source?.kill();
  await restored?.kill();
  rmSync(folder, { recursive: true, force: true });
});

function manifestOf(directory: string): BackupManifest {
  return JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as BackupManifest;
}

describe('a backup', () => {
  it('is made while clients write and hints are on their way', async () => {
    await source.faults.heal();
    const writers = [1, 2, 3].map(write);
    try {
      backupBeganAt = performance.now();
      const { code, stderr, stdout } = await run('backup', source, '--out', backup);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('complete: all that was acknowledged before');
    } finally {
      writing = false;
      await Promise.all(writers);
    }
    const { context } = await source.client('n1').get('sets', 'set 0');
    contextFromBefore = context ?? '';
  });

  it('has a copy of each member, and says what is in it', () => {
    const manifest = manifestOf(backup);
    expect(manifest).toMatchObject({
      ...{ format: 1, complete: true, missing: [], damaged: [], uncoveredPartitions: [] },
      ...{ partitionCount: 8, replicationFactor: 3, metadataCurrent: true },
    });
    expect(manifest.nodes.map(({ node }) => node)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(manifest.buckets.map(({ name }) => name).sort()).toEqual([
      ...['bulk', 'cache', 'conf', 'locks', 'sets'],
    ]);
    expect(manifest.nodes.every(({ leased }) => leased === 1)).toBe(true);
  });

  it('is for nobody else to read', async () => {
    expect(await openToOthers(backup)).toEqual([]);
  });

  it('is not made over another one', async () => {
    const again = await run('backup', source, '--out', backup);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('is not empty');
  });

  it('is not called complete without one of the members', async () => {
    await killNodes(source, ['n2']);
    const out = join(folder, 'without n2');
    const refused = await run('backup', source, '--out', out);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/would lack what only these have: n2 \(/);
    expect(existsSync(out)).toBe(false);
    const allowed = await run('backup', source, '--out', out, '--allow-missing');
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(allowed.stdout).toContain('NOT complete');
    expect(manifestOf(out)).toMatchObject({ complete: false, missing: ['n2'] });
    await startNodes(source, ['n2']);
  });

  it('is not restored where its buckets are', async () => {
    const taken = await run('restore', source, '--from', backup);
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toContain('the cluster has');
  });

  it('is not restored where one of its files is damaged, which is named', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(backup, damaged, { recursive: true });
    const file = join(damaged, 'n3.copy');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    const verified = await quorate(['restore', '--from', damaged, '--verify']);
    expect(verified).toMatchObject({ code: 1, stdout: '' });
    expect(verified.stderr).toContain('n3.copy is damaged: it fails its checksum');
    writeFileSync(file, bytes.subarray(0, -1));
    const short = await quorate(['restore', '--from', damaged, '--verify']);
    expect(short.stderr).toMatch(/n3.copy is damaged: it has \d+ bytes/);
    const whole = await quorate(['restore', '--from', backup, '--verify']);
    expect(whole.code, whole.stderr).toBe(0);
  });
});

describe('a cluster of five nodes that was restored', () => {
  beforeAll(async () => {
    await source.kill();
    restored = await startCluster({ nodes: 5, partitions: 16 });
    await waitForVoters(restored);
  }, 60_000);

  const cluster = () => restored as LocalCluster;
  let tally: RestoreTally;

  it('may have been restored in two runs, and what was deleted between stays deleted', async () => {
    await killedOnItsWay(cluster());
    const client = cluster().client('n2');
    // Whatever has come by then.
    const early = valuesOf(await client.get('bulk', BULK[0] as string, { r: 'all' }));
    const gone = early.length > 0 ? [BULK[0] as string] : [];
    for (const key of gone) await client.delete('bulk', key, { w: 'all' });
    const again = await run('restore', cluster(), '--from', backup, '--json');
    expect(again.code, again.stderr).toBe(0);
    tally = JSON.parse(again.stdout) as RestoreTally;
    expect(tally).toMatchObject({ expired: 0, doubtful: [] });
    expect(tally.deleted).toBeGreaterThanOrEqual(DELETED.length);
    for (const key of gone) {
      expect(valuesOf(await client.get('bulk', key, { r: 'all' }))).toEqual([]);
    }
    const gets = BULK.map((key) => ({ op: 'get', bucket: 'bulk', key, r: 'all' }));
    const found = await client.batch(gets, 20_000);
    const missing = BULK.filter((key, i) => found[i]?.siblings?.[0]?.value !== `of ${key}`);
    expect(missing).toEqual(gone);
  }, 120_000);

  it('is not restored by two at once', async () => {
    const { clusterId } = await cluster().client('n1').status();
    await withProgressFile(backup, clusterId, async () => {
      const second = await run('restore', cluster(), '--from', backup);
      expect(second).toMatchObject({ code: 1, stdout: '' });
      expect(second.stderr).toContain(`is at work here, process ${process.pid}`);
    });
  });

  it('has lost nothing that was acknowledged, and made nothing up', async () => {
    expect(await lostOrMadeUp(cluster())).toEqual([]);
    expect(recorder.count('ok')).toBeGreaterThan(SETS.length);
  });

  it('has nothing back that was deleted', async () => {
    for (const { name } of cluster().nodes) {
      for (const key of DELETED) {
        expect(valuesOf(await cluster().client(name).get('sets', key))).toEqual([]);
        expect(valuesOf(await cluster().client(name).get('locks', key))).toEqual([]);
      }
    }
  });

  it('has values of paxos and raft buckets, with their times, and no leases', async () => {
    const client = cluster().client('n3');
    for (const key of ['a', 'b', 'c']) {
      expect((await client.get('locks', key)).values[0]).toMatchObject({
        contentType: 'text/plain',
      });
      expect(valuesOf(await client.get('locks', key))).toEqual([`lock ${key}`]);
      const { values } = await client.get('locks', `short ${key}`);
      const leftMs = Date.parse(values[0]?.expiresAt ?? '') - Date.now();
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThan(LASTING_MS);
      expect(valuesOf(await client.get('conf', key))).toEqual([`conf ${key}`]);
      expect(valuesOf(await client.get('cache', key))).toEqual(['second']);
    }
    expect(valuesOf(await client.get('conf', 'held'))).toEqual([]);
    const { stdout } = await run('buckets', cluster());
    expect(stdout).toMatch(/bulk +dynamo +2/);
  });

  it('takes no context of the cluster that it came from', async () => {
    const put = cluster().client('n1').put('sets', 'set 0', 'v', { context: contextFromBefore });
    expect((await refusalOf(put)).code).toBe('bad_context');
  });

  it('replaces what was restored by writes that saw it', async () => {
    const client = cluster().client('n4');
    const { context } = await client.get('sets', 'set 0');
    await client.put('sets', 'set 0', 'resolved', context === undefined ? {} : { context });
    for (const { name } of cluster().nodes) {
      expect(valuesOf(await cluster().client(name).get('sets', 'set 0'))).toEqual(['resolved']);
    }
  });

  it('is the same as one of a single node that was restored', async () => {
    const single = await startCluster({ nodes: 1 });
    try {
      const done = await run('restore', single, '--from', backup, '--json');
      expect(done.code, done.stderr).toBe(0);
      const { keys, deleted } = tally;
      const counts = { keys, deleted, restored: keys, present: 0, expired: 0, doubtful: [] };
      const whole = { ...counts, complete: true, openSalvages: [] };
      expect(JSON.parse(done.stdout)).toEqual(whole);
      const five = new Map(await everyValue(cluster()));
      const one = new Map(await everyValue(single));
      for (const changed of ['sets/set 0', `bulk/${BULK[0]}`]) {
        five.delete(changed);
        one.delete(changed);
      }
      expect(one).toEqual(five);
      await goOnWithBucketsMadeAnew(single);
    } finally {
      await single.kill();
    }
  });

  it('gives out lines of text that are imported once, and names one that is wrong', async () => {
    await exportAndImport(cluster());
  });

  it('is not exported into a file that takes only a part of it', async () => {
    const file = join(folder, 'short.jsonl');
    // The system stops the file at a KiB, in the middle of a write.
    const exporting = ['export', '--node', cluster().node('n1').url, '--bucket', 'sets', '--json'];
    const args = ['-c', `ulimit -f 1; exec "$0" "$@" > "${file}"`, process.execPath];
    const shell = spawn('bash', [...args, QUORATE_COMMAND, ...exporting]);
    const told = text(shell.stderr);
    const [code] = await once(shell, 'close');
    expect([code, await told]).toEqual([1, expect.stringMatching(/^error: EFBIG/)]);
    expect(readFileSync(file).length).toBe(1_024);
  });
});

/** As lines of JSON, by way of a file in which a line is wrong. */
async function exportAndImport(cluster: LocalCluster): Promise<void> {
  const { stdout } = await run('export', cluster, '--bucket', 'sets');
  const lines = stdout.split('\n');
  lines.splice(2, 0, '{"bucket":"sets","key":"wrong"}');
  const wrong = lines.join('\n');
  const importing = () =>
    quorate(['import', '--node', cluster.node('n1').url, '--bucket', 'copied', '--json'], wrong);
  const imported = await importing();
  expect(imported.code).toBe(1);
  expect(imported.stderr).toContain('line 3: values is not a list of values');
  const first = JSON.parse(imported.stdout) as Record<string, number>;
  expect(first).toMatchObject({ imported: SETS.length, present: 0, conflict: 0, bad: 1 });
  const again = JSON.parse((await importing()).stdout);
  expect(again).toMatchObject({ imported: 0, present: SETS.length, conflict: 0, bad: 1 });
  const client = cluster.client('n1');
  const locks = await run('export', cluster, '--bucket', 'locks');
  const registers = await quorate(
    ['import', '--node', cluster.node('n1').url, '--bucket', 'copied-locks', '--json'],
    locks.stdout,
  );
  expect(registers.code, registers.stderr).toBe(0);
  expect(JSON.parse(registers.stdout)).toMatchObject({ imported: 7, unknown: 0 });
  expect(valuesOf(await client.get('copied-locks', 'a'))).toEqual(['lock a']);
  for (const key of SETS) {
    expect(valuesOf(await client.get('copied', key))).toEqual(
      valuesOf(await client.get('sets', key)),
    );
  }
}

/** As if it had been cut short before it wrote anything, and somebody had made a bucket anew. */
async function goOnWithBucketsMadeAnew(cluster: LocalCluster): Promise<void> {
  const client = cluster.client('n1');
  const { clusterId } = await client.status();
  const path = join(backup, `restore-${clusterId}.json`);
  const progress = JSON.parse(readFileSync(path, 'utf8')) as object;
  const place = { done: null, sent: null, finishedAt: null };
  writeFileSync(path, JSON.stringify({ ...progress, ...place }));
  await client.deleteBucket('bulk');
  await client.putBucket('bulk', { n: 2 });
  const refused = await run('restore', cluster, '--from', backup);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('bucket bulk was deleted since this restore made it');
  expect(valuesOf(await client.get('bulk', BULK[0] as string))).toEqual([]);
}

/** Kill -9 as soon as something has arrived. */
async function killedOnItsWay(cluster: LocalCluster): Promise<void> {
  const { clusterId } = await cluster.client('n1').status();
  const progress = join(backup, `restore-${clusterId}.json`);
  const args = ['restore', '--from', backup, '--node', cluster.node('n1').url];
  const child = spawn(process.execPath, [QUORATE_COMMAND, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await waitFor('some keys to have arrived', 30_000, async () => {
    if (!existsSync(progress)) return false;
    return (JSON.parse(readFileSync(progress, 'utf8')) as { done: unknown }).done !== null;
  });
  child.kill('SIGKILL');
  await ended;
  expect(JSON.parse(readFileSync(progress, 'utf8'))).toMatchObject({ finishedAt: null });
  expect(await openToOthers(backup)).toEqual([]);
}
