/** Looking into a key: what each node alone holds, shown and not touched. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { HeldKey, InspectedKey, InspectedNode } from '../../src/node/index.ts';
import { damage } from './disks.ts';
import { loseObjects } from './harness.ts';
import {
  cluster,
  f1,
  f2,
  get,
  KEY,
  p1,
  p2,
  p3,
  put,
  refusal,
  startFive,
} from './key-with-fallbacks.ts';
import { bringBack, kill, knownAt } from './places.ts';

interface Asking {
  readonly bucket?: string;
  readonly values?: boolean;
  readonly timeoutMs?: number;
}

function inspecting(at: NodeId, { bucket = 'test', values = true, timeoutMs = 2_000 }: Asking) {
  return cluster.request(at, (node) =>
    node.keyInspection.inspect(bucket, utf8(KEY), values, timeoutMs),
  );
}

function inspect(at: NodeId, asking: Asking = {}): Promise<InspectedKey> {
  return cluster.complete(inspecting(at, asking));
}

function nodeIn({ nodes }: InspectedKey, id: NodeId): InspectedNode {
  const found = nodes.find(({ node }) => node === id);
  if (found === undefined) throw new Error(`${id} was not asked`);
  return found;
}

function heldAt(found: InspectedKey, id: NodeId): HeldKey {
  const { answer } = nodeIn(found, id);
  if (answer.outcome !== 'told') throw new Error(`${id} is ${answer.outcome}`);
  return answer.held;
}

function objectAt(found: InspectedKey, id: NodeId) {
  const { holding } = heldAt(found, id);
  if (holding.mode !== 'dynamo') throw new Error('not of a dynamo bucket');
  return holding;
}

function valuesAt(found: InspectedKey, id: NodeId): readonly string[] {
  const { record } = objectAt(found, id);
  if (record === null || record === 'damaged') return [];
  return record.siblings.map(({ head }) => Buffer.from(head).toString('utf8')).sort();
}

function behindIn({ nodes }: InspectedKey): readonly NodeId[] {
  return nodes.filter(({ compared }) => compared?.behind === true).map(({ node }) => node);
}

beforeEach(() => startFive());

const nothing = { mode: 'dynamo', record: null, hints: [] };

describe('a key that all replicas have', () => {
  it('is told of with its place, and of each replica alone', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    const found = await inspect(f2);
    expect(found.nodes.map(({ node, role }) => [node, role])).toEqual([
      [p1, 'replica'],
      [p2, 'replica'],
      [p3, 'replica'],
      [f1, 'fallback'],
      [f2, 'fallback'],
    ]);
    expect(found.place).toMatchObject({ replicas: [p1, p2, p3], fallbacks: [f1, f2] });
    for (const id of [p1, p2, p3]) expect(valuesAt(found, id)).toEqual(['v']);
    for (const id of [f1, f2]) expect(objectAt(found, id)).toEqual(nothing);
    expect(behindIn(found)).toEqual([]);
    expect(found.known?.siblings).toHaveLength(1);
    expect(heldAt(found, p1).counted).toBe(true);
  });

  it('names the actors of those that minted', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    const found = await inspect(f2);
    const { record } = objectAt(found, p1);
    if (record === null || record === 'damaged') throw new Error('nothing there');
    expect(record.self).toMatchObject({ lineage: heldAt(found, p1).lineage, counter: 1 });
    expect(objectAt(found, p2).record).toMatchObject({ self: null, digest: record.digest });
  });

  it('leaves values out where they are not wanted, and cuts those that are long', async () => {
    await put(p1, KEY, 'x'.repeat(5_000), { w: 3 });
    const headAt = async (values: boolean) => {
      const { record } = objectAt(await inspect(f2, { values }), p2);
      if (record === null || record === 'damaged') throw new Error('nothing there');
      return record.siblings.map(({ head, bytes }) => [head.length, bytes]);
    };
    expect(await headAt(true)).toEqual([[64, 5_000]]);
    expect(await headAt(false)).toEqual([[0, 5_000]]);
  });
});

describe('a difference', () => {
  it('of siblings: each replica shows what it has alone', async () => {
    cluster.network.cutBothWays([p1], [p2, p3, f1, f2]);
    await cluster.simulation.advance(2_000);
    await put(p1, KEY, 'left', { w: 1, sloppy: false });
    await put(p2, KEY, 'right', { w: 1, sloppy: false });
    cluster.network.heal();
    await cluster.simulation.advance(50);
    const found = await inspect(f1);
    expect([p1, p2, p3].map((id) => valuesAt(found, id))).toEqual([['left'], ['right'], ['right']]);
    expect(behindIn(found)).toEqual([p1, p2, p3]);
    const compared = nodeIn(found, p1).compared?.record;
    expect(compared).toMatchObject({ behind: true, replaced: [] });
    expect(compared?.alone).toHaveLength(1);
    expect(compared?.lacks).toHaveLength(1);
    expect(nodeIn(found, p2).compared?.record?.alone).toEqual([]);
    expect(found.known?.siblings).toHaveLength(2);
  });

  it('of a replica that was cut off: it still has what was replaced', async () => {
    const { context } = await put(p1, KEY, 'old', { w: 3 });
    cluster.network.cutBothWays([p3], [p1, p2, f1, f2]);
    await cluster.simulation.advance(2_000);
    await put(p1, KEY, 'new', { w: 2, sloppy: false, contexts: [context] });
    cluster.network.heal();
    await cluster.simulation.advance(10);
    const found = await inspect(p1);
    expect(valuesAt(found, p3)).toEqual(['old']);
    expect(nodeIn(found, p3).compared?.record).toMatchObject({ behind: true, alone: [] });
    expect(nodeIn(found, p3).compared?.record?.replaced).toHaveLength(1);
  });

  it('of a replica that is down is not known, and a fallback shows the hint for it', async () => {
    await kill(cluster, p3);
    await put(p1, KEY, 'v', { w: 3 });
    const found = await inspect(p2);
    expect(nodeIn(found, p3)).toMatchObject({ answer: { outcome: 'silent' }, compared: undefined });
    expect(nodeIn(found, p3).reachable).toBe(false);
    const { record, hints } = objectAt(found, f1);
    expect(record).toBeNull();
    expect(hints.map(({ target }) => target)).toEqual([p3]);
    expect(nodeIn(found, f1).compared).toMatchObject({ behind: false, hints: [{ behind: false }] });
  });

  it('of a delete: a tombstone has a clock and no siblings', async () => {
    const { context } = await put(p1, KEY, 'v', { w: 3 });
    await cluster.complete(cluster.delete(p1, KEY, { w: 3, contexts: [context] }));
    const found = await inspect(p2);
    expect(objectAt(found, p3).record).toMatchObject({ siblings: [] });
    expect(found.known?.siblings).toEqual([]);
    expect(found.known?.clock).not.toEqual([]);
  });
});

describe('looking into a key', () => {
  it('repairs nothing: a replica that lost its disk has nothing afterwards either', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    await kill(cluster, p3);
    loseObjects(cluster, p3);
    await bringBack(cluster, p3);
    const found = await inspect(p1);
    expect(nodeIn(found, p3).compared?.record).toMatchObject({ behind: true });
    await cluster.simulation.advance(2_000);
    expect(objectAt(await inspect(p1), p3)).toEqual(nothing);
    expect(await knownAt(cluster, p3, KEY)).toEqual([]);
  });

  it('shows a damaged record and has nobody mend it, as a read does', async () => {
    await cluster.simulation.advance(5_000);
    await put(p1, KEY, 'v', { w: 3 });
    damage(cluster, p3, [KEY]);
    expect(objectAt(await inspect(p1), p3).record).toBe('damaged');
    await cluster.simulation.advance(5_000);
    expect(objectAt(await inspect(p1), p3).record).toBe('damaged');
    await get(p3, KEY, { r: 3 });
    await cluster.simulation.advance(5_000);
    expect(valuesAt(await inspect(p1), p3)).toEqual(['v']);
  });

  it('makes no bucket, and refuses what is no key', async () => {
    const unknown = await refusal(inspecting(p1, { bucket: 'none' }));
    expect(unknown).toMatchObject({ code: 'no_such_bucket' });
    expect(await refusal(cluster.get(p1, KEY, { bucket: 'none' }))).toMatchObject({
      code: 'no_such_bucket',
    });
  });

  it('ends at its deadline, whoever is silent', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    cluster.network.cutBothWays([p2], [p1]);
    const before = cluster.simulation.nowMs;
    const found = await inspect(p1, { timeoutMs: 500 });
    expect(cluster.simulation.nowMs - before).toBeLessThan(550);
    expect(nodeIn(found, p2).answer.outcome).toBe('silent');
    expect(valuesAt(found, p3)).toEqual(['v']);
  });

  it('does not wait for a slow disk of its own longer than it may', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    cluster.slowDisks(p1, { commitMsMax: 50_000, flushMsMax: 50_000 });
    cluster.put(p1, KEY, 'w', { w: 1 }).catch(() => {});
    await cluster.simulation.advance(20);
    const found = await inspect(p1, { timeoutMs: 300 });
    expect(nodeIn(found, p1).answer.outcome).toBe('silent');
  });

  it('tells nothing of a write that a power cut could take back', async () => {
    const others = [p2, p3, f1, f2];
    cluster.network.cutBothWays([p1], others);
    cluster.slowDisks(p1, { commitMsMax: 50, flushMsMax: 500 });
    cluster.put(p1, KEY, 'told', { w: 1, sloppy: false }).catch(() => {});
    await cluster.simulation.advance(0.1);
    cluster.network.heal();
    const found = await inspect(p2);
    expect(valuesAt(found, p1)).toEqual(['told']);
    cluster.losePower(p1);
    cluster.network.cutBothWays([p1], others);
    await bringBack(cluster, p1);
    expect(valuesAt(await inspect(p1, { timeoutMs: 100 }), p1)).toEqual(['told']);
  });
});
