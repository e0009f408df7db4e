import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import {
  isAcceptQuorum,
  isPrepareQuorum,
  isProvenChosen,
  type RegisterPlan,
  registerPlan,
} from '../../../src/paxos/register-plan.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { planKey } from '../../../src/routing/key-plan.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { ChangingView, ringWithList, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';
import { ballot } from './some.ts';

const C = ['a', 'b', 'l'];
const C2 = ['a', 'b', 'x'];

/** C has the partition from epoch 2 on; the move begins at 3. */
function planAt(stage?: MoveStage, epoch = 3): RegisterPlan {
  const members = ['a', 'b', 'l', 'x'].map((id) => ({ id }));
  const shape = { members, partitionCount: 1, replicationFactor: 3, mode: 'paxos' } as const;
  const view = new ChangingView(shape, new Simulation(1, settle));
  let ring = ringWithList(view.ring(), 0, C);
  if (stage !== undefined) {
    const move = { partition: 0, session: 3, stage, from: C, to: C2 };
    while (ring.epoch < epoch) ring = ringWithMove(ring, move);
  }
  view.hear(ring);
  return registerPlan(view, planKey(view, 'test', utf8('k'), 'paxos'));
}

const votes = (counter: number, epoch: number, nodes: string, copied = '') =>
  [...nodes].map((node) => ({
    node,
    accepted: ballot(counter, epoch),
    copied: copied.includes(node),
  }));

describe('quorums by stage', () => {
  it.each<[MoveStage, prepares: string, accepts: string]>([
    ['prepare', 'ab al bl abl', 'ab al bl abl'],
    ['write_both', 'ab al bl abl', 'ab alx blx'],
    ['read_new', 'ab ax bx abx', 'ab alx blx'],
    ['stable', 'ab ax bx abx', 'ab ax bx abx'],
  ])('in %s', (stage, prepares, accepts) => {
    const plan = planAt(stage);
    const sets = (text: string) => text.split(' ').map((nodes) => [...nodes]);
    for (const nodes of sets(prepares)) expect(isPrepareQuorum(plan, nodes)).toBe(true);
    for (const nodes of sets(accepts)) expect(isAcceptQuorum(plan, nodes)).toBe(true);
    for (const nodes of sets('a b l x lx')) {
      expect(isPrepareQuorum(plan, nodes) || isAcceptQuorum(plan, nodes)).toBe(false);
    }
  });

  it('need both lists while writes do', () => {
    for (const stage of ['write_both', 'read_new'] as const) {
      for (const nodes of ['al', 'bl', 'ax', 'bx']) {
        expect(isAcceptQuorum(planAt(stage), [...nodes])).toBe(false);
      }
    }
  });
});

describe('a value is proven to be chosen', () => {
  const isProven = (plan: RegisterPlan, epoch: number, nodes: string, copied = '') =>
    isProvenChosen(ballot(4, epoch), votes(4, epoch, nodes, copied), plan);

  it('by one ballot on a majority, not by less and not by another ballot', () => {
    const plan = planAt();
    expect(isProven(plan, 2, 'ab')).toBe(true);
    expect(isProven(plan, 2, 'a')).toBe(false);
    const mixed = [...votes(4, 2, 'a'), ...votes(3, 2, 'b')];
    expect(isProvenChosen(ballot(4, 2), mixed, plan)).toBe(false);
  });

  it('not by what came by copying', () => {
    expect(isProven(planAt(), 2, 'ab', 'b')).toBe(false);
    expect(isProven(planAt(), 2, 'abl', 'b')).toBe(true);
  });

  it('not where the lists of its epoch are not known any more', () => {
    expect(isProven(planAt(), 1, 'abl')).toBe(false);
  });

  it('in a move, by C where it is older than the move', () => {
    expect(isProven(planAt('write_both', 4), 2, 'al')).toBe(true);
    // The prepare quorum is of C' now: its members have to say so too.
    expect(isProven(planAt('read_new', 5), 2, 'al')).toBe(false);
    expect(isProven(planAt('read_new', 5), 2, 'ab')).toBe(true);
    expect(isProven(planAt('read_new', 5), 2, 'ax')).toBe(false);
  });

  it('by both lists where it is of the move, and by those of its epoch where that is the present', () => {
    expect(isProven(planAt('read_new', 5), 4, 'ax')).toBe(false);
    expect(isProven(planAt('read_new', 5), 4, 'alx')).toBe(true);
    expect(isProven(planAt('stable', 6), 5, 'ax')).toBe(false);
    expect(isProven(planAt('stable', 6), 6, 'ax')).toBe(true);
  });
});
