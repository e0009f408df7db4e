/** Requests that go on while their bucket is deleted: the sweep may not come by again for long. */

import { afterEach, describe, expect, it } from 'vitest';
import { storedKeys } from './disks.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { refusalOf } from './places.ts';
import { holdUp } from './reaping-cluster.ts';

const KEY = 'k';
/** Longer than the deletion and the sweep after it take, and well within the deadline. */
const HELD_UP_MS = 1_500;
const DELETED_MS = 1_000;

let cluster: TestCluster;

afterEach(() => {
  expect(cluster.fatalErrors).toEqual([]);
});

function kept(): readonly number[] {
  return cluster.nodeIds.map((id) => storedKeys(cluster, id).length);
}

/** What n1 asks the others is answered late. */
function holdUpAnswers() {
  const held = ['n2', 'n3'].map((id) =>
    holdUp(cluster, 'reply replica.fetch', id, 'n1', HELD_UP_MS),
  );
  return {
    count: () => held.reduce((sum, { count }) => sum + count, 0),
    mend: () => {
      for (const { mend } of held.toReversed()) mend();
    },
  };
}

/** What n2 and n3 have and n1 lacks. */
async function putBehindN1(): Promise<string> {
  cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
  await cluster.simulation.advance(500);
  const { context } = await cluster.complete(cluster.put('n2', KEY, 'v', { w: 2 }));
  cluster.network.heal();
  await cluster.simulation.advance(8_000);
  return context;
}

/** Deletes the bucket while a request at n1 waits to hear from others. */
async function deleteMeanwhile(): Promise<void> {
  await cluster.simulation.advance(50);
  await cluster.complete(cluster.request('n2', (node) => node.buckets.delete('test', 2_000)));
  await cluster.simulation.advance(DELETED_MS);
  expect(kept()).toEqual([0, 0, 0]);
}

/** The request is over, and whatever it left to the background. */
async function expectNothingKept(): Promise<void> {
  await cluster.simulation.advance(5_000);
  expect(kept()).toEqual([0, 0, 0]);
}

describe('nothing is written behind the sweep of a deleted bucket', () => {
  it('by a delete that is finding out what there is', async () => {
    cluster = await startCluster(62, { nodes: 3 });
    await cluster.complete(cluster.put('n1', KEY, 'v', { w: 3 }));
    const held = holdUpAnswers();
    const refused = refusalOf(cluster, cluster.delete('n1', KEY, { w: 1, r: 2 }));
    await deleteMeanwhile();
    expect(await refused).toMatchObject({ code: 'no_such_bucket', definite: true });
    held.mend();
    expect(held.count()).toBeGreaterThan(0);
    await expectNothingKept();
  });

  it('by a put that learns what its context names', async () => {
    cluster = await startCluster(61, { nodes: 3 });
    const context = await putBehindN1();
    const held = holdUpAnswers();
    const refused = refusalOf(cluster, cluster.put('n1', KEY, 'w', { contexts: [context], w: 1 }));
    await deleteMeanwhile();
    expect(await refused).toMatchObject({ definite: true });
    held.mend();
    expect(held.count()).toBeGreaterThan(0);
    await expectNothingKept();
  });

  it('by the repair of a read', async () => {
    cluster = await startCluster(61, { nodes: 3 });
    await putBehindN1();
    const held = holdUpAnswers();
    const reading = cluster.get('n1', KEY, { r: 2 });
    await deleteMeanwhile();
    await cluster.complete(reading);
    held.mend();
    expect(held.count()).toBeGreaterThan(0);
    await expectNothingKept();
  });
});
