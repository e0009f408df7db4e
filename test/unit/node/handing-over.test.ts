/** Handing over the lead of the metadata group, as the one who asks for it meets it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { successorOf } from '../../../src/node/metadata-group/handing-over.ts';
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

/** An election after the loss of a leader takes longer. */
const ELECTION_MS_MIN = 300;

describe('a leader that stops', () => {
  it('gives the lead away first: there is no election timeout without a leader', async () => {
    const stoppedAt = cluster.simulation.nowMs;
    const stopped = cluster.request(leader, (node) => node.stop());
    await until(async () => ![null, leader].includes(await leaderSeenBy(follower)));
    expect(cluster.simulation.nowMs - stoppedAt).toBeLessThan(ELECTION_MS_MIN);
    await cluster.complete(stopped);
  });

  it('leaves no command in doubt, of its own or of others', async () => {
    const made = cluster.nodeIds.flatMap((id) =>
      [1, 2, 3].map((i) =>
        cluster.request(id, (node) => node.buckets.put(`${id}-${i}`, {}, 2_000)),
      ),
    );
    const stopped = cluster.request(leader, (node) => node.stop());
    await cluster.complete(Promise.all(made));
    await cluster.complete(stopped);
  });

  it('does not wait for ever where nobody can take the lead', async () => {
    const others = cluster.nodeIds.filter((id) => id !== leader);
    cluster.network.cutBothWays([leader], others);
    const stoppedAt = cluster.simulation.nowMs;
    await cluster.complete(cluster.request(leader, (node) => node.stop()));
    expect(cluster.simulation.nowMs - stoppedAt).toBeLessThan(1_500);
  });
});

describe('the successor of a leader', () => {
  const member = (no: number, match: number, silentTicks = 0) => ({
    ...{ member: no, role: 'voter' as const, match, silentTicks },
    ...{ next: match + 1, state: 'replicate' as const, inflight: 0 },
  });
  const among = (members: readonly ReturnType<typeof member>[], voters: readonly number[]) =>
    successorOf({ self: 1, members, configuration: { voters, outgoing: [], learners: [] } });

  it('is the voter that lacks least of the log', () => {
    expect(among([member(1, 9), member(2, 5), member(3, 7), member(4, 9)], [1, 2, 3])).toBe(3);
  });

  it('is one that was heard of late', () => {
    expect(among([member(1, 9), member(2, 5), member(3, 7, 100)], [1, 2, 3])).toBe(2);
    expect(among([member(1, 9), member(2, 5, 100)], [1, 2])).toBeUndefined();
  });
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
