/** How a new node comes into the ring by itself. */

import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../../../src/kernel/errors.ts';
import { InvariantError } from '../../../../src/kernel/invariant.ts';
import { RingEntrance } from '../../../../src/node/ring-moves/ring-entrance.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';
import { founded, Log, seed, seeds } from '../../metadata/cluster.ts';
import { FakeGroup } from './fake-group.ts';

let simulation: Simulation;
let log: Log;
let group: FakeGroup;
let fatal: unknown[];
let alive: string[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  log = new Log(founded({ drawRing: true, nodes: seeds(4) }));
  group = new FakeGroup(log);
  fatal = [];
  alive = [];
});

function start(self: string, of: FakeGroup = group): RingEntrance {
  const entrance = new RingEntrance({
    self,
    clock: new SimClock(simulation),
    logger: new SimLogger(simulation, self),
    group: of.group,
    liveness: { reachable: (node) => alive.includes(node) },
    onFatal: (error) => void fatal.push(error),
  });
  entrance.start();
  return entrance;
}

function admit(no: number, replaces?: string): void {
  log.must({ type: 'admit_node', ...seed(no), replaces });
}

const types = (of: FakeGroup = group) => of.ran.map(({ type }) => type);
const isInRing = (name: string) => log.ring.members.some(({ id }) => id === name);

describe('a new node', () => {
  beforeEach(() => admit(5));

  it('stages that it joins, once, and commits to that', async () => {
    start('n5');
    await simulation.advance(2_000);
    expect(group.ran).toMatchObject([
      { type: 'stage_change', change: { type: 'join', node: 'n5' } },
      { type: 'commit_changes' },
    ]);
    expect(isInRing('n5')).toBe(true);
    expect(log.state.goal()?.replicas.flat()).toContain('n5');
  });

  it('waits until its start is registered', async () => {
    group.registered = false;
    start('n5');
    await simulation.advance(2_000);
    expect(group.ran).toEqual([]);
    group.registered = true;
    await simulation.advance(2_000);
    expect(isInRing('n5')).toBe(true);
  });

  it('waits while something of others is staged, and commits none of it', async () => {
    log.stage({ type: 'weight', node: 'n1', weight: 2 });
    start('n5');
    await simulation.advance(5_000);
    expect(group.ran).toEqual([]);
    log.must({ type: 'unstage_changes' });
    await simulation.advance(1_000);
    expect(isInRing('n5')).toBe(true);
    expect(log.state.nodeNamed('n1')?.weight).toBe(1);
  });

  it('commits nothing of others that was staged behind its own change', async () => {
    group.beforeRun = ({ type }) => {
      if (type !== 'commit_changes' || log.state.staged().length > 1) return;
      log.stage({ type: 'leave', node: 'n4' });
    };
    start('n5');
    await simulation.advance(5_000);
    expect(types()).toEqual(['stage_change', 'commit_changes']);
    expect([isInRing('n5'), log.state.nodeNamed('n4')?.status]).toEqual([false, 'member']);
    log.commit();
    await simulation.advance(1_000);
    expect(types()).toHaveLength(2);
  });

  it('goes on from what it staged in an earlier start', async () => {
    log.stage({ type: 'join', node: 'n5' });
    start('n5');
    await simulation.advance(1_000);
    expect(types()).toEqual(['commit_changes']);
    expect(isInRing('n5')).toBe(true);
  });

  it('tries again where the group cannot be reached', async () => {
    let failures = 3;
    group.beforeRun = () => {
      if (failures-- > 0) throw new QuorateError('metadata_unknown', 'no leader');
    };
    start('n5');
    await simulation.advance(5_000);
    expect(isInRing('n5')).toBe(true);
    expect(fatal).toEqual([]);
  });

  it('asks for nothing more once it is in the ring, or is no member', async () => {
    start('n5');
    await simulation.advance(1_000);
    log.carryOut();
    log.change({ type: 'leave', node: 'n5' });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n5' });
    await simulation.advance(5_000);
    expect(types()).toEqual(['stage_change', 'commit_changes']);
    start('n5');
    await simulation.advance(5_000);
    expect(types()).toHaveLength(2);
  });

  it('asks for nothing after a stop', async () => {
    group.registered = false;
    const entrance = start('n5');
    await simulation.advance(500);
    entrance.stop();
    group.registered = true;
    await simulation.advance(5_000);
    expect(group.ran).toEqual([]);
  });

  it('ends at what nobody expects', async () => {
    const fault = new InvariantError('a fault of the program');
    group.beforeRun = () => {
      throw fault;
    };
    start('n5');
    await simulation.advance(500);
    expect(fatal).toEqual([fault]);
  });
});

describe('several new nodes', () => {
  beforeEach(() => {
    alive = ['n5', 'n6', 'n7'];
  });

  it('that come at once all come in, though each has staged its own change', async () => {
    for (const no of [5, 6, 7]) admit(no);
    const groups = ['n5', 'n6', 'n7'].map((name) => {
      const own = new FakeGroup(log);
      // Nobody's entry is in the log before all have looked at it.
      own.beforeRun = () => new Promise<void>((resolve) => void simulation.schedule(20, resolve));
      start(name, own);
      return own;
    });
    await simulation.advance(5_000);
    expect(['n5', 'n6', 'n7'].map(isInRing)).toEqual([true, true, true]);
    const staged = groups.flatMap((own) => types(own).filter((type) => type === 'stage_change'));
    expect(staged).toHaveLength(3);
  });

  it('that come one after the other do not wait for the end of the moves', async () => {
    for (const no of [5, 6]) admit(no);
    start('n5');
    await simulation.advance(1_000);
    start('n6');
    await simulation.advance(1_000);
    expect(['n5', 'n6'].map(isInRing)).toEqual([true, true]);
  });
});

describe('a new node that died when it had staged its share, and had not committed', () => {
  beforeEach(() => {
    for (const no of [5, 6]) admit(no);
    log.stage({ type: 'join', node: 'n5' });
  });

  it('is not waited for by the next one, which comes in without it', async () => {
    start('n6');
    await simulation.advance(2_000);
    expect(types()).toEqual(['unstage_changes', 'stage_change', 'commit_changes']);
    expect([isInRing('n6'), isInRing('n5'), log.state.staged()]).toEqual([true, false, []]);
  });

  it('comes in when it is started again', async () => {
    start('n6');
    await simulation.advance(2_000);
    alive = ['n5'];
    start('n5');
    await simulation.advance(2_000);
    expect([isInRing('n6'), isInRing('n5')]).toEqual([true, true]);
  });

  it('takes nothing along that an operator has staged', async () => {
    log.stage({ type: 'weight', node: 'n1', weight: 2 });
    start('n6');
    await simulation.advance(2_000);
    expect(types()).toEqual([]);
    expect(log.state.staged()).toHaveLength(2);
  });
});

describe('a node that is to replace a dead one', () => {
  it('takes exactly its places', async () => {
    admit(5, 'n2');
    const before = log.ring.replicas;
    start('n5');
    await simulation.advance(1_000);
    expect(group.ran[0]).toMatchObject({
      change: { type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false },
    });
    const expected = before.map((list) => list.map((node) => (node === 'n2' ? 'n5' : node)));
    expect(log.state.goal()?.replicas).toEqual(expected);
    expect(log.state.nodeNamed('n2')).toMatchObject({ status: 'dead', replacedBy: 'n5' });
  });
});

it('before there is a ring, nothing is asked for', async () => {
  log = new Log(founded({ nodes: seeds(3) }));
  group = new FakeGroup(log);
  start('n1');
  await simulation.advance(2_000);
  expect(group.ran).toEqual([]);
});

it('does not replace a node that is alive', async () => {
  admit(5, 'n2');
  alive = ['n2'];
  start('n5');
  await simulation.advance(2_000);
  expect(types()).toEqual([]);
  alive = [];
  await simulation.advance(2_000);
  expect(types()).toContain('commit_changes');
});

it('does not commit to what another one staged, when the node that is to be replaced is alive', async () => {
  admit(5);
  admit(6, 'n2');
  log.stage({ type: 'replace', dead: 'n2', by: 'n6', acceptLoss: false });
  alive = ['n2', 'n6'];
  start('n5');
  await simulation.advance(2_000);
  expect(types()).not.toContain('commit_changes');
  expect(log.state.nodeNamed('n2')?.status).toBe('member');
  alive = ['n6'];
  await simulation.advance(2_000);
  expect(types()).toContain('commit_changes');
});

it('takes the places of a node that was removed as dead, though it seems alive', async () => {
  admit(5, 'n2');
  log.change({ type: 'remove', node: 'n2', acceptLoss: false });
  alive = ['n2'];
  start('n5');
  await simulation.advance(2_000);
  expect(log.state.nodeNamed('n2')?.replacedBy).toBe('n5');
});
