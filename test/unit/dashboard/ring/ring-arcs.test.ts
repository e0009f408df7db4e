/** One path for all arcs of one colour. */

import { expect, it } from 'vitest';
import { sectorPath } from '../../../../src/dashboard/ring/geometry.ts';
import { arcsOfNode, bandsOf, ringArcs } from '../../../../src/dashboard/ring/ring-arcs.ts';
import { simulatedRing } from './simulated.ts';

const BANDS = bandsOf(2, { inner: 60, outer: 100 });
const [FIRST, SECOND] = BANDS as [(typeof BANDS)[0], (typeof BANDS)[0]];
const LISTS = [['a', 'b'], ['b', 'a'], ['b', 'c'], ['a']];

const byItself = (node: string) => node;

it('has a path for each node, with an arc for each of its places', () => {
  const { arcs, seams } = ringArcs(LISTS, BANDS, byItself);
  expect(seams).toBe(true);
  const paths = Object.fromEntries(arcs.map(({ key, path }) => [key, path]));
  expect(paths).toEqual({
    a: sectorPath(0, 0.25, FIRST) + sectorPath(0.75, 1, FIRST) + sectorPath(0.25, 0.5, SECOND),
    b: sectorPath(0.25, 0.5, FIRST) + sectorPath(0.5, 0.75, FIRST) + sectorPath(0, 0.25, SECOND),
    c: sectorPath(0.5, 0.75, SECOND),
  });
  for (const node of ['a', 'b', 'c']) {
    const pieces = (path = '') => path.split('M').sort();
    expect(pieces(arcsOfNode(LISTS, BANDS, node))).toEqual(pieces(paths[node]));
  }
});

it('joins neighbours of one colour where there are too many for seams', () => {
  const lists = Array.from({ length: 512 }, (_, i) => [i < 256 ? 'a' : 'b']);
  const { arcs, seams } = ringArcs(lists, BANDS.slice(0, 1), byItself);
  expect(seams).toBe(false);
  expect(arcs).toEqual([
    { key: 'a', path: sectorPath(0, 0.5, FIRST) },
    { key: 'b', path: sectorPath(0.5, 1, FIRST) },
  ]);
});

it('is coloured by whatever a node stands for', () => {
  const { arcs } = ringArcs(LISTS, BANDS, () => 'one zone');
  expect(arcs.map(({ key }) => key)).toEqual(['one zone']);
});

it('of 1,024 partitions on 50 nodes is 50 paths', () => {
  const lists = simulatedRing(50, 1_024).partitions.map(({ replicas }) => replicas);
  expect(ringArcs(lists, bandsOf(3, { inner: 60, outer: 100 }), byItself).arcs).toHaveLength(50);
});
