/** Nodes that leave the cluster: what becomes of requests to them, and of their connections. */

import { expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import type { Quorate } from '../../../src/client/index.ts';
import { Peer } from '../../../src/client/peer.ts';
import { clientOf, type FakeCluster, fakeCluster, forwards, serves } from './fake-cluster.ts';

/** Asks for the key until a node is asked that is a member now. */
async function untilLearned(cluster: FakeCluster, db: Quorate, name: string): Promise<void> {
  for (const node of cluster.nodes) node.answer = forwards;
  await waitFor(`${name} is asked`, 5_000, async () => {
    const before = cluster.node(name).asked.length;
    await db.bucket('b').get('k');
    return cluster.node(name).asked.length > before;
  });
  for (const node of cluster.nodes) node.answer = serves;
}

it('leaves no connection to them, over many changes of the ring', async () => {
  const cluster = await fakeCluster(4);
  const db = clientOf(cluster, { hedge: {} });
  for (let round = 0; round < 4; round++) {
    for (const name of ['n1', 'n2', 'n3']) {
      cluster.redraw(name, 'n4');
      await untilLearned(cluster, db, name);
    }
  }
  await waitFor('connections to members alone', 5_000, async () => {
    const open = await Promise.all(cluster.nodes.map((node) => node.connections()));
    return open[0] === 0 && open[1] === 0;
  });
});

it('lets requests that are running come to their end, and sends no new ones', async () => {
  const cluster = await fakeCluster(3);
  const db = clientOf(cluster);
  const n1 = cluster.node('n1');
  cluster.redraw('n1', 'n3');
  await db.bucket('b').get('k');
  const held: (() => void)[] = [];
  n1.answer = (request, response) => {
    held.push(() => serves(request, response));
  };
  const slow = Array.from({ length: 8 }, (_, i) => db.bucket('b').put(`k${i}`, i));
  await waitFor('a request at the node', 5_000, () => held.length > 0);
  cluster.redraw('n2');
  await untilLearned(cluster, db, 'n2');
  const before = n1.asked.length;
  for (let i = 0; i < 10; i++) await db.bucket('b').get(`k${i}`);
  expect(n1.asked.length).toBe(before);
  expect(await n1.connections()).toBeGreaterThan(0);
  for (const answer of held) answer();
  await Promise.all(slow);
  await waitFor('the connections are closed', 5_000, async () => (await n1.connections()) === 0);
});

it('does not look whether they are ready any more', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const peer = new Peer('http://127.0.0.1:1', {});
  peer.leaveAlone(100);
  await peer.drain();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends what is still running there when the client is closed', async () => {
  const cluster = await fakeCluster(3);
  const db = clientOf(cluster, { timeoutMs: 60_000 });
  const n1 = cluster.node('n1');
  cluster.redraw('n1', 'n3');
  await db.bucket('b').get('k');
  const held: unknown[] = [];
  n1.answer = (request) => held.push(request);
  const slow = Array.from({ length: 8 }, (_, i) =>
    db
      .bucket('b')
      .put(`k${i}`, i)
      .catch((error) => error.outcome),
  );
  await waitFor('a request at the node', 5_000, () => held.length > 0);
  cluster.redraw('n2');
  await untilLearned(cluster, db, 'n2');
  const before = performance.now();
  await db.close();
  expect(await Promise.all(slow)).toContain('unknown');
  expect(performance.now() - before).toBeLessThan(1_000);
});

it('goes on with a watch at a node that has stayed', async () => {
  const cluster = await fakeCluster(3);
  cluster.buckets.r = { name: 'r', mode: 'raft' };
  const watches: string[] = [];
  for (const node of cluster.nodes) {
    node.answer = (request, response) => {
      if (request.url?.startsWith('/watch/') !== true) return serves(request, response);
      watches.push(node.name);
      response.writeHead(200).write(': beat\nid: 7\n\n');
    };
  }
  cluster.redraw('n1');
  const db = clientOf(cluster);
  await db.bucket('b').get('k');
  const ending = new AbortController();
  const told: string[] = [];
  const watching = (async () => {
    for await (const { type } of db.bucket('r').watch({ signal: ending.signal })) told.push(type);
  })();
  await waitFor('the watch', 5_000, () => watches.length > 0);
  expect(watches).toEqual(['n1']);
  cluster.redraw('n2');
  const answers = cluster.nodes.map(({ answer }) => answer);
  await untilLearned(cluster, db, 'n2');
  for (const [at, node] of cluster.nodes.entries()) node.answer = answers[at] as typeof serves;
  await waitFor('the watch goes on', 5_000, () => told.length === 3);
  expect(watches.at(-1)).toBe('n2');
  ending.abort();
  await watching;
  expect(told).toEqual(['connected', 'lost', 'connected']);
});
