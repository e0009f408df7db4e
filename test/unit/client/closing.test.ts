/** A client that is closed: what was under way ends, nothing begins, and nothing keeps the process. */

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { clientOf, type FakeCluster, fakeCluster, staysSilent } from './fake-cluster.ts';

/** Watches stay open, and say a revision first. */
async function watchable(): Promise<FakeCluster> {
  const cluster = await fakeCluster(2);
  cluster.buckets.r = { name: 'r', mode: 'raft' };
  for (const node of cluster.nodes) {
    node.answer = (_, response) => response.writeHead(200).write(': beat\nid: 7\n\n');
  }
  return cluster;
}

describe('close()', () => {
  it('ends watches, wherever they wait, and their connections', async () => {
    const cluster = await watchable();
    const db = clientOf(cluster);
    const { signal } = new AbortController();
    const told: string[] = [];
    const watching = (async () => {
      for await (const { type } of db.bucket('r').watch({ signal })) told.push(type);
    })();
    await waitFor('the watch', 5_000, () => told.length > 0);
    await db.close();
    await watching;
    expect(told).toEqual(['connected']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await waitFor('no connection', 2_000, async () => {
      const open = await Promise.all(cluster.nodes.map((node) => node.connections()));
      return open.every((count) => count === 0);
    });
  });

  it('ends a watch that waits to be connected again', async () => {
    const cluster = await watchable();
    const db = clientOf(cluster);
    const watch = db.bucket('r').watch({ signal: new AbortController().signal });
    await watch.next();
    for (const node of cluster.nodes) node.stop();
    expect(await watch.next()).toMatchObject({ value: { type: 'lost' } });
    const ending = watch.next();
    await db.close();
    expect(await ending).toEqual({ done: true, value: undefined });
  });

  it('ends requests at once: none is sent again, and what had left is unknown', async () => {
    const cluster = await fakeCluster(2);
    for (const node of cluster.nodes) node.answer = staysSilent;
    const db = clientOf(cluster);
    const bucket = db.bucket('b');
    const put = bucket.put('k', 1).catch((error) => error);
    const get = bucket.get('k').catch((error) => error);
    const sent = () => cluster.nodes.flatMap((node) => node.asked).length;
    await waitFor('both requests', 5_000, () => sent() === 2);
    const before = performance.now();
    await db.close();
    expect(await put).toMatchObject({ name: 'TransportError', outcome: 'unknown' });
    expect(await get).toMatchObject({ name: 'TransportError', outcome: 'not_applied' });
    expect(performance.now() - before).toBeLessThan(500);
    expect(sent()).toBe(2);
  });

  it('lets nothing begin', async () => {
    const cluster = await fakeCluster(2);
    const db = clientOf(cluster);
    await db.close();
    await db.close();
    const bucket = db.bucket('b');
    const { signal } = new AbortController();
    const told = { name: 'TransportError', message: 'its client is closed' };
    await expect(bucket.put('k', 1)).rejects.toMatchObject({ ...told, outcome: 'not_applied' });
    await expect(bucket.get('k')).rejects.toMatchObject(told);
    await expect(bucket.list().next()).rejects.toMatchObject(told);
    await expect(bucket.watch({ signal }).next()).rejects.toMatchObject(told);
    expect(await bucket.batch([{ op: 'get', key: 'k' }])).toMatchObject([{ error: told }]);
    expect(cluster.told).toBe(0);
  });
});
