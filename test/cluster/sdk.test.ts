/** The SDK against real nodes: what it promises while nodes die and the ring changes. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sumOfMetric } from '../../bench/node-metrics.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import {
  bytes,
  json,
  lww,
  Quorate,
  type QuorateOptions,
  text,
  union,
} from '../../src/client/index.ts';
import { testCluster } from './harness.ts';

const FORWARDS = 'quorate_forwards_total';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 5, partitions: 16 });
});

afterAll(() => cluster?.kill());

/** A client of this test alone, which is told of the first node only. */
function testDb(of: LocalCluster = cluster, options: Partial<QuorateOptions> = {}): Quorate {
  const db = new Quorate({ nodes: of.urls.slice(0, 1), ...options });
  onTestFinished(() => db.close());
  return db;
}

describe('a bucket', () => {
  it('keeps values of every codec under keys of text and bytes', async () => {
    const db = testDb();
    const odd = Uint8Array.of(0xff, 0x00, 0x2f);
    const cases = [
      [db.bucket('codecs', { codec: json<unknown>() }), { a: [1, null, 'é'] }],
      [db.bucket('codecs', { codec: text() }), 'ünï'],
    ] as const;
    for (const [bucket, value] of cases) {
      for (const key of ['k/é', odd]) {
        const { context } = await bucket.get(key);
        await (bucket as (typeof cases)[0][0]).put(key, value, { context });
        expect(await bucket.get(key)).toMatchObject({ found: 'value', value });
      }
    }
    const raw = db.bucket('codecs', { codec: bytes() });
    await raw.put('raw', odd, { meta: { owner: 'me' } });
    const found = await raw.get('raw');
    expect(found).toMatchObject({ found: 'value', meta: { owner: 'me' }, siblings: [] });
    expect(found.found === 'value' && Buffer.from(found.value).equals(odd)).toBe(true);
  });

  it('shows siblings as they are, or as a resolver makes one of them', async () => {
    const db = testDb();
    const plain = db.bucket<string[]>('conflicts');
    await plain.put('k', ['a']);
    await plain.put('k', ['b']);
    const found = await plain.get('k');
    expect(found.found).toBe('siblings');
    expect('value' in found).toBe(false);
    await expect(plain.update('k', (items = []) => items)).rejects.toMatchObject({
      name: 'ConflictError',
      outcome: 'not_applied',
    });
    const last = await db.bucket<string[]>('conflicts', { resolve: lww() }).get('k');
    expect(last).toMatchObject({ found: 'value', value: ['b'] });
    const merged = db.bucket<string[]>('conflicts', { resolve: union() });
    expect((await merged.get('k')).value?.toSorted()).toEqual(['a', 'b']);
    await merged.update('k', (items = []) => [...items, 'c']);
    const after = await plain.get('k');
    expect(after.found === 'value' && after.value.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('deletes, tells of nothing, and writes over what was deleted', async () => {
    const bucket = testDb().bucket<number>('gone');
    expect(await bucket.get('k')).toEqual({
      found: 'nothing',
      value: undefined,
      context: undefined,
    });
    expect(await bucket.delete('k')).toMatchObject({ existed: false });
    await bucket.put('another', 1);
    expect(await bucket.delete('k')).toMatchObject({ existed: false });
    await bucket.put('k', 1);
    expect(await bucket.delete('k')).toMatchObject({ existed: true });
    const { found, context } = await bucket.get('k');
    expect([found, typeof context]).toEqual(['nothing', 'string']);
    await bucket.update('k', (value) => (value ?? 6) + 1);
    expect(await bucket.get('k')).toMatchObject({ value: 7 });
    await bucket.update('k', () => undefined);
    expect(await bucket.get('k')).toMatchObject({ found: 'nothing' });
  });

  it('lists by prefix, and runs batches whose operations fail each by itself', async () => {
    const bucket = testDb().bucket<number>('many');
    const keys = Array.from({ length: 600 }, (_, i) => `n/${String(i).padStart(4, '0')}`);
    const puts = await bucket.batch(
      keys.map((key, value) => ({ op: 'put', key, value }) as const),
      { timeoutMs: 30_000 },
    );
    expect(puts.filter(({ ok }) => !ok)).toEqual([]);
    const listed: string[] = [];
    for await (const key of bucket.list({ prefix: 'n/' })) listed.push(key);
    expect(listed).toEqual(keys);
    const [first, none, bad, gone] = await bucket.batch([
      { op: 'get', key: 'n/0007' },
      { op: 'get', key: 'never' },
      { op: 'put', key: 'x', value: 1, context: 'nonsense' },
      { op: 'delete', key: 'n/0008' },
    ]);
    expect(first).toMatchObject({ ok: true, result: { found: 'value', value: 7 } });
    expect(none).toMatchObject({ ok: true, result: { found: 'nothing' } });
    expect(bad).toMatchObject({
      ok: false,
      error: { code: 'bad_context', outcome: 'not_applied' },
    });
    expect(gone).toMatchObject({ ok: true });
    expect(await bucket.get('n/0008')).toMatchObject({ found: 'nothing' });
  });
});

it('runs batches that no node would take in one request, and gets them back in one', async () => {
  const bucket = testDb().bucket('large', { codec: text() });
  const value = 'x'.repeat(1_000_000);
  await bucket.put('k', value);
  const control = { timeoutMs: 30_000 };
  // More than one answer holds.
  const gets = Array.from({ length: 36 }, () => ({ op: 'get', key: 'k' }) as const);
  for (const got of await bucket.batch(gets, control)) {
    expect(got.ok && got.result.found === 'value' && got.result.value === value).toBe(true);
  }
  const many = Array.from({ length: 2_500 }, () => ({ op: 'get', key: 'none' }) as const);
  const nothing = await bucket.batch(many, control);
  expect(nothing.filter((one) => one.ok && one.result.found === 'nothing')).toHaveLength(2_500);
});

it('says what is wrong with a request', async () => {
  const db = testDb();
  const bucket = db.bucket<number>('wrong');
  const { context = '' } = await bucket.put('one', 1);
  await bucket.put('two', 1);
  const refused = (code: string) => ({ name: 'QuorateError', code, outcome: 'not_applied' });
  await expect(bucket.get('one', { r: 9 })).rejects.toMatchObject(refused('bad_parameter'));
  await expect(bucket.put('one', 1, { w: 9 })).rejects.toMatchObject(refused('bad_parameter'));
  await expect(bucket.increment('one')).rejects.toMatchObject(refused('bucket_mode'));
  const cut = context.slice(0, -3);
  await expect(bucket.put('one', 2, { context: cut })).rejects.toMatchObject(
    refused('bad_context'),
  );
});

it('lets the process end when it is closed, though a watch is open', async () => {
  await testDb().createBucket('open', { mode: 'raft' });
  const client = new URL('../../dist/src/client/index.js', import.meta.url).href;
  const program = `
    import { Quorate } from ${JSON.stringify(client)};
    const db = new Quorate({ nodes: [${JSON.stringify(cluster.urls[0])}] });
    await db.bucket('b').put('k', 1);
    const watch = db.bucket('open').watch({ signal: new AbortController().signal });
    await watch.next();
    const next = watch.next();
    await db.close();
    console.log((await next).done);`;
  const node = [process.execPath, ['--input-type=module', '--eval', program]] as const;
  const { stdout } = await promisify(execFile)(...node, { timeout: 10_000 });
  expect(stdout).toBe('true\n');
});

describe.each(['paxos', 'raft'] as const)('a bucket of mode %s', (mode) => {
  it('compares and sets, counts, appends and updates one at a time', async () => {
    const db = testDb();
    await db.createBucket(`strong-${mode}`, { mode });
    const bucket = db.bucket<number>(`strong-${mode}`);
    const first = await bucket.compareAndSet('k', null, 1);
    expect(first).toMatchObject({ applied: true });
    expect(await bucket.compareAndSet('k', null, 2)).toEqual({
      applied: false,
      version: first.version,
    });
    expect(await bucket.compareAndSet('k', first.version ?? '', 3)).toMatchObject({
      applied: true,
    });
    await Promise.all(
      Array.from({ length: 8 }, () => bucket.update('sum', (value) => (value ?? 0) + 1)),
    );
    expect(await bucket.get('sum')).toMatchObject({ value: 8, context: undefined });
    expect(await bucket.increment('n', 5)).toBe(5);
    expect(await bucket.increment('n')).toBe(6);
    await bucket.append('n', '7');
    expect(await bucket.get('n')).toMatchObject({ value: 67 });
    const [read, written] = await bucket.batch([
      { op: 'get', key: 'n' },
      { op: 'put', key: 'b', value: 9 },
    ]);
    expect(read).toMatchObject({ ok: true, result: { value: 67 } });
    expect(written).toMatchObject({ ok: true });
    expect(await bucket.delete('b')).toMatchObject({ existed: true });
    expect(await bucket.delete('b')).toMatchObject({ existed: false });
  });
});

it('watches a raft bucket', async () => {
  const db = testDb();
  await db.createBucket('watched', { mode: 'raft' });
  const bucket = db.bucket<string>('watched');
  const ending = new AbortController();
  const seen: unknown[] = [];
  for await (const news of bucket.watch({ signal: ending.signal })) {
    if (news.type === 'connected') await bucket.put('k', 'v').then(() => bucket.delete('k'));
    else seen.push(news);
    if (news.type === 'delete') ending.abort();
  }
  expect(seen).toMatchObject([{ type: 'put', value: 'v' }, { type: 'delete' }]);
});

it('asks only nodes that keep the key, once it knows the ring', async () => {
  const db = testDb();
  await db.createBucket('few', { n: 2 });
  await db.createBucket('registers', { mode: 'paxos' });
  const buckets = [
    db.bucket<number>('direct'),
    db.bucket<number>('few'),
    db.bucket<number>('registers'),
  ];
  for (const bucket of buckets) await bucket.put('warm-up', 0);
  for (const bucket of buckets) await bucket.put('warm-up-2', 0);
  const before = await sumOfMetric(cluster.urls, FORWARDS);
  for (const bucket of buckets) {
    for (let i = 0; i < 40; i++) {
      await bucket.put(`k${i}`, i);
      await bucket.get(`k${i}`);
      await bucket.delete(`k${i}`);
    }
    await bucket.batch(
      Array.from({ length: 64 }, (_, i) => ({ op: 'get', key: `k${i}` }) as const),
    );
  }
  expect(await sumOfMetric(cluster.urls, FORWARDS)).toBe(before);
});

describe('a session', () => {
  it('reads its own writes at r=1, and goes on in another process', async () => {
    const [db, other] = [testDb(), testDb()];
    const session = db.session('causal');
    const bucket = session.bucket<number>('sessions');
    for (let i = 0; i < 30; i++) {
      await bucket.put('k', i, { w: 1 });
      expect(await bucket.get('k', { r: 1 })).toMatchObject({ found: 'value', value: i });
    }
    const resumed = other.sessionFrom(session.toString()).bucket<number>('sessions');
    expect(await resumed.get('k', { r: 1 })).toMatchObject({ found: 'value', value: 29 });
    expect(() => other.sessionFrom('nonsense')).toThrow(TypeError);
  });
});

it('follows a ring that changes, without a forward once it has moved', async () => {
  const growing = await testCluster({ nodes: 3 });
  const db = testDb(growing);
  const bucket = db.bucket<number>('growing');
  const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
  await bucket.batch(
    keys.map((key, value) => ({ op: 'put', key, value }) as const),
    { timeoutMs: 30_000 },
  );
  for (let i = 0; i < 2; i++) await growing.join();
  await growing.waitUntilSettled();
  const forwards = () => sumOfMetric(growing.urls, FORWARDS);
  await waitFor('a round of gets that nobody forwards', 20_000, async () => {
    const before = await forwards();
    for (const [value, key] of keys.entries()) {
      expect(await bucket.get(key)).toMatchObject({ found: 'value', value });
    }
    return (await forwards()) === before;
  });
});

it('loses nothing and calls nothing failed that happened, when a node is killed under load', async () => {
  const mortal = await testCluster({ nodes: 5 });
  const db = testDb(mortal);
  const bucket = db.bucket<string[]>('carts', { resolve: union() });
  const written: string[] = [];
  const unknown: string[] = [];
  const refused: string[] = [];
  const reasons: unknown[] = [];
  let victims = ['n2'];
  const shop = async (shopper: number) => {
    for (let i = 0; i < 60; i++) {
      const item = `${shopper}-${i}`;
      if (shopper === 0 && i === 20) {
        await Promise.all(victims.map((name) => mortal.node(name).kill()));
        victims = [];
      }
      try {
        await bucket.update(`cart-${shopper % 4}`, (items = []) => [...items, item]);
        written.push(item);
      } catch (error) {
        const { outcome } = error as { outcome: string };
        reasons.push(String(error));
        (outcome === 'unknown' ? unknown : refused).push(item);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, shopper) => shop(shopper)));
  if (written.length <= 400) console.log(reasons.slice(0, 10));
  expect(written.length).toBeGreaterThan(400);
  const carts = await Promise.all([0, 1, 2, 3].map((cart) => bucket.get(`cart-${cart}`)));
  const found = new Set(carts.flatMap(({ value = [] }) => value));
  expect(written.filter((item) => !found.has(item))).toEqual([]);
  expect(refused.filter((item) => found.has(item))).toEqual([]);
});
