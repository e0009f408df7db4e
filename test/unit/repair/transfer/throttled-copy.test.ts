import { expect, it } from 'vitest';
import { MovingCluster } from './moving-cluster.ts';

it.each([
  { rate: 16_000, values: 20, size: 40_000 },
  { rate: 50_000, values: 4, size: 1_000_000 },
  { rate: 100_000, values: 4, size: 1_000_000 },
])(
  'takes as long as the rate says, however long a chunk takes: %o',
  async (given) => {
    const { rate, values, size } = given;
    const cluster = new MovingCluster();
    cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both');
    const { n1, n4 } = cluster.nodes;
    for (let i = 0; i < values; i++) await n1.put(`k${i}`, 'x'.repeat(size));
    // As an operator sets it: on every node.
    for (const node of [n1, n4]) node.transfers.setBytesPerSecond(rate);
    const begunAt = cluster.simulation.nowMs;
    const expectedMs = (1_000 * values * size) / rate;
    const progress = await cluster.until(() => cluster.copy('n4', ['n1']), 10 * expectedMs);
    expect(progress).toMatchObject({ state: 'done', keys: values });
    const tookMs = cluster.simulation.nowMs - begunAt;
    expect(tookMs).toBeGreaterThan(0.95 * expectedMs);
    expect(tookMs).toBeLessThan(1.1 * expectedMs);
  },
  30_000,
);
