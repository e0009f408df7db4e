/** The keys of a paxos bucket, as a majority of the replicas has them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_BYTES, mapKeyOf } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Change } from '../../../src/paxos/change.ts';
import { RegisterListing } from '../../../src/paxos/register-listing.ts';
import type { KeyPage } from '../../../src/routing/key-listing.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { DEADLINE_MS, putOf, RegisterCluster } from './register-cluster.ts';

const DELETE: Change = { type: 'delete', condition: 'none' };
const C = ['n1', 'n2', 'n3'];

let cluster: RegisterCluster;
let listings: Map<NodeId, RegisterListing>;
let damaged: string[];

beforeEach(() => {
  cluster = new RegisterCluster(4, C);
  damaged = [];
  listings = new Map(cluster.ids.map((id) => [id, listingAt(id)]));
});

function listingAt(self: NodeId): RegisterListing {
  const { simulation } = cluster;
  const { view, clock, store, transport } = cluster.node(self);
  const reachable = (node: NodeId) => node === self || transport.reachable(node);
  const listing = new RegisterListing({
    ...{ self, view, clock, store, transport },
    liveness: { mayAnswer: () => true, reachable, responsive: reachable, onReturn: () => () => {} },
    logger: new SimLogger(simulation, self),
    damagedRegisters: { note: ({ key }) => damaged.push(`${self} ${mapKeyOf(key)}`) },
    onFatal: (error) => {
      throw error;
    },
  });
  listing.serve();
  return listing;
}

async function page(at: NodeId, limit = 1_000, after?: Uint8Array): Promise<KeyPage> {
  const listing = listings.get(at) as RegisterListing;
  const deadline = cluster.simulation.nowMs + DEADLINE_MS;
  return cluster.done(listing.list('test', { prefix: EMPTY_BYTES, after, limit }, deadline));
}

async function keysAt(at: NodeId): Promise<string> {
  return (await page(at)).keys.map(mapKeyOf).join();
}

/** The node hears nothing of what is done meanwhile. */
async function without(node: NodeId, work: () => Promise<unknown>): Promise<void> {
  cluster.lose(node);
  await work();
  cluster.bringBack();
  await cluster.simulation.advance(1_000);
}

describe('a listing', () => {
  it('is the same wherever it is asked for, in pages', async () => {
    for (const key of ['b', 'a', 'd', 'c']) await cluster.put('n1', key, 'v');
    for (const id of cluster.ids) expect(await keysAt(id)).toBe('a,b,c,d');
    const first = await page('n4', 3);
    expect(first.keys.map(mapKeyOf)).toEqual(['a', 'b', 'c']);
    const rest = await page('n4', 3, first.next);
    expect([rest.keys.map(mapKeyOf), rest.next]).toEqual([['d'], undefined]);
  });

  it.each(C)('has what was written and not what was deleted while %s was away', async (away) => {
    const [at = ''] = C.filter((id) => id !== away);
    await cluster.put(at, 'gone', 'v');
    await without(away, async () => {
      await cluster.put(at, 'new', 'v');
      await cluster.done(cluster.change(at, 'gone', DELETE));
    });
    for (const id of cluster.ids) expect(await keysAt(id)).toBe('new');
  });

  it('leaves out what has expired', async () => {
    await cluster.done(cluster.change('n1', 'brief', putOf('v', { ttlMs: 1_000 })));
    await cluster.put('n1', 'lasting', 'v');
    expect(await keysAt('n4')).toBe('brief,lasting');
    await cluster.simulation.advance(1_100);
    expect(await keysAt('n4')).toBe('lasting');
  });

  it('needs a majority', async () => {
    await cluster.put('n1', 'k', 'v');
    cluster.lose('n1');
    expect(await keysAt('n4')).toBe('k');
    cluster.lose('n2');
    await expect(page('n4')).rejects.toMatchObject({ code: 'read_quorum_not_met' });
  });

  it('is not answered by a node that cannot read a record, which others make up for', async () => {
    await cluster.put('n1', 'k', 'v');
    const { store } = cluster.node('n1');
    const record = Buffer.from(store.get(cluster.storedKey('k')) as Uint8Array);
    record[record.length - 1] = (record.at(-1) as number) ^ 1;
    cluster.disk('n1').committed.set(mapKeyOf(cluster.storedKey('k')), record);
    expect(await keysAt('n1')).toBe('k');
    expect(damaged).toEqual(['n1 k']);
  });
});
