import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../../src/causality/context.ts';
import { ABSENT } from '../../../../src/causality/sibling-object.ts';
import { MESSAGE_BYTES_MAX } from '../../../../src/ports/transport.ts';
import { readChunk } from '../../../../src/repair/transfer/chunk-codec.ts';
import {
  CHUNK_BYTES_MAX,
  COPY_CHUNK,
  COPY_PARTITION,
} from '../../../../src/repair/transfer/transfer-messages.ts';
import { addressOf, MovingCluster, PAIR, SOLO, TRIPLE } from './moving-cluster.ts';

let cluster: MovingCluster;

const finish = (sources: readonly 'n1'[] | readonly ('n1' | 'n2' | 'n3')[] = ['n1']) =>
  cluster.until(() => cluster.copy('n4', sources));

function swap(): void {
  cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both');
}

describe('a copy', () => {
  beforeEach(() => {
    cluster = new MovingCluster();
    swap();
  });

  it('brings values, siblings and tombstones, chunk after chunk, and tells how far it is', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    const large = 'x'.repeat(40_000);
    for (let i = 0; i < 20; i++) await n1.put(`k${i}`, large);
    await n1.put('s', '1');
    await n2.put('s', '2');
    await n1.takeFrom(n2, 's');
    await cluster.simulation.complete(
      n1.replica.coordinate({ ...addressOf('t'), epoch: cluster.epoch }, EMPTY_CONTEXT, undefined)
        .durable,
    );
    expect((await cluster.copy('n4', ['n1'])).state).toBe('running');
    const progress = await finish();
    expect(progress).toMatchObject({ state: 'done', keys: 22, detail: null });
    expect(progress.bytes).toBeGreaterThan(20 * 40_000);
    expect(n4.keys()).toEqual(n1.keys());
    expect(n4.valuesOf('s').toSorted()).toEqual(['1', '2']);
    expect(n4.valuesOf('t')).toEqual([]);
    expect(n4.metrics.value('transfer_keys_total', { direction: 'in' })).toBe(22);
    expect(n1.metrics.value('transfer_keys_total', { direction: 'out' })).toBe(22);
    expect(n4.metrics.value('transfers_running')).toBe(0);
    // `self` stays where it was: what is minted here counts under an actor of its own.
    expect(n4.replica.read(addressOf('k1'))?.self).toBeUndefined();
    expect(cluster.fatal).toEqual([]);
  });

  it('merges with what was written there meanwhile', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    await n1.put('a', 'old');
    await n2.put('a', 'new');
    await n4.takeFrom(n2, 'a');
    await finish();
    expect(n4.valuesOf('a').toSorted()).toEqual(['new', 'old']);
  });

  it('brings all that a removed member has to each of those that stay', async () => {
    cluster.begin(['n1', 'n2', 'n3'], ['n2', 'n3'], 'write_both');
    const { n1, n2, n3 } = cluster.nodes;
    for (const bucket of [SOLO, PAIR, TRIPLE]) await n1.put('a', 'a', bucket);
    for (const node of ['n2', 'n3'] as const) {
      const progress = await cluster.until(() => cluster.copy(node, ['n1']));
      expect(progress.state).toBe('done');
    }
    expect([n2.keys(SOLO), n2.keys(PAIR), n2.keys(TRIPLE)]).toEqual([['a'], ['a'], ['a']]);
    expect([n3.keys(SOLO), n3.keys(PAIR), n3.keys(TRIPLE)]).toEqual([[], ['a'], ['a']]);
  });

  it('brings to one that stays what the others have, where the removed member is dead', async () => {
    cluster.begin(['n1', 'n2', 'n3'], ['n2', 'n3'], 'write_both');
    const { n2, n3 } = cluster.nodes;
    await n3.put('a');
    await n2.put('b');
    const progress = await cluster.until(() => cluster.copy('n2', ['n2', 'n3']));
    expect([progress.state, n2.keys(), n3.keys()]).toEqual(['done', ['a', 'b'], ['a']]);
  });

  it('says of how many keys, where the trees of the source are known', async () => {
    const { n1 } = cluster.nodes;
    for (let i = 0; i < 5; i++) await n1.put(`k${i}`);
    await cluster.buildTrees('n1');
    expect(await finish()).toMatchObject({ keys: 5, of: 5 });
  });

  it('counts registers in both, from the first chunk on', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    for (let i = 0; i < 20; i++) await n1.put(`k${i}`, 'x'.repeat(40_000));
    for (const node of [n1, n2]) for (let i = 0; i < 6; i++) await node.accept(`r${i}`);
    await cluster.buildTrees('n1', 'n2');
    const seen = new Set<number | null>();
    const progress = await cluster.until(async () => {
      const { of, ...others } = await cluster.copy('n4', ['n1', 'n2']);
      if (others.state === 'running') seen.add(of);
      return { of, ...others };
    });
    // 26 at n1, which n2 is taken to have as well until it says that it has 6.
    expect(progress).toMatchObject({ state: 'done', keys: 32, of: 32 });
    expect([...seen].every((of) => of === null || of === 52 || of === 32)).toBe(true);
    expect(n4.metrics.value('transfer_keys_total', { direction: 'in' })).toBe(32);
  });

  it('says of how many registers where there is nothing else', async () => {
    const { n1 } = cluster.nodes;
    for (let i = 0; i < 6; i++) await n1.accept(`r${i}`);
    await cluster.buildTrees('n1');
    expect(await finish()).toMatchObject({ keys: 6, of: 6 });
  });

  it('brings only buckets that the receiver is to keep and did not keep', async () => {
    const { n2, n4 } = cluster.nodes;
    cluster.place(['n2', 'n1', 'n3']);
    for (const bucket of [SOLO, PAIR, TRIPLE]) await n2.put('a', 'a', bucket);
    cluster.begin(['n1', 'n2', 'n3'], ['n1', 'n4', 'n3'], 'write_both');
    await cluster.until(() => cluster.copy('n4', ['n2']));
    expect([n4.keys(SOLO), n4.keys(PAIR), n4.keys(TRIPLE)]).toEqual([[], ['a'], ['a']]);
  });

  it('merges what all sources have', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    await n1.put('a', '1');
    await n2.put('a', '2');
    await n3.put('b', '3');
    expect(await finish(['n1', 'n2', 'n3'])).toMatchObject({ state: 'done' });
    expect(n4.valuesOf('a').toSorted()).toEqual(['1', '2']);
    expect(n4.valuesOf('b')).toEqual(['3']);
  });

  it('goes on with other sources where one is away, and is not done without it', async () => {
    const { n1, n2, n4 } = cluster.nodes;
    await n1.put('a');
    await n2.put('b');
    cluster.network.cutBothWays(['n1'], ['n4']);
    const progress = await cluster.until(() => cluster.copy('n4', ['n1', 'n2']), 30_000);
    expect(progress.state).toBe('running');
    expect(progress.detail).toContain('n1');
    expect(n4.keys()).toEqual(['b']);
    cluster.network.heal();
    expect((await finish(['n1', 'n2'])).state).toBe('done');
    expect(n4.keys()).toEqual(['a', 'b']);
  });

  it('turns to the sources that it is given, where those change', async () => {
    const { n1, n2, n3, n4 } = cluster.nodes;
    await n1.put('a');
    await n2.put('b');
    cluster.network.cutBothWays(['n1'], ['n4']);
    await cluster.until(() => cluster.copy('n4', ['n1']), 1_000);
    expect((await finish(['n2', 'n3'])).state).toBe('done');
    expect(n4.keys()).toEqual(['b']);
    expect(n3.keys()).toEqual([]);
  });

  it('is refused for another epoch or move, and by who is not meant or not registered', async () => {
    const ask = (changed: object, node: 'n3' | 'n4' = 'n4') =>
      cluster.ask(node, COPY_PARTITION, { ...cluster.moving, sources: ['n1'], ...changed });
    const refused = (changed: object, code: string) =>
      expect(ask(changed)).rejects.toMatchObject({ code });
    await refused({ epoch: cluster.epoch - 1 }, 'stale_epoch');
    await refused({ epoch: cluster.epoch + 1 }, 'stale_epoch');
    await refused({ session: 1 }, 'stale_epoch');
    await refused({ sources: [] }, 'not_a_replica');
    await refused({ sources: ['n5'] }, 'not_a_replica');
    cluster.nodes.n4.counted = false;
    await refused({}, 'not_ready');
    cluster.nodes.n4.counted = true;
    cluster.stage('read_new');
    await refused({ epoch: cluster.epoch }, 'stale_epoch');
  });

  it('ends where the move goes on, and what still arrives is not taken', async () => {
    const { n1, n4 } = cluster.nodes;
    for (let i = 0; i < 20; i++) await n1.put(`k${i}`, 'x'.repeat(40_000));
    cluster.network.setLink('n1', 'n4', { delayMsMin: 100, delayMsMax: 100 });
    await cluster.copy('n4', ['n1']);
    await cluster.simulation.advance(150);
    const some = n4.keys().length;
    // The chunk on its way was read for this move; the next one has another receiver.
    cluster.begin(['n1', 'n2', 'n3'], ['n5', 'n2', 'n3'], 'write_both');
    await cluster.simulation.advance(10_000);
    expect([some < 20, n4.keys().length]).toEqual([true, some]);
    expect(n4.transfers.status()).toEqual([]);
  });

  it('keeps to its bytes a second, which may be changed on the way', async () => {
    const { n1, n4 } = cluster.nodes;
    for (let i = 0; i < 20; i++) await n1.put(`k${i}`, 'x'.repeat(50_000));
    n4.transfers.setBytesPerSecond(10_000);
    await cluster.copy('n4', ['n1']);
    await cluster.simulation.advance(10_000);
    expect(n4.keys().length).toBeLessThan(8);
    expect(n4.transfers.status()).toMatchObject([{ kind: 'copy', partition: 0 }]);
    n4.transfers.setBytesPerSecond(0);
    expect(n4.transfers.bytesPerSecond).toBe(0);
    await cluster.simulation.advance(1_000);
    expect(n4.keys().length).toBe(20);
  });
});

describe('state that was read before a round of reaping', () => {
  it('is refused, and read again', async () => {
    cluster = new MovingCluster();
    swap();
    const { n1, n4 } = cluster.nodes;
    await n1.put('a');
    const adopt = (node: typeof n1) =>
      cluster.simulation.complete(
        node.reaps.adopt([{ partition: 0, number: 7, heldNothing: true }]),
      );
    await adopt(n4);
    const waiting = await cluster.until(() => cluster.copy('n4', ['n1']), 2_000);
    expect(waiting.detail).toContain('reap number 0');
    expect(n4.keys()).toEqual([]);
    await adopt(n1);
    expect((await finish()).state).toBe('done');
    expect(n4.keys()).toEqual(['a']);
  });
});

describe('a record that is damaged at the source', () => {
  beforeEach(async () => {
    cluster = new MovingCluster();
    swap();
    const { n1, n2, n3 } = cluster.nodes;
    for (const key of ['a', 'b', 'c']) await n1.put(key);
    await n2.takeFrom(n1, 'b');
    await n3.put('b', 'of n3');
    await n1.damage('b');
  });

  it('is merged from all other members of C', async () => {
    const { n1, n4 } = cluster.nodes;
    expect((await finish()).state).toBe('done');
    expect(n4.valuesOf('b').toSorted()).toEqual(['b', 'of n3']);
    expect(n4.keys()).toEqual(['a', 'b', 'c']);
    expect(n4.metrics.value('transfer_rescued_records_total')).toBe(1);
    expect(n1.damaged.size).toBe(1);
  });

  it('is waited for while one of them is silent, unless that is dead', async () => {
    const { n4 } = cluster.nodes;
    cluster.network.cutBothWays(['n3'], ['n4']);
    const waiting = await cluster.until(() => cluster.copy('n4', ['n1']), 30_000);
    expect(waiting.state).toBe('running');
    expect(waiting.detail).toContain('n3');
    cluster.dead.add('n3');
    expect((await finish()).state).toBe('done');
    expect(n4.valuesOf('b')).toEqual(['b']);
  });

  it('is waited for while another has it damaged too', async () => {
    const { n3, n4 } = cluster.nodes;
    await n3.damage('b');
    const waiting = await cluster.until(() => cluster.copy('n4', ['n1']), 10_000);
    expect([waiting.state, n4.valuesOf('b')]).toEqual(['running', []]);
    expect(waiting.detail).toContain(
      'key b of bucket triple (partition 0) cannot be read on n1 and',
    );
  });

  it('is never taken for absent where nobody else has it', async () => {
    const { n1, n4 } = cluster.nodes;
    await n1.put('z', 'z', SOLO);
    await n1.damage('z', SOLO);
    const waiting = await cluster.until(() => cluster.copy('n4', ['n1']), 10_000);
    expect(waiting.state).toBe('running');
    expect(waiting.detail).toBe(
      'damaged record: key z of bucket solo (partition 0) cannot be read on n1, and nobody else alive has it; to go on without it: quorate repair --bucket solo --accept-loss z',
    );
    expect(n4.keys(SOLO)).toEqual([]);
    // As where an operator accepts the loss.
    const address = { ...addressOf('z', SOLO), epoch: cluster.epoch };
    await cluster.simulation.complete(n1.replica.mend(address, ABSENT, 0));
    expect((await finish()).state).toBe('done');
    expect(n4.keys(SOLO)).toEqual([]);
  });
});

describe('hints of a time in which the source did not keep the key', () => {
  beforeEach(async () => {
    cluster = new MovingCluster(700);
    const { n1 } = cluster.nodes;
    cluster.place(['n2', 'n3', 'n4']);
    await n1.hint('n2', 'a');
    await n1.hint('n4', 'b');
    await n1.hint('n2', 'c', PAIR);
  });

  it('come among the objects of the receiver, and go on being delivered by the source', async () => {
    swap();
    const { n1, n4 } = cluster.nodes;
    expect((await finish()).state).toBe('done');
    expect([n4.valuesOf('a'), n4.valuesOf('b')]).toEqual([['a'], ['b']]);
    expect([n4.keys(PAIR), n4.hints.targets]).toEqual([['c'], []]);
    expect(n1.hints.targets).toEqual(['n2', 'n4']);
  });

  it('merge with what is there', async () => {
    swap();
    const { n2, n4 } = cluster.nodes;
    await n2.put('a', 'new');
    await n4.takeFrom(n2, 'a');
    await finish();
    expect(n4.valuesOf('a').toSorted()).toEqual(['a', 'new']);
  });

  it('come only where the receiver is to keep the key and did not', async () => {
    cluster.begin(['n3', 'n2', 'n1'], ['n3', 'n2', 'n4'], 'write_both');
    const { n4 } = cluster.nodes;
    expect((await finish()).state).toBe('done');
    expect([n4.keys(TRIPLE), n4.keys(PAIR), n4.hints.targets]).toEqual([['a', 'b'], [], []]);
  });

  it('take no room among the hints of the receiver', async () => {
    const { n4 } = cluster.nodes;
    cluster.place(['n1', 'n2', 'n5']);
    await n4.hint('n5', 'x'.repeat(200));
    await expect(n4.hint('n5', 'y'.repeat(200))).rejects.toMatchObject({ code: 'hints_full' });
    swap();
    expect((await finish()).state).toBe('done');
    expect([n4.keys(TRIPLE), n4.hints.targets]).toEqual([['a', 'b'], ['n5']]);
  });

  it('are passed over where they are damaged', async () => {
    await cluster.nodes.n1.damageHint('n2', 'a');
    swap();
    expect((await finish()).state).toBe('done');
    expect(cluster.nodes.n4.keys(TRIPLE)).toEqual(['b']);
  });
});

describe('the source of chunks', () => {
  beforeEach(() => {
    cluster = new MovingCluster();
    swap();
  });

  const ask = (changed: object = {}, from: 'n2' | 'n4' = 'n4') => {
    const request = {
      ...cluster.moving,
      table: 'objects' as const,
      after: null,
      known: null,
      count: false,
      ...changed,
    };
    return cluster.ask('n1', COPY_CHUNK, request, from);
  };

  it('gives as much as goes into a chunk, and where to go on', async () => {
    const { n1 } = cluster.nodes;
    for (let i = 0; i < 9; i++) await n1.put(`k${i}`, 'x'.repeat(100_000));
    const chunk = await ask();
    expect(chunk.records.length).toBeLessThan(CHUNK_BYTES_MAX + 200_000);
    expect(chunk.records.length).toBeLessThan(MESSAGE_BYTES_MAX);
    expect(readChunk(chunk.records).length).toBe(3);
    const rest = await ask({ after: chunk.next });
    expect(readChunk(rest.records).length).toBe(3);
    const last = await ask({ after: rest.next });
    expect([readChunk(last.records).length, last.next]).toEqual([3, null]);
  });

  it('tells only of what is on disk', async () => {
    const { n1 } = cluster.nodes;
    n1.disk.timing = { commitMsMax: 300, flushMsMax: 300 };
    let durable = false;
    const writing = n1.put('a').then(() => {
      durable = true;
    });
    await cluster.simulation.advance(0);
    const chunk = await ask();
    expect([readChunk(chunk.records).length, durable]).toEqual([1, true]);
    await writing;
  });

  it('refuses another epoch, another move, another receiver, another stage', async () => {
    const refused = (asking: Promise<unknown>, code: string) =>
      expect(asking).rejects.toMatchObject({ code });
    await refused(ask({ epoch: cluster.epoch - 1 }), 'stale_epoch');
    await refused(ask({ session: 3 }), 'stale_epoch');
    await refused(ask({ table: 'secrets' }), 'bad_request');
    await refused(
      cluster.ask(
        'n1',
        COPY_CHUNK,
        { ...cluster.moving, table: 'objects', after: null, known: null, count: true },
        'n5',
      ),
      'not_a_replica',
    );
    cluster.nodes.n1.counted = false;
    await refused(ask(), 'not_ready');
    cluster.nodes.n1.counted = true;
    cluster.stage('read_new');
    await refused(ask(), 'stale_epoch');
  });
});
