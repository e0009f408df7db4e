/** When a node that is behind asks others than the leader, whom, and how often. */

import { beforeEach, describe, expect, it } from 'vitest';
import { CatchingUp, type Informant } from '../../../src/node/metadata-group/catching-up.ts';
import type { RaftRunner } from '../../../src/node/metadata-group/raft-runner.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const informant = (member: number, applied: number, reachable = true): Informant => ({
  member,
  applied,
  reachable,
});

let simulation: Simulation;
let others: Informant[];
let commit: number;
let asked: { readonly member: number; readonly atMs: number }[];
let catching: CatchingUp;

const members = () => asked.map(({ member }) => member);
const times = () => asked.map(({ atMs }) => atMs);

beforeEach(() => {
  simulation = new Simulation(1, settle);
  others = [informant(2, 7), informant(3, 9), informant(4, 9), informant(5, 20, false)];
  commit = 5;
  asked = [];
  const raft = { status: () => ({ commit, applied: commit }) };
  catching = new CatchingUp({
    clock: new SimClock(simulation),
    metrics: new SimMetrics(),
    runner: {
      raft,
      requestCommitted: (member: number) => asked.push({ member, atMs: simulation.nowMs }),
    } as unknown as RaftRunner,
    others: () => others,
  });
});

describe('while something waits for news', () => {
  it('nobody is asked at first', async () => {
    const end = catching.begin();
    await simulation.advance(99);
    end();
    await simulation.advance(5_000);
    expect(asked).toEqual([]);
  });

  it('one after the other is asked, who has applied most first, and ever more rarely', async () => {
    catching.begin();
    await simulation.advance(5_600);
    expect(members()).toEqual([3, 4, 2, 3, 4, 2, 3, 4]);
    expect(times()).toEqual([100, 300, 700, 1_500, 2_500, 3_500, 4_500, 5_500]);
  });

  it('nobody is asked while entries come', async () => {
    catching.begin();
    for (let passed = 0; passed < 10; passed++) {
      await simulation.advance(50);
      commit++;
    }
    expect(asked).toEqual([]);
  });

  it('the same one is asked for the next piece', async () => {
    catching.begin();
    await simulation.advance(350);
    expect(members()).toEqual([3, 4]);
    commit++;
    await simulation.advance(450);
    expect(members()).toEqual([3, 4, 3]);
    expect(times()[2]).toBe(800);
  });

  it('many who wait ask no more than one', async () => {
    const ends = [catching.begin(), catching.begin(), catching.begin()];
    await simulation.advance(150);
    ends[0]?.();
    ends[1]?.();
    await simulation.advance(200);
    expect(times()).toEqual([100, 300]);
    ends[2]?.();
    await simulation.advance(5_000);
    expect(asked).toHaveLength(2);
  });

  it('there may be nobody to ask', async () => {
    others = [informant(2, 9, false)];
    catching.begin();
    await simulation.advance(1_000);
    expect(asked).toEqual([]);
  });
});

describe('where nothing waits', () => {
  it('nobody is asked of a node that is abreast', async () => {
    commit = 9;
    catching.start();
    await simulation.advance(10_000);
    expect(asked).toEqual([]);
  });

  it('nobody is asked while entries come', async () => {
    catching.start();
    for (let passed = 0; passed < 10; passed++) {
      others = others.map((other) => ({ ...other, applied: other.applied + 1 }));
      await simulation.advance(1_000);
      commit++;
    }
    expect(asked).toEqual([]);
  });

  it('what others were said to have applied is asked for until it has come', async () => {
    catching.start();
    await simulation.advance(3_500);
    expect([members(), times()]).toEqual([
      [3, 4],
      [2_000, 3_000],
    ]);
    commit = 8;
    await simulation.advance(2_000);
    expect([members().slice(2), times().slice(2)]).toEqual([[3], [5_000]]);
    commit = 9;
    await simulation.advance(10_000);
    expect(asked).toHaveLength(3);
  });

  it('nothing is asked after the stop', async () => {
    catching.start();
    await simulation.advance(2_150);
    catching.stop();
    await simulation.advance(10_000);
    expect(asked).toHaveLength(1);
  });
});
