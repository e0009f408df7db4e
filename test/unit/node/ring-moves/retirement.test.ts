/** When a node is let go. */

import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../src/kernel/invariant.ts';
import type { Command } from '../../../../src/metadata/command.ts';
import { Retirement } from '../../../../src/node/ring-moves/retirement.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';
import { founded, Log, seeds } from '../../metadata/cluster.ts';
import { FakeNodes, NO_SHARE, unreachable } from './fake-nodes.ts';

let simulation: Simulation;
let log: Log;
let nodes: FakeNodes;
let entered: Command[];
let fatal: unknown[];
let retirement: Retirement;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  log = new Log(founded({ drawRing: true, nodes: seeds(5) }));
  nodes = new FakeNodes();
  entered = [];
  fatal = [];
  retirement = new Retirement({
    clock: new SimClock(simulation),
    logger: new SimLogger(simulation, 'n1'),
    transport: nodes.transport,
    run: async (command) => {
      entered.push(command);
      return log.run(command);
    },
    onFatal: (error) => void fatal.push(error),
  });
});

async function look(ms = 2_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    retirement.look(log.state);
    await simulation.advance(50);
  }
}

const statusOf = (name: string) => log.state.nodeNamed(name)?.status;
const isInRing = (name: string) => log.ring.members.some(({ id }) => id === name);

describe('who is leaving', () => {
  beforeEach(() => {
    log.change({ type: 'leave', node: 'n4' });
  });

  it('stays while it has places, though it keeps nothing for others', async () => {
    await look();
    log.begin();
    await look();
    expect([entered, nodes.asked]).toEqual([[], []]);
  });

  describe('without places', () => {
    beforeEach(() => {
      log.carryOut();
    });

    it('has left when it keeps nothing for others', async () => {
      await look(100);
      expect(entered).toEqual([{ type: 'retire_node', name: 'n4' }]);
      expect([statusOf('n4'), isInRing('n4')]).toEqual(['left', false]);
    });

    it('stays while it keeps hints', async () => {
      nodes.answers.status = () => ({ ...NO_SHARE, hintsHeld: 1 });
      await look();
      expect(entered).toEqual([]);
      nodes.answers.status = () => NO_SHARE;
      await look();
      expect(statusOf('n4')).toBe('left');
    });

    it('stays while it does not say', async () => {
      nodes.answers.status = unreachable;
      await look(10_000);
      expect(entered).toEqual([]);
      expect(nodes.asked.length).toBeLessThan(25);
    });

    it('keeps nobody else from going', async () => {
      log.change({ type: 'leave', node: 'n5' });
      log.carryOut();
      nodes.answers.status = (node) => (node === 'n4' ? unreachable(node) : NO_SHARE);
      await look();
      expect(entered).toEqual([{ type: 'retire_node', name: 'n5' }]);
    });
  });
});

describe('who is dead', () => {
  beforeEach(() => {
    log.change({ type: 'remove', node: 'n4', acceptLoss: false });
  });

  it('stays in the ring while it has places', async () => {
    await look();
    expect(entered).toEqual([]);
  });

  it('is out of it then, and is not asked', async () => {
    log.carryOut();
    nodes.answers.status = unreachable;
    await look();
    expect(entered).toEqual([{ type: 'retire_node', name: 'n4' }]);
    expect(nodes.asked).toEqual([]);
    expect([statusOf('n4'), isInRing('n4')]).toEqual(['dead', false]);
  });
});

it('what nobody expects ends the node', async () => {
  log.change({ type: 'leave', node: 'n4' });
  log.carryOut();
  const fault = new InvariantError('a fault of the program');
  nodes.answers.status = () => {
    throw fault;
  };
  await look();
  expect(fatal[0]).toBe(fault);
});
