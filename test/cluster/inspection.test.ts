/** Looking into keys of real processes: what each node alone holds, and who is behind. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { InspectedNode, InspectionDocument } from '../../src/client/inspection-document.ts';
import { createBucket, killNodes, quorate, startNodes, waitForVoters } from './harness.ts';

const startOptions = ['--enable-faults', '--compare-every', 'never'];
const HANDOFF_MS_MAX = 20_000;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 4, partitions: 8, startOptions });
  await waitForVoters(cluster);
});

afterEach(async () => {
  await cluster.faults.heal();
  await cluster.waitUntilConnected();
});

afterAll(() => cluster?.kill());

function nodeIn({ nodes }: InspectionDocument, name: string | undefined): InspectedNode {
  const found = nodes.find(({ node }) => node === name);
  if (found === undefined) throw new Error(`${name} was not asked`);
  return found;
}

function valuesOn(found: InspectionDocument, name: string | undefined): readonly unknown[] {
  return (nodeIn(found, name).version?.siblings ?? []).map(({ value }) => value).sort();
}

/** A key that all of its replicas have, where it lives, and who may stand in. */
async function keyWith(bucket: string, key: string, value: string) {
  const client = cluster.client('n1');
  const { context } = await client.put(bucket, key, value, { w: 'all' });
  const { replicas, fallbacks } = await client.inspect(bucket, key);
  const [p1 = '', p2 = '', p3 = ''] = replicas;
  return { context, p1, p2, p3, fallback: fallbacks[0] ?? '' };
}

describe('a key of siblings', () => {
  it('shows a replica that was cut off behind the others, and mends nothing', async () => {
    const { context, p1, p2, p3, fallback } = await keyWith('carts', 'cut', 'old');
    await cluster.faults.partition(p3, [p1, p2]);
    for (const node of [p1, p2]) await cluster.waitUntilReachable(node, p3, false);
    await cluster.client(p1).put('carts', 'cut', 'new', { w: 2, sloppy: false, context });

    const found = await cluster.client(fallback).inspect('carts', 'cut');
    expect([p1, p2, p3].map((node) => valuesOn(found, node))).toEqual([['new'], ['new'], ['old']]);
    expect([p1, p2, p3].map((node) => nodeIn(found, node).behind)).toEqual([false, false, true]);
    expect(nodeIn(found, p3).compared?.replaced).toHaveLength(1);
    expect(found.known?.siblings).toHaveLength(1);

    const fromBehind = await cluster.client(p1).inspect('carts', 'cut', { timeout: 500 });
    expect(nodeIn(fromBehind, p3)).toMatchObject({ outcome: 'silent', reachable: false });

    const { stdout } = await quorate(['inspect', 'carts', 'cut', '--node', urlOf(fallback)]);
    expect(stdout).toMatch(
      /^carts\/cut, mode dynamo, hash [0-9a-f]{16}\npartition \d at epoch \d+/,
    );
    expect(stdout).toMatch(new RegExp(`${p1} +replica +ok`));
    expect(stdout).toMatch(new RegExp(`${p3} +replica +ok.*BEHIND; lacks .*; still has `));

    await cluster.faults.heal();
    await cluster.waitUntilConnected();
    const healed = await cluster.client(p1).inspect('carts', 'cut');
    expect(valuesOn(healed, p3)).toEqual(['old']);
    await cluster.client(p1).get('carts', 'cut', { r: 'all', readRepair: 'blocking' });
    const mended = await cluster.client(p1).inspect('carts', 'cut');
    expect(valuesOn(mended, p3)).toEqual(['new']);
    expect(nodeIn(mended, p3).behind).toBe(false);
  });

  it('shows siblings with the nodes whose writes they are', async () => {
    await cluster.client('n1').put('carts', 'two', 'milk', { w: 'all' });
    await cluster.client('n2').put('carts', 'two', 'bread', { w: 'all' });
    const found = await cluster.client('n3').inspect('carts', 'two');
    for (const node of found.replicas) expect(valuesOn(found, node)).toEqual(['bread', 'milk']);
    expect(found.known?.siblings).toHaveLength(2);
    const writers = Object.keys(found.known?.clock ?? {}).map((actor) => found.actors[actor]);
    expect(writers.every((node) => found.replicas.includes(node ?? ''))).toBe(true);

    const bare = await quorate(['inspect', 'carts', 'two', '--no-values', '--json', ...at('n3')]);
    const { nodes } = JSON.parse(bare.stdout) as InspectionDocument;
    expect(nodes.flatMap(({ version }) => version?.siblings ?? [])).not.toHaveLength(0);
    expect(bare.stdout).not.toContain('milk');
  });

  it('shows the hint that a fallback keeps for a replica that is down', async () => {
    const { context, p1, p3, fallback } = await keyWith('carts', 'hinted', 'old');
    await killNodes(cluster, [p3]);
    await cluster.client(p1).put('carts', 'hinted', 'new', { w: 3, context });
    const found = await cluster.client(p1).inspect('carts', 'hinted');
    expect(nodeIn(found, p3)).toMatchObject({ outcome: 'silent', reachable: false });
    const { hints = [], version, outcome } = nodeIn(found, fallback);
    expect([outcome, version]).toEqual(['ok', null]);
    expect(hints).toMatchObject([{ target: p3, version: { siblings: [{ value: 'new' }] } }]);
    const { stdout } = await quorate(['inspect', 'carts', 'hinted', ...at(p1)]);
    expect(stdout).toMatch(new RegExp(`${fallback} +hint for ${p3} +ok`));
    expect(stdout).toMatch(
      new RegExp(`${p3} +replica +silent .*(unreachable|disconnected|timeout)`),
    );

    await startNodes(cluster, [p3]);
    await waitFor('the hint to be handed over', HANDOFF_MS_MAX, async () => {
      const later = await cluster.client(p1).inspect('carts', 'hinted');
      return nodeIn(later, fallback).outcome === 'absent' && nodeIn(later, p3).behind === false;
    });
  });
});

describe('keys of other modes', () => {
  it('show ballots and which of them is chosen', async () => {
    await createBucket(urlOf('n1'), 'tills', { mode: 'paxos' });
    await cluster.client('n1').put('tills', 'a', '5');
    const found = await cluster.client('n2').inspect('tills', 'a');
    expect(found.nodes.map(({ node, role }) => [node, role]).slice(0, 3)).toEqual(
      found.replicas.map((node) => [node, 'replica']),
    );
    const registers = found.nodes.flatMap(({ register }) => register ?? []);
    expect(registers.filter(({ accepted }) => accepted === found.chosen).length).toBeGreaterThan(1);
    expect(registers).toContainEqual(
      expect.objectContaining({ content: expect.objectContaining({ value: '5' }) }),
    );
    const { stdout } = await quorate(['inspect', 'tills', 'a', ...at('n1')]);
    expect(stdout).toMatch(/replica +ok +[\d.]+ +[\d.]+ +[\d.]+ +.*chosen/);
  });

  it('show the revision on every member', async () => {
    await createBucket(urlOf('n1'), 'locks', { mode: 'raft' });
    await cluster.client('n1').put('locks', 'a', 'held');
    await waitFor('all members to have it', 10_000, async () => {
      const { nodes } = await cluster.client('n1').inspect('locks', 'a');
      return nodes.every(({ value }) => value?.value === 'held');
    });
    const found = await cluster.client('n2').inspect('locks', 'a');
    expect(found.nodes.map(({ node }) => node).toSorted()).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(new Set(found.nodes.map(({ value }) => value?.revision)).size).toBe(1);
    const { stdout } = await quorate(['inspect', 'locks', 'a', ...at('n1')]);
    expect(stdout).toMatch(/n\d +voter +ok +\d+ +\d+ +-/);
    expect(stdout).toMatch(/learner/);
  });
});

it('what is not there makes nothing', async () => {
  const { code, stderr } = await quorate(['inspect', 'nowhere', 'k', ...at('n1')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere')]);
  const { stdout } = await quorate(['buckets', '--json', ...at('n1')]);
  expect(stdout).not.toContain('nowhere');
});

function urlOf(name: string): string {
  return cluster.node(name).url;
}

function at(name: string): readonly string[] {
  return ['--node', urlOf(name)];
}
