import { describe, expect, it } from 'vitest';
import { drivenTrees, peersOf, replicaCounts } from '../../../src/repair/tree-pairs.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { fixedView, ringWithList, ringWithMove } from '../../fixed-view.ts';

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

  describe('while a partition moves', () => {
    const C = ['n1', 'n2', 'n3'];

    /** As `n: a>b` where a drives. */
    function pairs(to: readonly string[], stage: MoveStage): readonly string[] {
      const settled = ringWithList(view.ring(), 0, C);
      const ring = ringWithMove(settled, { partition: 0, session: 1, stage, from: C, to });
      const moving = { ...view, ring: () => ring };
      return ids.flatMap((self) =>
        [...drivenTrees(self, moving, counts)].flatMap(([peer, trees]) =>
          trees
            .filter(({ partition }) => partition === 0)
            .map(({ n, epoch }) => {
              expect(epoch).toBe(ring.partitionEpochs[0]);
              expect(peersOf(self, moving, 0, [n])).toContain(peer);
              return `${n}: ${self}>${peer}`;
            }),
        ),
      );
    }
    const old = ['3: n1>n2', '3: n1>n3', '3: n2>n3'];

    it.each([
      ['prepare', old],
      ['write_both', old],
      ['read_new', [...old, '3: n1>n4', '3: n2>n4', '3: n3>n4']],
      ['stable', ['3: n1>n2', '3: n1>n4', '3: n2>n4']],
    ] as const)(
      'are with a newcomer once it is filled, and with who leaves until then: %s',
      (stage, expected) => {
        const ofThree = pairs(['n1', 'n2', 'n4'], stage).filter((pair) => pair.startsWith('3'));
        expect(ofThree.toSorted()).toEqual(expected.toSorted());
      },
    );

    it('are of the prefix of each n by itself', () => {
      expect(pairs(['n2', 'n3'], 'write_both').toSorted()).toEqual(['2: n1>n2', ...old]);
      expect(pairs(['n2', 'n3'], 'read_new').toSorted()).toEqual([
        '1: n1>n2',
        ...['2: n1>n2', '2: n1>n3', '2: n2>n3'],
        ...old,
      ]);
      expect(pairs(['n2', 'n3'], 'stable').toSorted()).toEqual(['2: n2>n3', '3: n2>n3']);
    });
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
