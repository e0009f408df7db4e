/** What a receiver has already does not travel, and all else does. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../../src/causality/context.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import { COPY_CHUNK } from '../../../../src/repair/transfer/transfer-messages.ts';
import { objectKey } from '../../../../src/replica/store-keys.ts';
import { addressOf, MovingCluster, type MovingNode, SOLO } from './moving-cluster.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `k${100 + i}`);
const VALUE_BYTES = 20_000;

let cluster: MovingCluster;

/** n4 comes in addition: it merges what all three have. */
function add(): void {
  cluster.begin(['n1', 'n2'], ['n1', 'n2', 'n4'], 'write_both');
}

beforeEach(() => {
  cluster = new MovingCluster();
  cluster.place(['n1', 'n2']);
});

const finish = (sources: readonly ('n1' | 'n2' | 'n3')[] = ['n1', 'n2']) =>
  cluster.until(() => cluster.copy('n4', sources));

/** All keys on n1, and on n2 in the same versions. */
async function fillBoth(): Promise<void> {
  const { n1, n2 } = cluster.nodes;
  for (const key of KEYS) {
    await n1.put(key, key.repeat(VALUE_BYTES / key.length));
    await n2.takeFrom(n1, key);
  }
}

const count = (node: MovingNode, name: string, labels?: Record<string, string>) =>
  node.metrics.value(name, labels) ?? 0;
const keysIn = (node: MovingNode) => count(node, 'transfer_keys_total', { direction: 'in' });
const bytesIn = (node: MovingNode) => count(node, 'transfer_bytes_total', { direction: 'in' });
const keysSame = (node: MovingNode) => count(node, 'transfer_same_keys_total');

/** How many keys have travelled to it. */
async function travelled(node: MovingNode, work: () => Promise<unknown>): Promise<number> {
  const before = keysIn(node);
  await work();
  return keysIn(node) - before;
}

describe('where all sources are merged', () => {
  it('what they have in the same version travels once', async () => {
    await fillBoth();
    add();
    const { n4 } = cluster.nodes;
    const progress = await finish();
    expect(progress).toMatchObject({ state: 'done', keys: 2 * KEYS.length });
    expect(n4.keys()).toEqual(KEYS);
    expect([keysIn(n4), keysSame(n4)]).toEqual([KEYS.length, KEYS.length]);
    expect(bytesIn(n4)).toBeLessThan(1.01 * KEYS.length * VALUE_BYTES);
    expect(progress.bytes).toBe(bytesIn(n4));
    expect(count(n4, 'transfer_digest_bytes_total')).toBeLessThan(0.01 * bytesIn(n4));
  });

  it('what differs travels: other values, tombstones, and keys of one alone', async () => {
    await fillBoth();
    const { n1, n2, n4 } = cluster.nodes;
    await n2.put('k105', 'of n2');
    await n1.put('only n1');
    await n2.put('only n2');
    const epoch = cluster.epoch;
    const context = {
      ...EMPTY_CONTEXT,
      clock: n2.replica.read(addressOf('k110'))?.object.clock ?? [],
    };
    const deletion = n2.replica.coordinate({ ...addressOf('k110'), epoch }, context, undefined);
    await cluster.simulation.complete(deletion.durable);
    add();
    await finish();
    expect(n4.valuesOf('k105')).toHaveLength(2);
    expect(n4.valuesOf('k110')).toEqual([]);
    expect(n4.valuesOf('k111')).toHaveLength(1);
    expect([n4.valuesOf('only n1'), n4.valuesOf('only n2')]).toEqual([['only n1'], ['only n2']]);
    expect([keysIn(n4), keysSame(n4)]).toEqual([KEYS.length + 1 + 3, KEYS.length - 2]);
  });

  it('is so stretch by stretch, where there are more keys than one list takes', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    const names = Array.from({ length: 5_000 }, (_, i) => `s${10_000 + i}`);
    const { epoch } = cluster;
    const content = { value: utf8('v'), contentType: '', meta: [] };
    const writes = names.map((name) =>
      n1.replica.coordinate({ ...addressOf(name), epoch }, EMPTY_CONTEXT, content),
    );
    const copies = names
      .filter((_, i) => i % 1_000 !== 999)
      .map((name) => ({ name, state: n1.replica.version(addressOf(name)) }))
      .map(({ name, state }) => state && n2.replica.store({ ...addressOf(name), epoch }, state));
    await cluster.simulation.complete(
      Promise.all([...writes.map(({ durable }) => durable), ...copies]),
    );
    await n2.put('zz');
    add();
    await finish();
    expect(n4.keys()).toEqual([...names, 'zz']);
    expect([keysIn(n4), keysSame(n4)]).toEqual([5_001, 4_995]);
  });

  it('a damaged record is got from all others, though the receiver has one', async () => {
    await fillBoth();
    const { n1, n2, n4 } = cluster.nodes;
    await n2.damage('k120');
    await n1.put('k120', 'newer');
    add();
    expect((await finish()).state).toBe('done');
    expect(n4.metrics.value('transfer_rescued_records_total')).toBe(1);
    expect(n4.valuesOf('k120')).toContain('newer');
  });

  it('a key that waits to be reaped is not told, and counts again when it comes', async () => {
    cluster.begin(['n3', 'n1', 'n2'], ['n1', 'n2'], 'write_both');
    const { n1, n3 } = cluster.nodes;
    await n3.put('a');
    await n1.takeFrom(n3, 'a');
    const storedKey = objectKey(addressOf('a'));
    const digest = n1.replica.version(addressOf('a'))?.digest as bigint;
    await cluster.simulation.complete(n1.replica.marks.mark(1, [{ storedKey, digest }]));
    expect(n1.trees.isLeftOut(storedKey)).toBe(true);
    await cluster.until(() => cluster.copy('n1', ['n3']));
    expect(n1.trees.isLeftOut(storedKey)).toBe(false);
  });
});

describe('where the receiver has kept the partition all along', () => {
  it('only what it lacks travels from the one that is removed', async () => {
    cluster.place(['n3', 'n1', 'n2']);
    await fillBoth();
    const { n1, n3 } = cluster.nodes;
    for (const key of KEYS) await n3.takeFrom(n1, key);
    await n3.put('k101', 'of n3');
    await n3.put('s', 's', SOLO);
    cluster.begin(['n3', 'n1', 'n2'], ['n1', 'n2'], 'write_both');
    const keys = await travelled(n1, () => cluster.until(() => cluster.copy('n1', ['n3'])));
    expect(keys).toBe(2);
    expect([n1.valuesOf('k101').length, n1.valuesOf('s', SOLO)]).toEqual([2, ['s']]);
  });
});

describe('copying that begins anew', () => {
  it('since its source has died, leaves out what has come', async () => {
    await fillBoth();
    cluster.begin(['n1', 'n2'], ['n4', 'n2'], 'write_both');
    const { n4 } = cluster.nodes;
    cluster.network.setLink('n1', 'n4', { delayMsMin: 50, delayMsMax: 50 });
    await cluster.copy('n4', ['n1']);
    await cluster.simulation.advance(200);
    const some = n4.keys().length;
    expect(some).toBeGreaterThan(20);
    expect(some).toBeLessThan(KEYS.length);
    cluster.stage('write_both');
    const keys = await travelled(n4, () => finish(['n2']));
    expect(n4.keys()).toEqual(KEYS);
    expect(keys).toBeLessThanOrEqual(KEYS.length - some + 1);
  });

  it('after a crash in the middle of what is compared, ends with all there is', async () => {
    await fillBoth();
    const { n2, n4 } = cluster.nodes;
    await n2.put('k150', 'of n2');
    add();
    cluster.network.setLink('n2', 'n4', { delayMsMin: 50, delayMsMax: 50 });
    for (let i = 0; i < 1_000 && keysIn(n4) < KEYS.length; i++) {
      await cluster.copy('n4', ['n1', 'n2']);
      await cluster.simulation.advance(5);
    }
    n4.crash();
    n4.start();
    expect((await finish()).state).toBe('done');
    expect(n4.keys()).toEqual(KEYS);
    expect(n4.valuesOf('k150')).toHaveLength(2);
    expect(keysIn(n4)).toBeLessThan(KEYS.length / 2);
  });
});

it('a list of versions that is none is refused', async () => {
  add();
  const known = { items: Uint8Array.of(1, 2, 3), last: null };
  const request = {
    ...cluster.moving,
    table: 'objects' as const,
    after: null,
    known,
    count: false,
  };
  await expect(cluster.ask('n1', COPY_CHUNK, request, 'n4')).rejects.toMatchObject({
    code: 'bad_request',
  });
});
