/** The time of a request, and the signal of its caller: heeded wherever it waits. */

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { within } from '../../../src/client/bounds.ts';
import {
  clientOf,
  type FakeCluster,
  type FakeNode,
  fakeCluster,
  problem,
  serves,
  staysSilent,
} from './fake-cluster.ts';

const sent = (cluster: FakeCluster) => cluster.nodes.flatMap((node) => node.asked);

/** Takes connections, and answers nothing, not even of the cluster. */
function mute(node: FakeNode): void {
  node.server.removeAllListeners('request');
}

async function tookMs(work: Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work;
  return performance.now() - before;
}

describe('a request that has ended before it began', () => {
  it.each([
    ['its time was up', { timeoutMs: 0 }],
    ['its time had long been up', { timeoutMs: -5 }],
    ['it was given up', { signal: AbortSignal.abort() }],
  ])('sends nothing, and says so: %s', async (_, control) => {
    const cluster = await fakeCluster(2);
    const db = clientOf(cluster);
    const bucket = db.bucket<number>('b');
    const told = { name: 'TransportError', outcome: 'not_applied', neverSent: true };
    const refusals = [
      bucket.get('k', control),
      bucket.put('k', 1, control),
      bucket.delete('k', control),
      bucket.update('k', () => 1, control),
      bucket.increment('k', 1, control),
      bucket.append('k', 'x', control),
      bucket.list(control).next(),
      db.session('causal').bucket<number>('b').put('k', 1, control),
      db.createBucket('b', {}, control),
      db.bucketSettings('b', control),
    ];
    for (const refused of refusals) await expect(refused).rejects.toMatchObject(told);
    const batch = await bucket.batch([{ op: 'put', key: 'k', value: 1 }], control);
    expect(batch).toMatchObject([{ ok: false, error: told }]);
    expect([sent(cluster), cluster.told]).toEqual([[], 0]);
  });
});

describe('a request ends in time, and did nothing,', () => {
  it('where the cluster does not tell of itself, or of the bucket', async () => {
    const cluster = await fakeCluster(1);
    mute(cluster.node('n1'));
    const bucket = clientOf(cluster).bucket<number>('b');
    const told = { name: 'TransportError', failure: 'timeout', outcome: 'not_applied' };
    const control = { timeoutMs: 150 };
    const ended = tookMs(expect(bucket.put('k', 1, control)).rejects.toMatchObject(told));
    expect(await ended).toBeLessThan(1_000);
    const known = await fakeCluster(1);
    const db = clientOf(known);
    await db.bucket('a').put('k', 1);
    mute(known.node('n1'));
    const unknown = db.bucket<number>('b');
    const late = tookMs(expect(unknown.put('k', 1, control)).rejects.toMatchObject(told));
    expect(await late).toBeLessThan(1_000);
    const [lost] = await unknown.batch([{ op: 'put', key: 'k', value: 1 }], control);
    expect(lost).toMatchObject({ ok: false, error: told });
  });

  it('where it waits for its turn in a session', async () => {
    const cluster = await fakeCluster(1);
    const bucket = clientOf(cluster).session('ryw').bucket<number>('b');
    await bucket.put('k', 1);
    cluster.node('n1').answer = staysSilent;
    const first = bucket.put('first', 1, { timeoutMs: 700 }).catch((error) => error);
    const second = bucket.put('second', 1, { timeoutMs: 100 }).catch((error) => error);
    const third = bucket.put('third', 1, { signal: AbortSignal.timeout(100) });
    const ended = tookMs(expect(third).rejects.toMatchObject({ outcome: 'not_applied' }));
    expect(await ended).toBeLessThan(500);
    expect(await second).toMatchObject({ outcome: 'not_applied' });
    expect(await first).toMatchObject({ outcome: 'unknown' });
    cluster.node('n1').answer = serves;
    await bucket.put('fourth', 1);
    const asked = sent(cluster).map((one) => /[a-z]+(?=\?|$)/.exec(one)?.[0]);
    expect(asked).toEqual(['k', 'first', 'fourth']);
  });

  it('where it waits before it is sent again', async () => {
    const cluster = await fakeCluster(1);
    cluster.node('n1').answer = problem(503, 'read_quorum_not_met', {}, { 'retry-after': '3' });
    const giving = new AbortController();
    const getting = clientOf(cluster).bucket('b').get('k', { signal: giving.signal });
    await waitFor('the refusal', 5_000, () => sent(cluster).length > 0);
    setTimeout(() => giving.abort(), 50);
    const told = { outcome: 'not_applied' };
    const ended = tookMs(expect(getting).rejects.toMatchObject(told));
    expect(await ended).toBeLessThan(1_000);
    expect(sent(cluster)).toHaveLength(1);
  });
});

it('is the time of an update with all its parts', async () => {
  const cluster = await fakeCluster(1);
  const bucket = clientOf(cluster).bucket<string>('b');
  await bucket.get('k');
  cluster.node('n1').answer = (request, response) =>
    request.method === 'GET' ? void setTimeout(() => serves(request, response), 200) : {};
  const updating = bucket.update('k', () => 'x', { timeoutMs: 400 }).catch((error) => error);
  expect(await tookMs(updating)).toBeLessThan(600);
  expect(await updating).toMatchObject({ outcome: 'unknown' });
});

it('leaves nobody listening to a signal', async () => {
  const cluster = await fakeCluster(2);
  const { signal } = new AbortController();
  let left = 3;
  for (const node of cluster.nodes) {
    node.answer = (request, response) =>
      (left-- > 0 ? problem(503, 'overloaded') : serves)(request, response);
  }
  const db = clientOf(cluster, { hedge: {} });
  const session = db.session('ryw').bucket<number>('b');
  const bucket = db.bucket<number>('b');
  for (let i = 0; i < 5; i++) {
    await bucket.put('k', 1, { signal });
    await bucket.get('k', { signal });
    await bucket.delete('k', { signal });
    await session.put('k', 1, { signal });
    await bucket.batch([{ op: 'put', key: 'k', value: 1 }], { signal, timeoutMs: 300 });
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('a wait does not end before its time, though timers know whole milliseconds alone', async () => {
  const closing = new AbortController().signal;
  const early: number[] = [];
  const waiting = Array.from({ length: 50 }, async (_, i) => {
    const until = performance.now() + 5 + i / 10;
    await within({ until, signal: undefined, closing });
    if (performance.now() < until) early.push(until - performance.now());
  });
  await Promise.all(waiting);
  expect(early).toEqual([]);
});
