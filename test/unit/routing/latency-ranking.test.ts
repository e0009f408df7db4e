import { beforeEach, describe, expect, it } from 'vitest';
import { LatencyRanking } from '../../../src/routing/latency-ranking.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;
let ranking: LatencyRanking;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  ranking = new LatencyRanking(new SimClock(simulation));
});

async function answer(node: string, afterMs: number, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const askedAt = ranking.asked(node);
    await simulation.advance(afterMs);
    ranking.answered(node, askedAt);
  }
}

const everybody = () => true;

describe('the ranking of peers', () => {
  it('puts the quicker first, and those that cannot be reached last', async () => {
    await answer('slow', 20);
    await answer('quick', 2);
    expect(ranking.order(['slow', 'quick'], everybody)).toEqual(['quick', 'slow']);
    const order = ranking.order(['slow', 'quick'], (node) => node === 'slow');
    expect(order).toEqual(['slow', 'quick']);
  });

  it('tries a slow peer again after a while, one request at a time', async () => {
    await answer('slow', 20);
    await simulation.advance(1_100);
    await answer('quick', 2);
    expect(ranking.order(['quick', 'slow'], everybody)).toEqual(['slow', 'quick']);
    ranking.asked('slow');
    expect(ranking.order(['quick', 'slow'], everybody)).toEqual(['quick', 'slow']);
  });

  it('does not take one that fails quickly for a quick one', async () => {
    ranking.failed('broken', ranking.asked('broken'));
    await answer('slow', 20);
    expect(ranking.order(['broken', 'slow'], everybody)).toEqual(['slow', 'broken']);
  });

  it('calls an answer late by the high percentile of the recent ones, within bounds', async () => {
    expect(ranking.lateAfterMs('n')).toBe(25);
    await answer('n', 10, 64);
    expect(ranking.lateAfterMs('n')).toBe(10);
    await answer('n', 0.1, 128);
    expect(ranking.lateAfterMs('n')).toBe(2);
    await answer('n', 5_000, 32);
    expect(ranking.lateAfterMs('n')).toBe(100);
  });
});
