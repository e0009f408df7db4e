import { describe, expect, it } from 'vitest';
import { NodeLiveness } from '../../../src/node/gossip/node-liveness.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const view = fixedView({
  members: ['n1', 'n2', 'n3'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});

describe('who seems alive', () => {
  it('tells of nodes that were away and are back, until it is stopped', async () => {
    const simulation = new Simulation(1, settle);
    const gone = new Set<string>(['n1', 'n2']);
    const accused = new Set<string>();
    const silent = new Set<string>();
    const transport = { reachable: (node: string) => !gone.has(node) } as Transport;
    const liveness = new NodeLiveness({
      self: 'n1',
      transport,
      view,
      clock: new SimClock(simulation),
      accused: (node) => accused.has(node),
      silent: (node) => silent.has(node),
    });
    expect(['n1', 'n2', 'n3'].filter((node) => liveness.reachable(node))).toEqual(['n1', 'n3']);
    accused.add('n3');
    expect([liveness.reachable('n3'), liveness.mayAnswer('n3')]).toEqual([false, true]);
    expect(liveness.responsive('n3')).toBe(false);
    accused.clear();
    silent.add('n3');
    expect([liveness.reachable('n3'), liveness.responsive('n3')]).toEqual([true, false]);
    silent.clear();
    const returns: string[] = [];
    const forget = liveness.onReturn((node) => returns.push(node));
    liveness.start();
    await simulation.advance(500);
    expect(returns).toEqual([]);
    gone.clear();
    await simulation.advance(500);
    expect(returns).toEqual(['n2']);
    silent.add('n3');
    await simulation.advance(500);
    silent.clear();
    await simulation.advance(500);
    expect(returns).toEqual(['n2', 'n3']);
    forget();
    gone.add('n3');
    await simulation.advance(500);
    gone.clear();
    await simulation.advance(500);
    liveness.stop();
    expect(returns).toEqual(['n2', 'n3']);
  });
});
