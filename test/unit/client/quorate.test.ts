/** Whom the SDK asks, what it sends again, and what it says of what it does not know. */

import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import {
  clientOf,
  type FakeCluster,
  fakeCluster,
  forwards,
  hangsUp,
  problem,
  serves,
  staysSilent,
} from './fake-cluster.ts';

const asked = (cluster: FakeCluster) => cluster.nodes.map((node) => node.asked.length);

describe('where a request goes', () => {
  it('is to the nodes that keep the key, both of them', async () => {
    const cluster = await fakeCluster(4);
    const bucket = clientOf(cluster).bucket('b');
    for (let i = 0; i < 40; i++) await bucket.put(`k${i}`, i);
    const [first = 0, second = 0, ...others] = asked(cluster);
    expect(others).toEqual([0, 0]);
    expect(first + second).toBe(40);
    expect(Math.min(first, second)).toBeGreaterThan(0);
  });

  it('is to the first n of them, where the bucket has a smaller n', async () => {
    const cluster = await fakeCluster(3);
    cluster.buckets.b = { name: 'b', mode: 'dynamo', n: 1 };
    for (let i = 0; i < 8; i++) {
      const bucket = clientOf(cluster).bucket('b');
      await bucket.get(`k${i}`);
      await bucket.put(`k${i}`, i);
    }
    expect(asked(cluster)).toEqual([16, 0, 0]);
  });

  it('is the leader for a raft bucket, and the first replica for changes of a register', async () => {
    const cluster = await fakeCluster(4);
    cluster.leader = 'n3';
    cluster.replicas = ['n2', 'n1'];
    cluster.buckets.r = { name: 'r', mode: 'raft' };
    cluster.buckets.p = { name: 'p', mode: 'paxos', n: 2 };
    const db = clientOf(cluster);
    for (let i = 0; i < 8; i++) await db.bucket('r').put(`k${i}`, i);
    expect(asked(cluster)).toEqual([0, 0, 8, 0]);
    for (let i = 0; i < 8; i++) await db.bucket('p').put(`k${i}`, i);
    expect(asked(cluster)).toEqual([0, 8, 8, 0]);
  });

  it('is another replica where one cannot serve, then any node, and back when it is ready', async () => {
    const cluster = await fakeCluster(3);
    const bucket = clientOf(cluster).bucket('b');
    const [n1, n2] = [cluster.node('n1'), cluster.node('n2')];
    n1.answer = problem(503, 'not_ready', {}, { 'retry-after': '1' });
    n1.ready = false;
    for (let i = 0; i < 20; i++) await bucket.put(`k${i}`, i);
    expect(n1.asked.length).toBeLessThanOrEqual(1);
    n2.stop();
    await bucket.get('k');
    expect(cluster.node('n3').asked.length).toBe(1);
    Object.assign(n1, { ready: true, answer: serves });
    const before = n1.asked.length;
    await waitFor('the node is asked again', 10_000, async () => {
      await bucket.get('k');
      return n1.asked.length > before;
    });
  });

  it('is learned anew when a node had to hand a request on', async () => {
    const cluster = await fakeCluster(3);
    const bucket = clientOf(cluster).bucket('b');
    await bucket.get('k');
    Object.assign(cluster, { epoch: 2, replicas: ['n3'] });
    for (const name of ['n1', 'n2']) cluster.node(name).answer = forwards;
    await waitFor('the new ring', 5_000, async () => {
      await bucket.get('k');
      return cluster.node('n3').asked.length > 0;
    });
    const [first, second] = asked(cluster);
    for (let i = 0; i < 10; i++) await bucket.get('k');
    expect(asked(cluster).slice(0, 2)).toEqual([first, second]);
  });

  it('bears the token', async () => {
    const cluster = await fakeCluster(2);
    await clientOf(cluster, { token: 'secret' }).bucket('b').get('k');
    const [headers] = cluster.nodes.flatMap((node) => node.headers);
    expect(headers?.authorization).toBe('Bearer secret');
  });
});

describe('what is sent again', () => {
  const everywhere = (cluster: FakeCluster, answer: typeof serves) => {
    for (const node of cluster.nodes) node.answer = answer;
  };

  it('is a read after anything that may pass, and a write after what certainly did nothing', async () => {
    const cluster = await fakeCluster(2);
    const bucket = clientOf(cluster).bucket('b');
    let left = 2;
    everywhere(cluster, (request, response) => (left-- > 0 ? hangsUp : serves)(request, response));
    expect(await bucket.get('k')).toMatchObject({ value: 'v' });
    left = 2;
    everywhere(cluster, (request, response) =>
      (left-- > 0 ? problem(503, 'overloaded') : serves)(request, response),
    );
    expect(await bucket.put('k', 1)).toMatchObject({ context: 'c' });
  });

  it.each([
    ['a connection that broke', hangsUp],
    ['a quorum that was not met', problem(503, 'write_quorum_not_met', { definite: false })],
  ])('is no write after %s: its outcome is unknown', async (_, answer) => {
    const cluster = await fakeCluster(2);
    everywhere(cluster, answer);
    const error = await clientOf(cluster)
      .bucket('b')
      .put('k', 1)
      .catch((thrown) => thrown);
    expect(error.outcome).toBe('unknown');
    expect(cluster.nodes.flatMap((node) => node.asked)).toHaveLength(1);
  });

  it('is a write of a register under the same key, until its outcome is told', async () => {
    const cluster = await fakeCluster(2);
    cluster.buckets.p = { name: 'p', mode: 'paxos', n: 2 };
    let left = 2;
    everywhere(cluster, (request, response) =>
      (left-- > 0
        ? hangsUp
        : problem(412, 'condition_failed', { retry: false, version: '1.2.3.4' }))(
        request,
        response,
      ),
    );
    const compared = await clientOf(cluster).bucket('p').compareAndSet('k', '1.1.1.1', 1);
    expect(compared).toEqual({ applied: false, version: '1.2.3.4' });
    const keys = cluster.nodes.flatMap((node) => node.headers.map((one) => one['idempotency-key']));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('stays in doubt where a later attempt of a register did nothing', async () => {
    const cluster = await fakeCluster(2);
    cluster.buckets.p = { name: 'p', mode: 'paxos', n: 2 };
    let isFirst = true;
    everywhere(cluster, (request, response) => {
      (isFirst ? hangsUp : problem(503, 'paxos_unavailable'))(request, response);
      isFirst = false;
    });
    const putting = clientOf(cluster, { timeoutMs: 1_000 }).bucket('p').put('k', 1);
    await expect(putting).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('is nothing beyond the budget, or where retries are off', async () => {
    const cluster = await fakeCluster(2);
    everywhere(cluster, problem(503, 'overloaded'));
    const once = clientOf(cluster, { retry: false }).bucket('b');
    await expect(once.get('k')).rejects.toMatchObject({
      code: 'overloaded',
      outcome: 'not_applied',
    });
    expect(cluster.nodes.flatMap((node) => node.asked)).toHaveLength(1);
    const frugal = clientOf(cluster, { retry: { budgetShare: 0, attemptsMax: 1_000 } }).bucket('b');
    const gets = Array.from({ length: 30 }, () => frugal.get('k').catch(() => {}));
    await Promise.all(gets);
    expect(cluster.nodes.flatMap((node) => node.asked).length).toBeLessThanOrEqual(1 + 30 + 100);
  });
});

describe('what ends a request early', () => {
  it.each(['timeout', 'signal'] as const)(
    'is its %s: a write that had left is in doubt',
    async (by) => {
      const cluster = await fakeCluster(2);
      const bucket = clientOf(cluster).bucket('b');
      await bucket.get('warm-up');
      for (const node of cluster.nodes) node.answer = staysSilent;
      const control = by === 'timeout' ? { timeoutMs: 400 } : { signal: AbortSignal.timeout(400) };
      const requests = [
        bucket.put('k', 1, control),
        bucket.delete('k', control),
        bucket.get('k', control),
      ];
      const failures = await Promise.all(requests.map((work) => work.catch((error) => error)));
      expect(failures.map(({ name }) => name)).toEqual(Array(3).fill('TransportError'));
      expect(failures.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'not_applied']);
    },
  );

  it('is a signal that was given before: nothing was sent, and the reason is the cause', async () => {
    const cluster = await fakeCluster(2);
    const reason = new Error('enough');
    const putting = clientOf(cluster)
      .bucket('b')
      .put('k', 1, { signal: AbortSignal.abort(reason) });
    await expect(putting).rejects.toMatchObject({ outcome: 'not_applied', cause: reason });
    expect(asked(cluster)).toEqual([0, 0]);
  });

  it('is known as not applied where nobody could be reached', async () => {
    const cluster = await fakeCluster(1);
    for (const node of cluster.nodes) node.stop();
    const putting = clientOf(cluster, { timeoutMs: 200 }).bucket('b').put('k', 1);
    await expect(putting).rejects.toMatchObject({ outcome: 'not_applied' });
  });
});

it('asks another node beside one that is late, for few of all gets', async () => {
  const cluster = await fakeCluster(2);
  const bucket = clientOf(cluster, { hedge: { budgetShare: 0.05 } }).bucket('b');
  for (let i = 0; i < 40; i++) await bucket.get('k');
  cluster.node('n1').answer = staysSilent;
  const before = performance.now();
  while (cluster.node('n1').asked.at(-1) !== 'GET /kv/b/slow') await bucket.get('slow');
  expect(performance.now() - before).toBeLessThan(1_500);
});

it('hedges no more gets than its share, however slow all nodes are', async () => {
  const cluster = await fakeCluster(2);
  const bucket = clientOf(cluster, { hedge: { budgetShare: 0.05 } }).bucket('b');
  const slowly: typeof serves = (request, response) =>
    void setTimeout(() => serves(request, response), 150);
  for (const node of cluster.nodes) node.answer = slowly;
  await Promise.all(Array.from({ length: 30 }, (_, i) => bucket.get(`k${i}`)));
  const sent = asked(cluster).reduce((sum, count) => sum + count, 0);
  expect(sent).toBeGreaterThanOrEqual(30);
  expect(sent).toBeLessThanOrEqual(31);
});

it('sends a batch to the nodes that keep its keys, and once more what may be sent again', async () => {
  const cluster = await fakeCluster(3);
  const bucket = clientOf(cluster).bucket('b');
  let left = 1;
  const results = { results: [{ status: 204, context: 'c' }] };
  for (const node of cluster.nodes) {
    node.answer = (request, response) => {
      if (left-- > 0) return problem(503, 'not_ready')(request, response);
      response.writeHead(200, { 'x-quorate-epoch': '1' }).end(JSON.stringify(results));
    };
  }
  const [put] = await bucket.batch([{ op: 'put', key: 'k', value: 1 }]);
  expect(put).toEqual({ ok: true, result: { context: 'c', version: undefined } });
  const posts = cluster.nodes.map((node) =>
    node.asked.filter((one) => one.startsWith('POST /batch')),
  );
  expect(posts.map(({ length }) => length)).toEqual([1, 1, 0]);
  for (const node of cluster.nodes) node.answer = hangsUp;
  const [lost, read] = await clientOf(cluster, { retry: false })
    .bucket('b')
    .batch([
      { op: 'put', key: 'k', value: 1 },
      { op: 'get', key: 'k' },
    ]);
  expect(lost).toMatchObject({ ok: false, error: { outcome: 'unknown' } });
  expect(read).toMatchObject({ ok: false, error: { outcome: 'not_applied' } });
});
