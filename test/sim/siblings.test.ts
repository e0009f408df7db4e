import { describe, expect, it } from 'vitest';
import { startCluster, valuesOf } from './harness.ts';

describe('siblings in a simulated cluster', () => {
  it('keeps both values of two writers that saw nothing of each other', async () => {
    const cluster = await startCluster(1, { nodes: 3 });
    await cluster.complete(cluster.put('n1', 'cart', 'milk'));
    await cluster.complete(cluster.put('n2', 'cart', 'bread'));
    const read = await cluster.complete(cluster.get('n3', 'cart'));
    expect(valuesOf(read)).toEqual(['bread', 'milk']);
    await cluster.complete(cluster.put('n3', 'cart', 'both', { contexts: [read.context] }));
    expect(valuesOf(await cluster.complete(cluster.get('n1', 'cart')))).toEqual(['both']);
    expect(cluster.fatalErrors).toEqual([]);
  });
});
