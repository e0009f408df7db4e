/** Handing over the lead of the metadata group, as the one who asks for it meets it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { startCluster, type TestCluster } from '../../sim/harness.ts';

let cluster: TestCluster;
let leader: NodeId;
let follower: NodeId;

const leaderSeenBy = (id: NodeId) => cluster.request(id, async (node) => node.groupStatus().leader);

const transfer = (at: NodeId, to: NodeId) =>
  cluster.complete(cluster.request(at, (node) => node.transferLeadership(to, 2_000)));

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = cluster.simulation.nowMs + 10_000;
  while (!(await condition())) {
    if (cluster.simulation.nowMs > end) throw new Error('it did not come to that');
    await cluster.simulation.advance(20);
  }
}

beforeEach(async () => {
  cluster = await startCluster(5, { nodes: 3 });
  await until(async () => (await leaderSeenBy('n1')) !== null);
  leader = (await leaderSeenBy('n1')) as NodeId;
  follower = cluster.nodeIds.find((id) => id !== leader) as NodeId;
});

describe('handing over', () => {
  it('gives the lead to the voter that is named, asked of any node', async () => {
    await transfer(follower, follower);
    await until(async () => (await leaderSeenBy(follower)) === follower);
  });

  it('to who has the lead already changes nothing', async () => {
    for (const id of cluster.nodeIds) await transfer(id, leader);
    expect(await leaderSeenBy(follower)).toBe(leader);
  });

  it('to nobody who votes is refused, with those who do', async () => {
    await expect(transfer(follower, 'n9')).rejects.toMatchObject({
      code: 'bad_request',
      message: 'n9 is no voter of the metadata group: name one of n1, n2, n3',
    });
  });

  it('says what every client can be told when the leader is not there', async () => {
    cluster.kill(leader);
    const error = await transfer(follower, follower).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QuorateError);
    expect(error).toMatchObject({ code: 'metadata_unavailable', status: 503 });
    expect(String(error)).toContain('the leader of the metadata group did not answer');
  });
});
