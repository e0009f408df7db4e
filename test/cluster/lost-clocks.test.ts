/**
 * Replicas whose disks lose single keys while they are down, with what they counted (riak_kv#679).
 *
 * After a clean stop a node goes on with its lineage and its trees, so nothing tells it of the
 * loss: that is when a counter could lie.
 */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { startNodes, valuesOf, waitForVoters } from './harness.ts';
import { loseObjects, untilOnDisks } from './stored-records.ts';

const BUCKET = 'lost';
const NAMES = ['n1', 'n2', 'n3'];

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

/** Each with the context of the last one. */
async function putInTurn(at: string, key: string, values: readonly string[], w: number) {
  let context: string | undefined;
  for (const value of values) {
    ({ context } = await cluster.client(at).put(BUCKET, key, value, { w, context }));
  }
}

async function loseCleanly(name: string, ...keys: readonly string[]): Promise<void> {
  const node = cluster.node(name);
  await node.stop();
  expect(await loseObjects(node, ({ key }) => keys.includes(key))).toBe(keys.length);
}

describe('a replica that lost its clock for a key', () => {
  // Both keys at once: a start takes long. They are written before the others give them back.
  beforeAll(async () => {
    for (const key of ['clock', 'seen']) await putInTurn('n3', key, ['one', 'two', 'three'], 3);
    const { context } = await cluster.client('n1').get(BUCKET, 'seen');
    await loseCleanly('n3', 'clock', 'seen');
    await startNodes(cluster, ['n3']);
    const client = cluster.client('n3');
    const written = await Promise.all([
      client.put(BUCKET, 'clock', 'after', { w: 1 }),
      client.put(BUCKET, 'seen', 'after', { w: 1, context }),
    ]);
    await client.put(BUCKET, 'seen', 'blind', { w: 1 });
    for (const { quorum } of written) expect(quorum).toContain('coordinator=n3');
  });

  it('takes a write that survives, and loses no earlier one (kv679_dataloss)', async () => {
    await untilOnDisks(cluster.nodes, 'clock', ['after', 'three']);
  });

  it('loses none of the writes that its client saw elsewhere (kv679_dataloss)', async () => {
    await untilOnDisks(cluster.nodes, 'seen', ['after', 'blind']);
  });

  it('takes a write that the tombstone of a replica that was away does not kill (kv679_tombstone2)', async () => {
    await putInTurn('n1', 'grave', ['bob', 'phil', 'pete'], 3);
    await cluster.client('n1').delete(BUCKET, 'grave', { w: 3 });
    await cluster.node('n3').kill();
    await loseCleanly('n2', 'grave');
    await loseCleanly('n1', 'grave');
    await Promise.all([cluster.node('n1').start(), cluster.node('n2').start()]);
    await cluster.waitUntilConnected();
    const nothing = await cluster.client('n1').get(BUCKET, 'grave', { r: 2 });
    expect(nothing.context).toBeUndefined();

    const { quorum } = await cluster.client('n1').put(BUCKET, 'grave', 'jon', { w: 2 });
    expect(quorum).toContain('coordinator=n1');
    await cluster.node('n3').start();
    await untilOnDisks(cluster.nodes, 'grave', ['jon']);
    for (const name of NAMES) {
      const answer = await cluster.client(name).get(BUCKET, 'grave', { r: 'all' });
      expect(valuesOf(answer)).toEqual(['jon']);
    }
  });
});

describe('nodes that were killed', () => {
  it('never write under an actor that there was before (kv679_uid)', async () => {
    const write = async (round: number) => {
      for (const name of NAMES) {
        await cluster.client(name).put(BUCKET, 'actors', `${name} in round ${round}`, { w: 3 });
      }
    };
    for (let round = 0; round < 3; round++) {
      if (round > 0) {
        await Promise.all(cluster.nodes.map((node) => node.kill()));
        await Promise.all(cluster.nodes.map((node) => node.start()));
        await cluster.waitUntilConnected();
      }
      await write(round);
    }
    const { values } = await cluster.client('n1').get(BUCKET, 'actors', { r: 'all' });
    expect(values).toHaveLength(9);
    const lineages = values.map(({ dot }) => dot?.split('.')[0]);
    expect(new Set(lineages).size).toBe(9);
  });
});

describe('a node that lost all its clocks', () => {
  it('is refused, however often it is started: it could not know what it promised (kv679_dataloss)', async () => {
    const node = cluster.node('n2');
    await node.stop();
    await rm(join(node.dataDirectory, 'store'), { recursive: true });
    const refused = await node.start().catch((error: Error) => error.message);
    expect(refused).toContain('data.mdb is empty, and was not when n2 ran');
    await forgetThatItRan(node.dataDirectory);
    for (let start = 1; start <= 3; start++) {
      const refusal = await node.start().catch((error: Error) => error.message);
      expect(refusal).toContain('the cluster refuses this start (rolled_back)');
      expect(refusal).toContain('start it with an empty directory and a new name');
    }
  });
});

/** As a directory is that was copied before the node had first started from it. */
async function forgetThatItRan(directory: string): Promise<void> {
  const file = join(directory, 'quorate.json');
  const { written: _, ...record } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(record));
}
