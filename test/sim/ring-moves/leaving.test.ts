/** Nodes that leave: the leader of the metadata group, and one that keeps hints for others. */

import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { differencesOnDisk } from '../disks.ts';
import { startCluster, type TestCluster, valuesOf } from '../harness.ts';
import { hintsAt, kill, refusalOf } from '../places.ts';
import { RingKnowledge } from './ring-knowledge.ts';
import { commitAt, ringAt, untilSettled } from './ring-operator.ts';
import { strays } from './whereabouts.ts';

const KEYS = Array.from({ length: 40 }, (_, i) => `key ${i}`);

function others(cluster: TestCluster, ...not: readonly NodeId[]): readonly NodeId[] {
  return cluster.nodeIds.filter((id) => !not.includes(id));
}

async function leave(cluster: TestCluster, node: NodeId): Promise<void> {
  const [at] = others(cluster, node).filter((id) => cluster.isUp(id));
  await cluster.complete(commitAt(cluster, at as NodeId, [{ type: 'leave', node }]));
}

describe('a node that leaves', () => {
  it('may lead the metadata group, which goes on under another leader', async () => {
    const cluster = await startCluster(5, { nodes: 4 });
    for (const key of KEYS) await cluster.complete(cluster.put('n1', key, key, { w: 2 }));
    const knowledge = new RingKnowledge(cluster);
    const leader = knowledge.leader() as NodeId;
    await leave(cluster, leader);
    await untilSettled(cluster, others(cluster, leader));
    expect(knowledge.isOfCluster(leader)).toBe(false);
    expect(others(cluster, leader)).toContain(knowledge.leader());
    expect(await strays(cluster, [])).toEqual([]);
    for (const key of KEYS) {
      const [at] = others(cluster, leader);
      const read = await cluster.complete(cluster.get(at as NodeId, key, { r: 2, sloppy: false }));
      expect(valuesOf(read)).toEqual([key]);
    }
    const late = cluster.get(leader, 'key 1', { r: 2 });
    expect(await refusalOf(cluster, late)).toMatchObject({ code: 'not_ready' });
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('stays until what it keeps for a node that is down has got there', async () => {
    const cluster = await startCluster(2, { nodes: 6 });
    const down = 'n6';
    await kill(cluster, down);
    const write = { w: 3, sloppy: true } as const;
    for (const key of KEYS) await cluster.complete(cluster.put('n1', key, key, write));
    const held = await Promise.all(
      others(cluster, 'n1', down).map(async (id) => ({ id, hints: await hintsAt(cluster, id) })),
    );
    const leaver = held.find(({ hints }) => hints.length > 0)?.id as NodeId;
    await leave(cluster, leaver);
    await cluster.simulation.advance(60_000);
    const { members } = await ringAt(cluster, 'n1');
    expect(members.map(({ id }) => id)).toContain(leaver);
    const told = await cluster.request('n1', async (node) => node.status());
    for (const { id, status } of told.members) {
      expect([id, status]).toEqual([id, id === leaver ? 'leaving' : 'member']);
    }

    await cluster.start(down);
    await untilSettled(cluster, others(cluster, leaver));
    expect(await hintsAt(cluster, leaver)).toEqual([]);
    expect(await strays(cluster, [])).toEqual([]);
    expect(await differencesOnDisk(cluster)).toEqual([]);
    expect(cluster.fatalErrors).toEqual([]);
  });
});
