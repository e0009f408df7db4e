/** Kill -9 of those who take part in a transfer, in the middle of it, while clients go on. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { Ballast } from './ballast.ts';
import { leaderOf, waitForVoters } from './harness.ts';
import { RingTraffic } from './ring-traffic.ts';

const KIB = 1024;
/** So that there is a middle. */
const SLOW = 100 * KIB;
const SOON_MS = 20_000;
const ROUNDS = 50;
/** On a machine that may have other work. */
const TEST_MS_MAX = 120_000;

describe('a transfer goes on to its end, and nothing is lost, after kill -9 of', {
  timeout: TEST_MS_MAX,
}, () => {
  let cluster: LocalCluster;
  let ballast: Ballast;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 16 });
    await waitForVoters(cluster);
    ballast = await Ballast.put(cluster, 160, 16 * KIB);
  });

  afterAll(() => cluster?.kill());

  it('the receiver, while it joins', async () => {
    const traffic = await RingTraffic.start(cluster, 'receiver');
    await slowly('n1');
    const { name } = await cluster.join();
    expect(name).toBe('n4');
    await killInTheMiddle('n1', name);
    await traffic.more(ROUNDS);
    await goOn(traffic, name);
    expect(await placesOf(name)).toBe(12);
  });

  it('the sender, while it leaves', async () => {
    const traffic = await RingTraffic.start(cluster, 'sender');
    await slowly('n1');
    await cluster.client('n1').stageRingChange({ change: 'leave', node: 'n4' });
    await cluster.client('n1').commitRing();
    await killInTheMiddle('n1', 'n4');
    await traffic.more(ROUNDS);
    await goOn(traffic, 'n4', 'n1');
    await waitFor('n4 to have left', SOON_MS, async () => (await placesOf('n4')) === undefined);
    await cluster.node('n4').stop();
    await ballast.check('n1');
  });

  it('the leader of the metadata group', async () => {
    const traffic = await RingTraffic.start(cluster, 'leader');
    await slowly('n1');
    const { name } = await cluster.join();
    const leader = await leaderOf(cluster, name);
    await killInTheMiddle(name, leader);
    await traffic.more(ROUNDS);
    await goOn(traffic, leader);
    expect(await placesOf(name)).toBe(12);
  });

  function slowly(by: string): Promise<void> {
    return cluster.client(by).setTransferRate(SLOW);
  }

  async function killInTheMiddle(observer: string, victim: string): Promise<void> {
    await waitFor('a partition to be copied in part', SOON_MS, async () => {
      const { moves } = await cluster.client(observer).transfers();
      return moves.some(({ stage, keys }) => stage === 'write_both' && keys > 0);
    });
    await cluster.node(victim).kill();
  }

  /** The victim comes back, and nothing holds the transfers up any more. */
  async function goOn(traffic: RingTraffic, victim: string, reader = victim): Promise<void> {
    await cluster.node(victim).start();
    await waitFor('the bound to be lifted', SOON_MS, async () => {
      await cluster.client(victim).setTransferRate(null);
      return true;
    });
    await cluster.waitUntilSettled();
    await traffic.more(ROUNDS);
    await traffic.finish();
    await ballast.check(reader);
  }

  async function placesOf(name: string): Promise<number | undefined> {
    const { members } = await cluster.client('n1').status();
    return members.find(({ id }) => id === name)?.partitions;
  }
});
