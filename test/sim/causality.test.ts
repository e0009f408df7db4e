import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../src/kernel/errors.ts';
import { loseObjects, startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(21, { nodes: 3 });
});

const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));
const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));

describe('siblings', () => {
  it('of two interleaved writers, each carrying its own context, end as two', async () => {
    let ofA = await put('n1', 'k', 'a0');
    let ofB = await put('n2', 'k', 'b0');
    for (let i = 1; i <= 50; i++) {
      ofA = await put('n1', 'k', `a${i}`, { contexts: [ofA.context] });
      ofB = await put('n2', 'k', `b${i}`, { contexts: [ofB.context] });
    }
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(['a50', 'b50']);
  });

  it('of two writers that read before they write end as one', async () => {
    await put('n1', 'k', 'start');
    for (let i = 0; i < 20; i++) {
      const at = i % 2 === 0 ? 'n1' : 'n2';
      const { context } = await get(at, 'k');
      await put(at, 'k', `v${i}`, { contexts: [context] });
    }
    expect(valuesOf(await get('n3', 'k'))).toEqual(['v19']);
  });

  it('are never dropped by a put without context', async () => {
    await put('n1', 'k', 'first');
    await put('n1', 'k', 'second');
    await put('n2', 'k', 'third');
    expect(valuesOf(await get('n1', 'k', { r: 3 }))).toEqual(['first', 'second', 'third']);
  });

  it('that a writer did not see survive its next put with the context of its own put', async () => {
    const mine = await put('n1', 'k', 'mine');
    await put('n1', 'k', 'other');
    await put('n1', 'k', 'mine, again', { contexts: [mine.context] });
    expect(valuesOf(await get('n1', 'k'))).toEqual(['mine, again', 'other']);
  });

  it('are all replaced by a put that carries the contexts of them all', async () => {
    const a = await put('n1', 'k', 'a');
    const b = await put('n2', 'k', 'b');
    await put('n3', 'k', 'both', { contexts: [a.context, b.context] });
    expect(valuesOf(await get('n1', 'k', { r: 3 }))).toEqual(['both']);
  });

  it('come along with return=body, and with a context that has seen them', async () => {
    await put('n1', 'k', 'a');
    const result = await put('n2', 'k', 'b', { returnBody: true });
    expect(valuesOf({ object: result.object as NonNullable<typeof result.object> })).toEqual([
      'a',
      'b',
    ]);
    await put('n3', 'k', 'c', { contexts: [result.context] });
    expect(valuesOf(await get('n1', 'k', { r: 3 }))).toEqual(['c']);
  });
});

describe('deletes', () => {
  it('with a context leave what its writer did not see', async () => {
    const { context } = await put('n1', 'k', 'seen');
    await put('n2', 'k', 'unseen');
    await cluster.complete(cluster.delete('n3', 'k', { contexts: [context] }));
    expect(valuesOf(await get('n1', 'k', { r: 3 }))).toEqual(['unseen']);
  });

  it('without context delete what a quorum knows', async () => {
    await put('n1', 'k', 'a');
    await put('n2', 'k', 'b');
    await cluster.complete(cluster.delete('n3', 'k'));
    const read = await get('n1', 'k', { r: 3 });
    expect(valuesOf(read)).toEqual([]);
    expect(read.object.clock.length).toBeGreaterThan(0);
  });

  it('without context read a quorum, also where the bucket reads one replica', async () => {
    cluster = await startCluster(22, { nodes: 3, buckets: [{ name: 'test', r: 1 }] });
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await put('n1', 'k', 'unheard of at n3', { w: 2 });
    await cluster.simulation.advance(6_000);
    cluster.network.heal();
    await cluster.simulation.advance(1_000);
    expect(valuesOf(await get('n3', 'k', { readRepair: 'off' }))).toEqual([]);
    await cluster.complete(cluster.delete('n3', 'k'));
    expect(valuesOf(await get('n1', 'k', { r: 3 }))).toEqual([]);
  });

  it('of a key that nobody knows are 404 and write nothing', async () => {
    const error = await cluster.complete(
      cluster.delete('n1', 'never').catch((caught: unknown) => caught),
    );
    expect(error).toMatchObject({ code: 'not_found' });
    expect((await get('n1', 'never', { r: 3 })).object.clock).toEqual([]);
  });

  it('can be written over with the context of the answer that says so', async () => {
    await put('n1', 'k', 'old');
    await cluster.complete(cluster.delete('n1', 'k'));
    const { context } = await get('n2', 'k');
    await put('n2', 'k', 'new', { contexts: [context] });
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(['new']);
  });

  it('do not come undone when a replica that missed them returns', async () => {
    await put('n1', 'k', 'old', { w: 3 });
    cluster.kill('n3');
    await cluster.complete(cluster.delete('n1', 'k', { w: 2 }));
    await cluster.start('n3');
    expect(valuesOf(await get('n3', 'k', { r: 2 }))).toEqual([]);
  });
});

describe('a context that names a single write', () => {
  it('makes the coordinator learn that write before it is superseded', async () => {
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    const { context } = await put('n1', 'k', 'first', { w: 2 });
    cluster.network.heal();
    await put('n3', 'k', 'second', { contexts: [context] });
    for (const id of cluster.nodeIds) {
      expect(valuesOf(await get(id, 'k', { r: 3 }))).toEqual(['second']);
    }
  });

  it('is refused, definitely, where nobody who knows that write is reachable', async () => {
    cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
    const { context } = await put('n1', 'k', 'first', { w: 1 });
    const error: unknown = await cluster.complete(
      cluster
        .put('n3', 'k', 'second', { contexts: [context], w: 1, timeoutMs: 300 })
        .catch((caught: unknown) => caught),
    );
    expect(error).toBeInstanceOf(QuorateError);
    expect(error).toMatchObject({ code: 'context_unreachable', definite: true });
    cluster.network.heal();
    await cluster.simulation.advance(1_000);
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(['first']);
  });
});

describe('a replica that forgot', () => {
  it('everything does not make another node’s write disappear (riak_kv#679)', async () => {
    const first = await put('n1', 'k', 'one', { w: 3 });
    await put('n1', 'k', 'two', { contexts: [first.context], w: 3 });
    cluster.kill('n1');
    loseObjects(cluster, 'n1');
    await cluster.start('n1');
    await cluster.simulation.advance(1_000);
    await put('n1', 'k', 'from the node that forgot', { w: 1 });
    expect(valuesOf(await get('n2', 'k', { r: 3 }))).toEqual(['from the node that forgot', 'two']);
  });

  it('an unflushed write does not count on under the same actor', async () => {
    await put('n1', 'k', 'one', { w: 3 });
    cluster.disk('n1').timing = { commitMsMax: 200, flushMsMax: 2_000 };
    const acknowledged = cluster.put('n1', 'k', 'two, flushed elsewhere only', { w: 2 });
    const outcome = await cluster.complete(acknowledged);
    expect(outcome.quorum.reached).not.toContain('n1');
    cluster.losePower('n1');
    cluster.disk('n1').timing = { commitMsMax: 1, flushMsMax: 1 };
    await cluster.start('n1');
    await cluster.simulation.advance(1_000);
    await put('n1', 'k', 'three', { w: 1 });
    expect(valuesOf(await get('n2', 'k', { r: 3 }))).toEqual([
      'one',
      'three',
      'two, flushed elsewhere only',
    ]);
  });
});
