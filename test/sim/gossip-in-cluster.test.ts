/** What whole nodes make of the gossip: whom they suspect, avoid and welcome back. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import type { ClusterStatus } from '../../src/node/index.ts';
import type { SimMetrics } from '../../src/sim/sim-observation.ts';
import { startCluster, type TestCluster } from './harness.ts';

let cluster: TestCluster;

const statusOf = (at: NodeId): Promise<ClusterStatus> =>
  cluster.request(at, async (node) => node.status());

async function memberAt(at: NodeId, member: NodeId) {
  const { members } = await statusOf(at);
  return members.find(({ id }) => id === member);
}

/** How long it takes until everyone in `at` has the member in the state. */
async function untilSeen(at: readonly NodeId[], member: NodeId, states: readonly string[]) {
  const begun = cluster.simulation.nowMs;
  for (;;) {
    const seen = await Promise.all(at.map((id) => memberAt(id, member)));
    if (seen.every((view) => states.includes(view?.state ?? ''))) break;
    if (cluster.simulation.nowMs - begun > 60_000) throw new Error(`never seen as ${states}`);
    await cluster.simulation.advance(50);
  }
  return cluster.simulation.nowMs - begun;
}

beforeEach(async () => {
  cluster = await startCluster(81, { nodes: 5 });
  await cluster.simulation.advance(3_000);
});

describe('members', () => {
  it('know each other soon', async () => {
    for (const at of cluster.nodeIds) {
      const { members } = await statusOf(at);
      expect(members.map(({ state }) => state).toSorted()).toEqual([
        ...Array(4).fill('alive'),
        'self',
      ]);
      expect(members.every(({ metadataIndex }) => metadataIndex > 0)).toBe(true);
    }
  });

  it('suspect a killed one within 3 s, give it up within 30 s, and welcome it back', async () => {
    const others = cluster.nodeIds.filter((id) => id !== 'n3');
    const before = (await memberAt('n1', 'n3'))?.incarnation as number;
    cluster.kill('n3');
    expect(await untilSeen(others, 'n3', ['suspect', 'dead'])).toBeLessThan(3_000);
    expect((await memberAt('n1', 'n3'))?.reachable).toBe(false);
    expect(await untilSeen(others, 'n3', ['dead'])).toBeLessThan(30_000);
    await cluster.start('n3');
    expect(await untilSeen(others, 'n3', ['alive'])).toBeLessThan(15_000);
    const after = await memberAt('n1', 'n3');
    expect(after?.incarnation).toBeGreaterThan(before);
    expect(after?.reachable).toBe(true);
  });

  it('are told by one that stops in order, and need not suspect it', async () => {
    const others = cluster.nodeIds.filter((id) => id !== 'n2');
    await cluster.stop('n2');
    expect(await untilSeen(others, 'n2', ['left'])).toBeLessThan(2_000);
  });

  it('that are cut off from each other find each other again', async () => {
    const [left, right] = [cluster.nodeIds.slice(0, 2), cluster.nodeIds.slice(2)];
    cluster.network.cutBothWays(left, right);
    await untilSeen(left, 'n4', ['dead']);
    await cluster.simulation.advance(120_000);
    cluster.network.heal();
    expect(await untilSeen(left, 'n4', ['alive'])).toBeLessThan(30_000);
    expect(await untilSeen(right, 'n1', ['alive'])).toBeLessThan(30_000);
  });
});

describe('wall clocks that are apart', () => {
  it('are reported', async () => {
    cluster.kill('n5');
    cluster.skewClock('n5', { offsetMs: 900, rate: 1 });
    await cluster.start('n5');
    await untilSeen(['n1'], 'n5', ['alive']);
    // Samples of its earlier start count until eight newer ones have come.
    await cluster.simulation.advance(60_000);
    const offset = (await memberAt('n1', 'n5'))?.clock?.offsetMs as number;
    expect(Math.abs(offset - 900)).toBeLessThan(50);
    const metrics = cluster.metrics.get('n1') as SimMetrics;
    expect(metrics.value('clock_offset_max_seconds')).toBeGreaterThan(0.5);
  });
});
