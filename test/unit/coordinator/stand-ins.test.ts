import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/coordinator/environment.ts';
import { fallbacksOf, StandIns, standInAfterMs } from '../../../src/coordinator/stand-ins.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { planKey } from '../../../src/routing/key-plan.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { ChangingView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

describe('stand-ins', () => {
  it('are handed out in order, each to one primary while there are enough', () => {
    const standIns = new StandIns(['f1', 'f2']);
    expect([standIns.next('p1'), standIns.next('p2')]).toEqual(['f1', 'f2']);
    expect(standIns.unused).toEqual([]);
  });

  it('stand in for several when there are fewer, the least burdened first', () => {
    const standIns = new StandIns(['f1', 'f2']);
    standIns.use('f1', 'p1');
    expect(['p2', 'p3', 'p4'].map((primary) => standIns.next(primary))).toEqual(['f2', 'f1', 'f2']);
  });

  it('are not asked twice for one primary, nor at all after they refused', () => {
    const standIns = new StandIns(['f1', 'f2']);
    standIns.next('p1');
    standIns.next('p1');
    expect(standIns.next('p1')).toBeUndefined();
    standIns.drop('f1');
    expect([standIns.next('p2'), standIns.next('p2')]).toEqual(['f2', undefined]);
  });
});

describe('a primary', () => {
  it('is late after a quarter of the time there is, at most half a second', () => {
    expect(standInAfterMs(1_100, 1_000)).toBe(25);
    expect(standInAfterMs(3_000, 1_000)).toBe(500);
    expect(standInAfterMs(61_000, 1_000)).toBe(500);
    expect(standInAfterMs(900, 1_000)).toBe(0);
  });
});

describe('the fallbacks that may be asked', () => {
  const members = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map((id) => ({ id }));
  const view = new ChangingView(
    { members, partitionCount: 4, replicationFactor: 3 },
    new Simulation(1, settle),
  );
  const plan = planKey(view, 'test', utf8('k'));
  const [first, second, third] = plan.fallbacks as [string, string, string];
  const askedAt = (self: string, gone: readonly string[] = [], silent: readonly string[] = []) => {
    const liveness = {
      reachable: (node: string) => !gone.includes(node),
      responsive: (node: string) => ![...gone, ...silent].includes(node),
    };
    return fallbacksOf({ self, view, liveness } as unknown as Environment, plan);
  };

  it('are those that seem alive, this node first where it is one', () => {
    const [primary] = plan.replicas as [string];
    expect(askedAt(primary)).toEqual([first, second, third]);
    expect(askedAt(third, [first])).toEqual([third, second]);
  });

  it('are those that are silent too, after all others', () => {
    const [primary] = plan.replicas as [string];
    expect(askedAt(primary, [], [first, second])).toEqual([third, first, second]);
    expect(askedAt(first, [], [first, second])).toEqual([first, third, second]);
  });

  it('are never those that were declared dead, though the ring knows them yet', () => {
    const [primary] = plan.replicas as [string];
    view.dead.add(second);
    expect(askedAt(primary)).toEqual([first, third]);
    view.dead.clear();
  });
});
