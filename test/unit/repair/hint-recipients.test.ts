import { describe, expect, it } from 'vitest';
import { hintRecipients } from '../../../src/repair/hint-recipients.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { fixedView, ringWithList, ringWithMove } from '../../fixed-view.ts';

const C = ['n1', 'n2', 'n3'];
const members = ['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => ({ id }));
const drawn = fixedView({ members, partitionCount: 1, replicationFactor: 3 }).ring();
const settled = ringWithList(drawn, 0, C);

const whileMoving = (to: readonly string[], stage: MoveStage, target: string, n = 3) =>
  hintRecipients(
    ringWithMove(settled, { partition: 0, session: 1, stage, from: C, to }),
    0,
    n,
    target,
  ).toSorted();

describe('a hint', () => {
  it('is for its target while that keeps the key, and else for all replicas', () => {
    expect(hintRecipients(settled, 0, 3, 'n3')).toEqual(['n3']);
    expect(hintRecipients(settled, 0, 2, 'n3')).toEqual(['n1', 'n2']);
    expect(hintRecipients(settled, 0, 3, 'n5')).toEqual(C);
  });

  it.each([
    ['prepare', ['n3']],
    ['write_both', ['n3', 'n4']],
    ['read_new', ['n3', 'n4']],
    ['stable', ['n4']],
  ] as const)('for who is swapped out, in %s: %s', (stage, recipients) => {
    expect(whileMoving(['n1', 'n2', 'n4'], stage, 'n3')).toEqual(recipients);
  });

  it.each([
    ['prepare', ['n1']],
    ['write_both', ['n1', 'n2', 'n3']],
    ['read_new', ['n1', 'n2', 'n3']],
    ['stable', ['n2', 'n3']],
  ] as const)('for who is removed, in %s: %s', (stage, recipients) => {
    expect(whileMoving(['n2', 'n3'], stage, 'n1')).toEqual(recipients);
  });

  it.each([
    // It may be erased there.
    ['prepare', ['n1', 'n2', 'n3']],
    ['write_both', ['n4']],
    ['read_new', ['n4']],
    ['stable', ['n4']],
  ] as const)('for the newcomer, in %s: %s', (stage, recipients) => {
    expect(whileMoving(['n1', 'n2', 'n4'], stage, 'n4')).toEqual(recipients);
  });

  it.each([
    ['prepare', ['n1', 'n2', 'n3']],
    // What goes to a source after it was fenced has to go to who is filled from it, too.
    ['write_both', ['n1', 'n2', 'n3', 'n4']],
    ['read_new', ['n1', 'n2', 'n3', 'n4']],
    ['stable', ['n1', 'n2', 'n4']],
  ] as const)('for somebody who lost its place before, in %s: %s', (stage, recipients) => {
    expect(whileMoving(['n1', 'n2', 'n4'], stage, 'n5')).toEqual(recipients);
  });

  it('for somebody who stays is for that one alone', () => {
    for (const stage of ['prepare', 'write_both', 'read_new', 'stable'] as const) {
      expect(whileMoving(['n1', 'n2', 'n4'], stage, 'n1')).toEqual(['n1']);
    }
  });

  it('is judged by the prefix of each n by itself', () => {
    // With n=2, n1 and n2 keep the key, and n2 and n3 when n1 is removed.
    expect(whileMoving(['n2', 'n3'], 'write_both', 'n1', 2)).toEqual(['n1', 'n2', 'n3']);
    expect(whileMoving(['n2', 'n3'], 'prepare', 'n3', 2)).toEqual(['n1', 'n2']);
    expect(whileMoving(['n2', 'n3'], 'write_both', 'n3', 2)).toEqual(['n3']);
    // The swap of the third makes no difference for it.
    expect(whileMoving(['n1', 'n2', 'n4'], 'write_both', 'n3', 2)).toEqual(['n1', 'n2']);
  });
});
