import { beforeEach, describe, expect, it } from 'vitest';
import { SIBLINGS_MAX } from '../../src/replica/limits.ts';
import { loseObjects, startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(1, { nodes: 3 });
});

const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));
const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));

describe('siblings in a simulated cluster', () => {
  it('keeps both values of two writers that saw nothing of each other', async () => {
    await put('n1', 'cart', 'milk');
    await put('n2', 'cart', 'bread');
    const read = await get('n3', 'cart');
    expect(valuesOf(read)).toEqual(['bread', 'milk']);
    await put('n3', 'cart', 'both', { contexts: [read.context] });
    expect(valuesOf(await get('n1', 'cart'))).toEqual(['both']);
    expect(cluster.fatalErrors).toEqual([]);
  });
});

describe('a key with as many siblings as it may have', () => {
  const values = Array.from({ length: SIBLINGS_MAX }, (_, i) => `v${i}`).sort();

  beforeEach(async () => {
    for (const value of values) await put('n1', 'k', value, { w: 3 });
  });

  it('refuses another one, definitely, and keeps those it has', async () => {
    const error = await cluster.complete(
      cluster.put('n2', 'k', 'one more').catch((caught: unknown) => caught),
    );
    expect(error).toMatchObject({ code: 'too_many_siblings', status: 409, definite: true });
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(values);
  });

  it('takes a put that has seen them', async () => {
    const { context } = await get('n2', 'k');
    await put('n2', 'k', 'resolved', { contexts: [context] });
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(['resolved']);
  });

  it('takes a delete', async () => {
    await cluster.complete(cluster.delete('n1', 'k'));
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual([]);
  });

  it('merges what a replica took that was apart, and takes deletes of single values', async () => {
    cluster.kill('n1');
    loseObjects(cluster, 'n1');
    await cluster.start('n1');
    await put('n1', 'k', 'one more', { w: 1 });
    const last = await put('n1', 'k', 'and another', { w: 1 });
    await cluster.simulation.advance(1_000);
    const all = ['and another', 'one more', ...values].sort();
    expect(valuesOf(await get('n2', 'k', { r: 3 }))).toEqual(all);
    await cluster.complete(cluster.delete('n2', 'k', { contexts: [last.context] }));
    const rest = ['one more', ...values].sort();
    expect(valuesOf(await get('n3', 'k', { r: 3 }))).toEqual(rest);
  });
});
