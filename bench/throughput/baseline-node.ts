/**
 * One process of the bare baseline: the least that a replicated store on Hono, LMDB and framed
 * sockets must do, as the ceiling that Quorate is measured against.
 *
 * Three nodes, three replicas, any node takes any request. A put is a durable LMDB write here
 * and on both peers, answered at the w-th durable one; a get reads here and asks r - 1 peers,
 * answered when r values are there. No versions, no validation, no timeouts, no repair.
 *
 * Arguments: data directory, client port, its own peer port, the peer ports of the others.
 */

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { open } from 'lmdb';
import { PeerCalls, servePeers } from './baseline-peers.ts';

const [directory = '', clientPort, peerPort, ...peerPorts] = process.argv.slice(2);

const database = open<Buffer, Buffer>({
  path: directory,
  encoding: 'binary',
  keyEncoding: 'binary',
  // The promise of a put then means that it is on disk.
  overlappingSync: false,
});

const peers: PeerCalls[] = [];
const app = new Hono();

app.put('/kv/:bucket/:key', async (c) => {
  const key = Buffer.from(c.req.param('key'));
  const value = Buffer.from(await c.req.arrayBuffer());
  const writes: Promise<unknown>[] = [database.put(key, value)];
  for (const peer of peers) writes.push(peer.store(key, value));
  await firstOf(writes, Number(c.req.query('w')));
  return c.body(null, 204);
});

app.get('/kv/:bucket/:key', async (c) => {
  const key = Buffer.from(c.req.param('key'));
  const value = database.get(key);
  const others = Number(c.req.query('r')) - 1;
  if (others > 0) await fetchFromPeers(key, others);
  if (value === undefined) return c.body(null, 404);
  return c.body(value as Buffer<ArrayBuffer>);
});

/** Resolves when `needed` of the promises have; rejects as soon as one does. */
function firstOf(promises: readonly Promise<unknown>[], needed: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = needed;
    const settled = () => {
      if (--left === 0) resolve();
    };
    for (const promise of promises) promise.then(settled, reject);
  });
}

let nextPeer = 0;

/** The peers take turns. */
function fetchFromPeers(key: Buffer, count: number): Promise<unknown> {
  const fetches: Promise<Buffer>[] = [];
  for (let i = 0; i < count; i++) {
    fetches.push((peers[nextPeer++ % peers.length] as PeerCalls).fetch(key));
  }
  return Promise.all(fetches);
}

servePeers(Number(peerPort), {
  store: (key, value) => database.put(key, value),
  fetch: (key) => database.get(key),
});
peers.push(...(await Promise.all(peerPorts.map((port) => PeerCalls.connect(Number(port))))));

app.get('/readyz', (c) => c.text('ready'));
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(clientPort) });

process.once('SIGTERM', () => process.exit(0));
// A launcher that forked this process holds a channel to it, which closes however it ends.
process.once('disconnect', () => process.exit(0));
