import { describe, expect, it } from 'vitest';
import { drivenTrees, peersOf, replicaCounts } from '../../../src/repair/tree-pairs.ts';
import { fixedView } from '../../fixed-view.ts';

const ids = ['n1', 'n2', 'n3', 'n4', 'n5'];
const view = fixedView({
  members: ids.map((id) => ({ id })),
  partitionCount: 16,
  replicationFactor: 3,
});
const counts = [1, 2, 3];

describe('comparisons', () => {
  it('cover every pair of replicas of every partition, for every n that both keep, once', () => {
    const pairs: string[] = [];
    for (const self of ids) {
      for (const [peer, trees] of drivenTrees(self, view, counts)) {
        for (const { partition, n } of trees)
          pairs.push(`${partition}/${n} ${[self, peer].sort()}`);
      }
    }
    const expected = view
      .ring()
      .replicas.flatMap(([a, b, c], partition) => [
        `${partition}/2 ${[a, b].sort()}`,
        `${partition}/3 ${[a, b].sort()}`,
        `${partition}/3 ${[a, c].sort()}`,
        `${partition}/3 ${[b, c].sort()}`,
      ]);
    expect(pairs.toSorted()).toEqual(expected.toSorted());
  });

  it('are with those who keep some of the same keys', () => {
    const [first, second, third] = view.ring().replicas[0] as readonly string[];
    expect(peersOf(first as string, view, 0, [2])).toEqual([second]);
    expect(peersOf(third as string, view, 0, [2])).toEqual([]);
    expect(peersOf(third as string, view, 0, counts)).toEqual([first, second]);
    const stranger = ids.find((id) => ![first, second, third].includes(id)) as string;
    expect(peersOf(stranger, view, 0, counts)).toEqual([]);
  });

  it('are for each n of buckets that keep objects', () => {
    expect(replicaCounts(view)).toEqual([3]);
    const [bucket] = [...view.buckets()];
    if (bucket === undefined) throw new Error('no bucket');
    const buckets = [5, 2, 5].map((n) => ({ ...bucket, n }));
    const raft = { ...bucket, n: 1, mode: 'raft' } as const;
    expect(replicaCounts({ ...view, buckets: () => [...buckets, raft] })).toEqual([2, 5]);
  });
});
