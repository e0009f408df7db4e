import { describe, expect, it } from 'vitest';
import { makeRing } from '../../../src/ring/make-ring.ts';
import {
  joinerOf,
  keeperPlace,
  keepersOf,
  leaverOf,
  leaversFor,
  type Move,
  type MoveStage,
  newcomersOf,
  readListOf,
  takerPlace,
  writeListsOf,
} from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { ringWithList, ringWithMove } from '../../fixed-view.ts';

const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

const C = ['n1', 'n2', 'n3'];
/** C' of each kind of move. */
const SWAPPED = ['n1', 'n4', 'n3'];
const ADDED = ['n1', 'n2', 'n3', 'n4'];
const REMOVED = ['n2', 'n3'];

const move = (to: readonly string[], stage: MoveStage = 'write_both'): Move => ({
  partition: 0,
  session: 2,
  stage,
  from: C,
  to,
});

const settled = ringWithList(
  makeRing({
    members: NODES.map((id) => ({ id })),
    partitionCount: 2,
    replicationFactor: 3,
    epoch: 1,
  }),
  0,
  C,
);
const moving = (to: readonly string[], stage: MoveStage): Ring =>
  ringWithMove(settled, move(to, stage));

describe('who comes and who goes', () => {
  it('is one of each in a swap, and only one in an add and in a removal', () => {
    const ends = [SWAPPED, ADDED, REMOVED].map((to) => [leaverOf(move(to)), joinerOf(move(to))]);
    expect(ends).toEqual([
      ['n2', 'n4'],
      [undefined, 'n4'],
      ['n1', undefined],
    ]);
  });

  it.each([
    { to: SWAPPED, n: 1, newcomers: [], leavers: [] },
    { to: SWAPPED, n: 2, newcomers: ['n4'], leavers: ['n2'] },
    { to: SWAPPED, n: 3, newcomers: ['n4'], leavers: ['n2'] },
    { to: ADDED, n: 3, newcomers: [], leavers: [] },
    { to: ADDED, n: 4, newcomers: ['n4'], leavers: [] },
    { to: REMOVED, n: 1, newcomers: ['n2'], leavers: ['n1'] },
    { to: REMOVED, n: 2, newcomers: ['n3'], leavers: ['n1'] },
    { to: REMOVED, n: 3, newcomers: [], leavers: ['n1'] },
  ])('is for each n by itself: $to of n=$n', ({ to, n, newcomers, leavers }) => {
    expect(newcomersOf(move(to), n)).toEqual(newcomers);
    expect(leaversFor(move(to), n)).toEqual(leavers);
  });
});

describe('reads and writes', () => {
  it('read the old list up to write_both, and the new one from read_new on', () => {
    const read = STAGES.map((stage) => readListOf(move(SWAPPED, stage)));
    expect(read).toEqual([C, C, SWAPPED, SWAPPED]);
  });

  it('write the list there is where nothing moves', () => {
    expect(writeListsOf(settled, 0, 3)).toEqual([C]);
    expect(writeListsOf(settled, 0, 2)).toEqual([['n1', 'n2']]);
  });

  it('write the old list, then both, then the new one', () => {
    const written = STAGES.map((stage) => writeListsOf(moving(SWAPPED, stage), 0, 3));
    expect(written).toEqual([[C], [C, SWAPPED], [C, SWAPPED], [SWAPPED]]);
  });

  it('write one list where the move makes no difference for n', () => {
    for (const stage of STAGES) {
      expect(writeListsOf(moving(SWAPPED, stage), 0, 1)).toEqual([['n1']]);
      expect(writeListsOf(moving(ADDED, stage), 0, 3)).toEqual([C]);
    }
  });

  it('write both where the same places have other nodes after a removal', () => {
    expect(writeListsOf(moving(REMOVED, 'read_new'), 0, 1)).toEqual([['n1'], ['n2']]);
    expect(writeListsOf(moving(REMOVED, 'read_new'), 0, 3)).toEqual([C, REMOVED]);
  });
});

const places = (of: typeof keeperPlace, ring: Ring) => NODES.map((node) => of(ring, 0, node));

describe('who keeps the keys', () => {
  it('are the replicas where nothing moves', () => {
    expect(places(keeperPlace, settled)).toEqual([0, 1, 2, -1, -1]);
    expect(keepersOf(settled, 0, 2)).toEqual(['n1', 'n2']);
  });

  it.each(STAGES)('are those of both lists, each at the better of its places, in %s', (stage) => {
    expect(places(keeperPlace, moving(SWAPPED, stage))).toEqual([0, 1, 2, 1, -1]);
    expect(places(keeperPlace, moving(ADDED, stage))).toEqual([0, 1, 2, 3, -1]);
    expect(places(keeperPlace, moving(REMOVED, stage))).toEqual([0, 0, 1, -1, -1]);
  });

  it.each(STAGES)('come in the order of C, the newcomer behind them, in %s', (stage) => {
    expect(keepersOf(moving(SWAPPED, stage), 0, 3)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(keepersOf(moving(SWAPPED, stage), 0, 1)).toEqual(['n1']);
    expect(keepersOf(moving(REMOVED, stage), 0, 2)).toEqual(['n1', 'n2', 'n3']);
    expect(keepersOf(moving(REMOVED, stage), 0, 1)).toEqual(['n1', 'n2']);
  });

  it('are the replicas in a partition beside the one that moves', () => {
    const ring = moving(SWAPPED, 'write_both');
    const list = ring.replicas[1] as readonly string[];
    expect(keepersOf(ring, 1, 3)).toEqual(list);
    expect(NODES.map((node) => keeperPlace(ring, 1, node))).toEqual(
      NODES.map((node) => list.indexOf(node)),
    );
  });

  it('are none where there is no such partition', () => {
    expect([keeperPlace(settled, 9, 'n1'), takerPlace(settled, 9, 'n1')]).toEqual([-1, -1]);
    expect(keepersOf(settled, 9, 3)).toEqual([]);
  });
});

describe('who is given objects', () => {
  const takers = (to: readonly string[]) =>
    STAGES.map((stage) => places(takerPlace, moving(to, stage)));

  it('are the replicas where nothing moves', () => {
    expect(places(takerPlace, settled)).toEqual([0, 1, 2, -1, -1]);
  });

  it('are of a swap: not the newcomer at first, and not the leaver in the end', () => {
    const both = [0, 1, 2, 1, -1];
    expect(takers(SWAPPED)).toEqual([[0, 1, 2, -1, -1], both, both, [0, -1, 2, 1, -1]]);
  });

  it('are of an add: not the newcomer at first', () => {
    const all = [0, 1, 2, 3, -1];
    expect(takers(ADDED)).toEqual([[0, 1, 2, -1, -1], all, all, all]);
  });

  it('are of a removal: who comes forward has its old place at first', () => {
    const both = [0, 0, 1, -1, -1];
    expect(takers(REMOVED)).toEqual([[0, 1, 2, -1, -1], both, both, [-1, 0, 1, -1, -1]]);
  });

  it('are of a removal that is taken back: who goes back has its old place in the end', () => {
    const back: Move = { ...move(C, 'stable'), from: REMOVED };
    expect(places(takerPlace, ringWithMove(settled, back))).toEqual([0, 1, 2, -1, -1]);
  });

  it.each(STAGES)('are all whom a write needs, and nobody else, in %s', (stage) => {
    for (const to of [SWAPPED, ADDED, REMOVED]) {
      const ring = moving(to, stage);
      for (const n of [1, 2, 3, 4]) {
        const written = new Set(writeListsOf(ring, 0, n).flat());
        const given = NODES.filter((node) => {
          const place = takerPlace(ring, 0, node);
          return place >= 0 && place < n;
        });
        expect(given.toSorted()).toEqual([...written].toSorted());
      }
    }
  });
});
