/** What callers get wrong: found out before anything is sent, and never held against a node. */

import { describe, expect, it } from 'vitest';
import { Quorate } from '../../../src/client/index.ts';
import { clientOf, type FakeCluster, fakeCluster, problem } from './fake-cluster.ts';

const sent = (cluster: FakeCluster) => cluster.nodes.flatMap((node) => node.asked);

describe('an argument that no node would take', () => {
  it.each([
    ['has no bytes', ''],
    ['has too many bytes', 'k'.repeat(1_025)],
    ['has too many bytes, though not characters', 'é'.repeat(600)],
    ['has half a character', '\ud800'],
    ['is too many bytes', new Uint8Array(1_025)],
    ['is a number', 7],
    ['is none', undefined],
  ])('is a key that %s', async (_, key) => {
    const cluster = await fakeCluster(1);
    const bucket = clientOf(cluster).bucket('b');
    const refused = {
      name: 'QuorateError',
      code: 'bad_key',
      outcome: 'not_applied',
      facts: { parameter: 'key' },
    };
    const wrong = key as string;
    await expect(bucket.get(wrong)).rejects.toMatchObject(refused);
    await expect(bucket.put(wrong, 1)).rejects.toMatchObject(refused);
    await expect(bucket.delete(wrong)).rejects.toMatchObject(refused);
    await expect(bucket.update(wrong, () => 1)).rejects.toMatchObject(refused);
    await expect(bucket.increment(wrong)).rejects.toMatchObject(refused);
    const batch = [
      { op: 'get', key: wrong },
      { op: 'get', key: 'k' },
    ] as const;
    const [first, second] = await bucket.batch(batch);
    expect(first).toMatchObject({ ok: false, error: refused });
    expect(second).not.toMatchObject({ error: { code: 'bad_key' } });
    expect(sent(cluster).filter((one) => !one.startsWith('POST /batch'))).toEqual([]);
  });

  it.each<[string, object]>([
    ['r', { r: 0 }],
    ['r', { r: 'most' }],
    ['r', { r: '1&w=2' }],
    ['r', { r: 1.5 }],
    ['w', { w: 'all\r\nx: y' }],
    ['pw', { pw: -1 }],
    ['sloppy', { sloppy: 'no' }],
    ['readRepair', { readRepair: 'now' }],
    ['ttl', { ttl: '3 days' }],
    ['lease', { lease: 'x' }],
    ['meta', { meta: { 'a b': 'c' } }],
    ['meta', { meta: { a: 'b\r\nc: d' } }],
    ['context', { context: 'a\nb' }],
    ['context', { context: {} }],
    ['ifMatch', { ifMatch: '"' }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: '100' }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['signal', { signal: 'x' }],
  ])('is refused and named: %s as in %o', async (parameter, options) => {
    const cluster = await fakeCluster(1);
    const bucket = clientOf(cluster).bucket('b');
    const code = parameter === 'context' ? 'bad_context' : 'bad_parameter';
    const refused = { name: 'QuorateError', code, facts: { parameter } };
    await expect(bucket.put('k', 1, options)).rejects.toMatchObject(refused);
    await expect(bucket.get('k', options)).rejects.toMatchObject(refused);
    expect([...sent(cluster), cluster.told]).toEqual([0]);
  });

  it('is the name of a bucket, a number to add, a prefix or a limit', async () => {
    const db = clientOf(await fakeCluster(1));
    const refused = (code: string, parameter: string) =>
      expect.objectContaining({ code, facts: { parameter } });
    expect(() => db.bucket('a/b')).toThrow(refused('bad_bucket', 'bucket'));
    expect(() => db.bucket(undefined as never)).toThrow(refused('bad_bucket', 'bucket'));
    await expect(db.createBucket('')).rejects.toEqual(refused('bad_bucket', 'bucket'));
    const bucket = db.bucket('b');
    await expect(bucket.increment('k', 0.5)).rejects.toEqual(refused('bad_parameter', 'by'));
    await expect(bucket.append('k', 5 as never)).rejects.toEqual(refused('bad_parameter', 'bytes'));
    await expect(bucket.list({ limit: 0 }).next()).rejects.toEqual(
      refused('bad_parameter', 'limit'),
    );
    const long = bucket.list({ prefix: 'p'.repeat(1_025) });
    await expect(long.next()).rejects.toEqual(refused('bad_parameter', 'prefix'));
  });
});

it('is not held against the node that refuses it, nor asked of another one', async () => {
  const cluster = await fakeCluster(2);
  const bucket = clientOf(cluster).bucket('b');
  for (const node of cluster.nodes) {
    node.answer = problem(400, 'bad_context', { retry: false, parameter: 'X-Quorate-Context' });
  }
  const told = cluster.told;
  for (let i = 0; i < 4; i++) {
    await expect(bucket.put('k', 1, { context: 'of-another-key' })).rejects.toMatchObject({
      code: 'bad_context',
      facts: { parameter: 'X-Quorate-Context' },
    });
  }
  expect(sent(cluster)).toHaveLength(4);
  expect(cluster.told - told).toBe(1);
});

it('is not held against a node where HTTP has no form for a request', async () => {
  const cluster = await fakeCluster(2);
  const db = clientOf(cluster, { token: 'no\ntoken' });
  await expect(db.bucket('b').put('k', 1)).rejects.toMatchObject({
    code: 'bad_request',
    outcome: 'not_applied',
  });
  expect(sent(cluster)).toEqual([]);
  expect(() => new Quorate({ nodes: [] })).toThrow(TypeError);
});
