/**
 * Real processes that reap, and a node that comes back with what it kept for another one: a
 * tombstone that must not kill a key that was made again (Riak's doomstone), and an old value
 * that must not bring a deleted one back. `quorate tombstones` tells what waits meanwhile, and why.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { chooseKeys } from '../../bench/handoff/chosen-keys.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { killNodes, quorate, reapQuickly, startNodes, valuesOf, waitForVoters } from './harness.ts';
import { untilOnDisks, valuesOnDisk } from './stored-records.ts';

const BUCKET = 'graves';
/** Some rounds, each about a second after the other, and what they wait for. */
const REAPED_MS_MAX = 30_000;

let cluster: LocalCluster;

reapQuickly();

beforeAll(async () => {
  cluster = await startCluster({ nodes: 4, partitions: 8, startOptions: ['--enable-faults'] });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

async function tombstones(at: string): Promise<string> {
  const { code, stdout } = await quorate(['tombstones', '--node', cluster.node(at).url]);
  expect(code).toBe(0);
  return stdout;
}

/** Until what `quorate tombstones` prints is such. */
async function untilTold(at: string, what: RegExp): Promise<void> {
  let told = '';
  await waitFor(`${what} among what waits`, REAPED_MS_MAX, async () => {
    told = await tombstones(at);
    return what.test(told);
  }).catch((error: Error) => {
    throw new Error(`${error.message}; the last answer:\n${told}`);
  });
}

it('what a node kept for another one neither kills nor revives, and tombstones wait for it (doomstone)', async () => {
  await cluster.client('n1').putBucket(BUCKET);
  const { primaries, keys } = await chooseKeys(cluster.node('n1').url, BUCKET, 2);
  const [a, b, c] = primaries as [string, string, string];
  const [made, gone] = keys as [string, string];
  const keeper = cluster.nodes.find(({ name }) => !primaries.includes(name))?.name as string;
  const [client, replicas] = [cluster.client(a), [a, b, c].map((name) => cluster.node(name))];

  // The keeper has a tombstone of one key for c, and the old value of the other.
  const { context } = await client.put(BUCKET, made, 'old', { w: 3 });
  await killNodes(cluster, [c]);
  const deleted = await client.delete(BUCKET, made, { w: 3, context });
  const kept = await client.put(BUCKET, gone, 'old', { w: 3 });
  for (const { quorum } of [deleted, kept]) expect(quorum).toContain(`${keeper} for ${c}`);

  // It does not get rid of them: first nothing of it arrives at c, then it is down.
  await cluster.client(keeper).setFaults({ links: { [c]: { lanes: { bulk: { cut: true } } } } });
  await startNodes(cluster, [c]);
  await client.delete(BUCKET, gone, { w: 3, pw: 3 });
  await untilOnDisks(replicas, made, []);
  await untilTold(a, new RegExp(`held for other nodes: ${keeper} \\(\\d partitions\\)`));
  await killNodes(cluster, [keeper]);
  await untilTold(b, new RegExp(`a member is down: ${keeper} \\(\\d partitions\\)`));
  for (const node of replicas) {
    const values = await valuesOnDisk(node);
    expect([values.get(made), values.get(gone)]).toEqual([[], []]);
  }

  await client.put(BUCKET, made, 'again', { w: 3 });
  await startNodes(cluster, [keeper]);
  for (const node of replicas) {
    await waitFor(`${gone} to be gone from ${node.name}`, REAPED_MS_MAX, async () => {
      return !(await valuesOnDisk(node)).has(gone);
    });
  }
  await untilOnDisks(replicas, made, ['again']);
  for (const { name } of cluster.nodes) {
    const read = (key: string) => cluster.client(name).get(BUCKET, key, { r: 3 });
    expect(valuesOf(await read(made))).toEqual(['again']);
    const nothing = await read(gone);
    expect([nothing.values, nothing.context]).toEqual([[], undefined]);
  }
  await untilTold(keeper, /^(?:n\d +0 +- .*\n){4}$/m);
  expect(await tombstones(keeper)).toMatch(/ 1 keys \d+ s ago$/m);
});
