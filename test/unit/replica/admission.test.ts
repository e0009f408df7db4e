/** What a node takes in a partition that moves, by what it is there. */

import { describe, expect, it } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { Admission } from '../../../src/replica/admission.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { fixedView, ringWithList, ringWithMove } from '../../fixed-view.ts';

const C = ['n1', 'n2', 'n3'];
const members = ['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => ({ id }));
const fixed = fixedView({ members, partitionCount: 1, replicationFactor: 3 });
const settled = ringWithList(fixed.ring(), 0, C);
const moving = (stage: MoveStage, to: readonly string[]) =>
  ringWithMove(settled, { partition: 0, session: 1, stage, from: C, to });

/** What this node admits: objects, mending, reads, hints for whom, and trees with whom. */
function admits(self: string, ring: Ring, n = 3): readonly string[] {
  const view = {
    ...fixed,
    ring: () => ring,
    bucketNumbered: (number: number) => {
      const bucket = fixed.bucketNumbered(number);
      return bucket && { ...bucket, n };
    },
  };
  const admission = new Admission(self, view);
  const placed = { partition: 0, bucketNumber: 1, epoch: ring.partitionEpochs[0] as number };
  const isTaken = (admit: () => void) => {
    try {
      admit();
      return true;
    } catch (error) {
      if (!(error instanceof QuorateError) || error.code !== 'not_a_replica') throw error;
      return false;
    }
  };
  const others = members.map(({ id }) => id).filter((id) => id !== self);
  return [
    ...(isTaken(() => admission.admitToReplica(placed)) ? ['objects'] : []),
    ...(isTaken(() => admission.admitToKeeper(placed)) ? ['mending'] : []),
    ...(isTaken(() => admission.admitToRead(placed)) ? ['read'] : []),
    ...others
      .filter((id) => isTaken(() => admission.admitToFallback(placed, id)))
      .map((id) => `hint for ${id}`),
    ...others
      .filter((id) => isTaken(() => admission.admitToTree(placed, n, id)))
      .map((id) => `tree of ${id}`),
  ];
}

describe('in a partition that does not move', () => {
  it('a replica takes what is for replicas, and compares with the others', () => {
    expect(admits('n1', settled)).toEqual([
      'objects',
      'mending',
      'read',
      'tree of n2',
      'tree of n3',
    ]);
  });

  it('one that keeps keys of larger n only is a fallback, as strangers are', () => {
    const hints = ['hint for n1', 'hint for n2'];
    expect(admits('n3', settled, 2)).toEqual(hints);
    expect(admits('n5', settled)).toEqual([...hints, 'hint for n3']);
  });
});

describe.each(['prepare', 'write_both', 'read_new', 'stable'] as const)(
  'in the stage %s',
  (stage) => {
    const ring = moving(stage, ['n1', 'n2', 'n4']);
    const isReady = stage !== 'prepare';
    const isFilled = stage === 'read_new' || stage === 'stable';
    const isLeft = stage === 'stable';

    it('the newcomer takes objects when it is ready, and reads when it is filled', () => {
      const trees = ['tree of n1', 'tree of n2', 'tree of n3'];
      expect(admits('n4', ring)).toEqual([
        ...(isReady ? ['objects'] : []),
        'mending',
        ...(isFilled ? ['read', ...trees] : []),
      ]);
    });

    it('who leaves takes objects until it has left, and may be read and compared to the end', () => {
      // A newcomer that has yet to make room may show what it has, and one that is filled.
      const isHeard = !isReady || isFilled;
      const trees = ['tree of n1', 'tree of n2', ...(isHeard ? ['tree of n4'] : [])];
      expect(admits('n3', ring)).toEqual([
        ...(isLeft ? [] : ['objects']),
        'mending',
        'read',
        ...trees,
      ]);
    });

    it('strangers stand in for those of either list', () => {
      const hints = ['n1', 'n2', 'n3', 'n4'].map((id) => `hint for ${id}`);
      expect(admits('n5', ring)).toEqual(hints);
    });

    it('it is for each n by itself', () => {
      const removing = moving(stage, ['n2', 'n3']);
      const ofTwo = admits('n3', removing, 2);
      expect(ofTwo.includes('objects')).toBe(isReady);
      expect(ofTwo.includes('read')).toBe(isFilled);
      expect(admits('n3', removing, 3).slice(0, 3)).toEqual(['objects', 'mending', 'read']);
      expect(admits('n1', removing, 2).includes('objects')).toBe(!isLeft);
    });
  },
);
