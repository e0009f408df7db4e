/** Batches that are too large for one request, too slow, or answered with nonsense. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  clientOf,
  type FakeCluster,
  fakeCluster,
  problem,
  staysSilent,
} from './fake-cluster.ts';

interface Asked {
  readonly op: string;
  readonly key: string;
}

/** Bodies of the requests that came, each as its keys. */
const parts: string[][] = [];

/** Has nodes take batches, and answer what the test makes of the operations of each. */
function answerBatches(cluster: FakeCluster, answer: (operations: readonly Asked[]) => unknown) {
  parts.length = 0;
  for (const node of cluster.nodes) {
    node.server.removeAllListeners('request');
    node.server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      const told = cluster.document(request.url ?? '');
      if (told !== undefined) return response.end(JSON.stringify(told));
      if (request.method === 'GET') return problem(404, 'no_such_bucket')(request, response);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { operations } = JSON.parse(Buffer.concat(chunks).toString());
      parts.push(operations.map(({ key }: Asked) => key));
      return response.writeHead(200).end(JSON.stringify(answer(operations)));
    });
  }
}

const found = (key: string) => ({
  status: 200,
  siblings: [{ value: JSON.stringify(key), contentType: 'x' }],
});
const refused = (code: string) => ({
  status: 413,
  problem: { code, detail: 'no', definite: true },
});

describe('a batch that no node would take in one request', () => {
  it('goes in parts of so many operations, and comes back in its order', async () => {
    const cluster = await fakeCluster(1);
    answerBatches(cluster, (operations) => ({ results: operations.map(({ key }) => found(key)) }));
    const keys = Array.from({ length: 2_345 }, (_, i) => `k${i}`);
    const gets = keys.map((key) => ({ op: 'get', key }) as const);
    const results = await clientOf(cluster).bucket('b').batch(gets, { timeoutMs: 30_000 });
    expect(results.map((one) => one.ok && 'value' in one.result && one.result.value)).toEqual(keys);
    expect(parts.map(({ length }) => length).toSorted()).toEqual([1_000, 1_000, 345].toSorted());
  });

  it('goes in parts of so many bytes', async () => {
    const cluster = await fakeCluster(1);
    answerBatches(cluster, (operations) => ({ results: operations.map(() => ({ status: 204 })) }));
    const value = 'x'.repeat(1_000_000);
    const puts = Array.from(
      { length: 10 },
      (_, i) => ({ op: 'put', key: `k${i}`, value }) as const,
    );
    const results = await clientOf(cluster).bucket('b').batch(puts, { timeoutMs: 30_000 });
    expect(results.filter(({ ok }) => ok)).toHaveLength(10);
    expect(parts.map(({ length }) => length).toSorted()).toEqual([2, 4, 4]);
  });

  it('takes no longer for an answer of many bytes than it takes them to come', async () => {
    const cluster = await fakeCluster(1);
    const value = JSON.stringify('x'.repeat(1_000_000));
    const results = Array.from({ length: 60 }, () => {
      return { status: 200, siblings: [{ value, contentType: 'x' }] };
    });
    const answer = JSON.stringify({ results });
    cluster.node('n1').answer = (_, response) => response.end(answer);
    const gets = results.map((_, i) => ({ op: 'get', key: `k${i}` }) as const);
    const before = process.cpuUsage();
    const got = await clientOf(cluster, { timeoutMs: 60_000 }).bucket('b').batch(gets);
    const { user, system } = process.cpuUsage(before);
    expect(got.filter(({ ok }) => ok)).toHaveLength(60);
    expect((user + system) / 1_000).toBeLessThan(9_000);
  });

  it('asks again for values that had no room in an answer beside the others', async () => {
    const cluster = await fakeCluster(1);
    answerBatches(cluster, (operations) => ({
      results: operations.map(({ key }, at) => (at < 3 ? found(key) : refused('value_too_large'))),
    }));
    const keys = Array.from({ length: 8 }, (_, i) => `k${i}`);
    const gets = keys.map((key) => ({ op: 'get', key }) as const);
    const results = await clientOf(cluster, { retry: false }).bucket('b').batch(gets);
    expect(results.map((one) => one.ok && 'value' in one.result && one.result.value)).toEqual(keys);
    expect(parts.map(({ length }) => length)).toEqual([8, 5, 2]);
    answerBatches(cluster, () => ({ results: [refused('value_too_large')] }));
    const [never] = await clientOf(cluster)
      .bucket('b')
      .batch([{ op: 'get', key: 'huge' }]);
    expect(never).toMatchObject({ ok: false, error: { code: 'value_too_large' } });
    expect(parts).toEqual([['huge']]);
  });
});

describe('a batch of which a part has no answer', () => {
  const operations = [
    { op: 'put', key: 'k', value: 1 },
    { op: 'get', key: 'k' },
    { op: 'delete', key: 'k' },
  ] as const;
  const unknown = [
    { ok: false, error: { outcome: 'unknown' } },
    { ok: false, error: { outcome: 'not_applied' } },
    { ok: false, error: { outcome: 'unknown' } },
  ];

  it.each<[string, Answer]>([
    ['in time', staysSilent],
    ['that is JSON', (_, response) => response.end('<html>')],
    ['with results', (_, response) => response.end('{}')],
    [
      'with a result of each',
      (_, response) => response.end('{"results": [{"status": 204}, null]}'),
    ],
    ['of the node', problem(500, 'internal', { definite: undefined })],
  ])('%s: each write is unknown', async (_, answer) => {
    const cluster = await fakeCluster(1);
    cluster.node('n1').answer = answer;
    const bucket = clientOf(cluster, { timeoutMs: 500 }).bucket<number>('b');
    const before = performance.now();
    expect(await bucket.batch(operations)).toMatchObject(unknown);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(cluster.node('n1').asked.filter((one) => one.startsWith('POST')).length).toBeGreaterThan(
      0,
    );
  });

  it('tells the others what became of them, and sends no part once it is given up', async () => {
    const cluster = await fakeCluster(1);
    const giving = new AbortController();
    let parts = 0;
    answerBatches(cluster, (some) => ({ results: some.map(() => ({ status: 204 })) }));
    const [listener] = cluster.node('n1').server.listeners('request') as [Answer];
    cluster.node('n1').server.removeAllListeners('request');
    cluster.node('n1').server.on('request', (request, response) => {
      if (request.method === 'GET' || ++parts <= 2) return listener(request, response);
      // Four parts are under way at a time: two have been answered, and four are not.
      if (parts === 6) giving.abort();
    });
    const puts = Array.from(
      { length: 9_000 },
      (_, i) => ({ op: 'put', key: `k${i}`, value: i }) as const,
    );
    const bucket = clientOf(cluster, { timeoutMs: 30_000 }).bucket<number>('b');
    const results = await bucket.batch(puts, { signal: giving.signal });
    const count = (outcome: string) =>
      results.filter((one) => !one.ok && one.error.outcome === outcome).length;
    expect(results.filter(({ ok }) => ok)).toHaveLength(2_000);
    expect([count('unknown'), count('not_applied')]).toEqual([4_000, 3_000]);
  });
});
