/** Which nodes are told of, and what they keep. */

import { expect, it } from 'vitest';
import { partsOf } from '../../../../src/dashboard/ring/node-parts.ts';
import { nodesSeen } from '../../../../src/dashboard/ring/nodes-seen.ts';
import { simulatedCluster, simulatedGroup, simulatedRing } from './simulated.ts';

it('are the members, and former ones while they are in replica lists', () => {
  const lists = [
    ['n1', 'gone'],
    ['n2', 'n3'],
  ];
  const seen = nodesSeen(simulatedCluster(3, 8), lists, simulatedGroup());
  expect(seen.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3', 'gone']);
  expect(seen[3]).toMatchObject({
    member: undefined,
    standing: { metadata: { word: 'no member' }, remark: expect.stringContaining('no member') },
  });
});

it('keep places that sum up to all there are', () => {
  const lists = simulatedRing(7, 64).partitions.map(({ replicas }) => replicas);
  const nodes = [...new Set(lists.flat())];
  const parts = nodes.map((node) => partsOf(lists, node));
  expect(parts.reduce((sum, { inAll }) => sum + inAll, 0)).toBe(3 * 64);
  for (const place of [0, 1, 2]) {
    expect(parts.reduce((sum, { places }) => sum + (places[place] ?? 0), 0)).toBe(64);
  }
  expect(partsOf(lists, 'n99')).toEqual({ places: [0, 0, 0], inAll: 0 });
});
