/** Many clients on one hot key: all of them get on, and none of them much better than another. */

import { describe, expect, it } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import type { AskedChange } from './asked.ts';
import { PaxosAccess } from './key-access.ts';

const NODES = 5;
const CLIENTS = 32;
const LASTING_MS = 1_000;
const TIMEOUT_MS = 2_000;
const RETRY_MS = 1;
/** The client that comes off best, measured by the one that comes off worst. */
const UNFAIRNESS_MAX = 4;
const PLACE = { bucket: 'hot', key: 'counter' };
const RESET: AskedChange = {
  op: 'put',
  value: '0',
  ttlMs: undefined,
  condition: { type: 'none' },
};
const INCREMENT: AskedChange = { op: 'increment', condition: { type: 'none' } };

interface Contention {
  /** Increments of each client that were confirmed. */
  readonly done: readonly number[];
  /** Increments that may have happened as well. */
  readonly inDoubt: number;
  /** What the key came to. */
  readonly count: number;
}

/** Every node has found out whom it does not reach. */
async function tryOnceEverywhere(cluster: TestCluster): Promise<void> {
  const tried = cluster.nodeIds.map((at) => new PaxosAccess(cluster, at, TIMEOUT_MS).read(PLACE));
  await cluster.complete(Promise.allSettled(tried));
  const changed = cluster.nodeIds.map((at) =>
    new PaxosAccess(cluster, at, TIMEOUT_MS).change(PLACE, INCREMENT, undefined),
  );
  await cluster.complete(Promise.allSettled(changed));
  await cluster.complete(
    new PaxosAccess(cluster, 'n1', TIMEOUT_MS).change(PLACE, RESET, undefined),
  );
}

/** Each client stays at one node and increments without a pause. */
async function contend(cluster: TestCluster): Promise<Contention> {
  const { simulation } = cluster;
  const endMs = simulation.nowMs + LASTING_MS;
  const done = Array.from({ length: CLIENTS }, () => 0);
  let inDoubt = 0;
  const client = async (i: number) => {
    const access = new PaxosAccess(cluster, cluster.nodeIds[i % NODES] as string, TIMEOUT_MS);
    while (simulation.nowMs < endMs) {
      try {
        await access.change(PLACE, INCREMENT, undefined);
        done[i] = (done[i] ?? 0) + 1;
      } catch (error) {
        if (!(error instanceof QuorateError) || error.status !== 503) throw error;
        if (!error.definite) inDoubt++;
        await cluster.pause(RETRY_MS);
      }
    }
  };
  await cluster.complete(Promise.all(done.map((_, i) => client(i))));
  const found = await cluster.complete(new PaxosAccess(cluster, 'n1', TIMEOUT_MS).read(PLACE));
  const count = Number(found.type === 'found' ? found.value : undefined);
  return { done, inDoubt, count };
}

function startContended(): Promise<TestCluster> {
  return startCluster(32, {
    nodes: NODES,
    partitionCount: 1,
    buckets: [{ name: PLACE.bucket, mode: 'paxos', n: 3 }],
  });
}

function expectProgress({ done, inDoubt, count }: Contention, changesPerSecondMin: number): void {
  const all = done.reduce((sum, one) => sum + one, 0);
  expect(count).toBeGreaterThanOrEqual(all);
  expect(count).toBeLessThanOrEqual(all + inDoubt);
  expect(all).toBeGreaterThan((changesPerSecondMin * LASTING_MS) / 1_000);
  expect(Math.max(...done)).toBeLessThanOrEqual(UNFAIRNESS_MAX * Math.min(...done));
}

describe(`${CLIENTS} clients at ${NODES} nodes that change one key`, () => {
  it('take turns at the node that proposes', async () => {
    const cluster = await startContended();
    const contention = await contend(cluster);
    expectProgress(contention, 100);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('get on also where nodes do not agree on who that is', async () => {
    const cluster = await startContended();
    const [first, second, third] = cluster.inspect('n1', (node) => node.ring()).replicas[0] ?? [];
    const others = cluster.nodeIds.filter((id) => ![first, second].includes(id));
    // These go to the second, all others to the first: two propose all the time.
    cluster.network.cutBothWays([first as string], [third as string, ...others.slice(0, 1)]);
    await tryOnceEverywhere(cluster);
    const contention = await contend(cluster);
    expectProgress(contention, 50);
    expect(cluster.fatalErrors).toEqual([]);
  });
});
