import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../../src/replica/admission.ts';
import type { Move, MoveStage } from '../../../src/ring/move.ts';
import { fixedView } from '../../fixed-view.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 4,
  replicationFactor: 3,
});

let stage: MoveStage;

/** n1 gives its place to n4. */
const view = {
  ...fixed,
  ring: () => {
    const move: Move = {
      partition: 0,
      session: 2,
      stage,
      from: ['n1', 'n2', 'n3'],
      to: ['n4', 'n2', 'n3'],
    };
    const replicas = fixed.ring().replicas.map((list, i) => (i === 0 ? move.to : list));
    return { ...fixed.ring(), replicas, moves: new Map([[0, move]]) };
  },
};

const compare = (self: string, peer: string, n = 3) =>
  new Admission(self, view).admitToTree({ partition: 0, epoch: 1 }, n, peer);

const give = (self: string) =>
  new Admission(self, view).admitToReplica({ partition: 0, epoch: 1, bucketNumber: 1 });

describe('one that has lost its place', () => {
  beforeEach(() => {
    stage = 'stable';
  });

  it('may compare what it has left with those that keep the partition', () => {
    for (const keeper of ['n2', 'n3', 'n4']) compare(keeper, 'n1');
    compare('n4', 'n1', 1);
  });

  it('may be compared with by them: what it does not take it refuses', () => {
    for (const keeper of ['n2', 'n3', 'n4']) compare('n1', keeper);
    expect(() => give('n1')).toThrow('does not keep');
  });

  it('only of the n for which it lost its place', () => {
    expect(() => compare('n2', 'n1', 1)).toThrow('do not both keep');
  });

  it.each(['prepare', 'write_both'] as const)(
    'compares with the newcomer only when that is filled, not in %s',
    (early) => {
      stage = early;
      expect(() => compare('n4', 'n1')).toThrow('do not both keep');
      stage = 'read_new';
      compare('n4', 'n1');
    },
  );
});
