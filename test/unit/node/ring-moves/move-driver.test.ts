/** What the leader has done for the moves of the ring, when, and what it enters in the log. */

import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../../../src/kernel/errors.ts';
import { InvariantError } from '../../../../src/kernel/invariant.ts';
import type { Command } from '../../../../src/metadata/command.ts';
import { MoveDriver } from '../../../../src/node/ring-moves/move-driver.ts';
import type { Copied } from '../../../../src/node/ring-moves/move-steps.ts';
import { ACTIVE_MOVES_MAX, MOVES_MAX } from '../../../../src/node/ring-moves/moves-to-begin.ts';
import { leaverOf } from '../../../../src/ring/move.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';
import { founded, Log, seed, seeds } from '../../metadata/cluster.ts';
import { DONE, FakeNodes, Held, RUNNING, unreachable } from './fake-nodes.ts';

const PARTITIONS = 64;

let simulation: Simulation;
let log: Log;
let nodes: FakeNodes;
let leads: boolean;
/** Commands that reached the log, in order. */
let entered: Command[];
/** What comes of a command; by default it is applied at once. */
let enter: (command: Command) => Promise<unknown>;
let fatal: unknown[];
/** Taken for dead by gossip. */
let away: string[];
let copied: Copied[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  log = new Log(founded({ drawRing: true, nodes: seeds(4), partitionCount: PARTITIONS }));
  nodes = new FakeNodes();
  leads = true;
  entered = [];
  fatal = [];
  away = [];
  copied = [];
  enter = async (command) => log.run(command);
});

function startDriver(): MoveDriver {
  const driver = new MoveDriver({
    clock: new SimClock(simulation),
    logger: new SimLogger(simulation, 'n1'),
    transport: nodes.transport,
    led: () => (leads ? log.state : undefined),
    run: (command) => {
      entered.push(command);
      return enter(command);
    },
    onCopied: (_, sum) => void copied.push(sum),
    reachable: (node) => !away.includes(node),
    onFatal: (error) => void fatal.push(error),
  });
  driver.start();
  return driver;
}

const types = () => entered.map(({ type }) => type);

/** n5 takes a share: about a fifth of the places. */
function join(): void {
  log.must({ type: 'admit_node', ...seed(5) });
  log.change({ type: 'join', node: 'n5' });
}

/** One move alone is under way: of partition 0, n1 for n9, which is of no other. */
function loneSwap(): void {
  log.must({ type: 'admit_node', ...seed(5) });
  log.stage({ type: 'join', node: 'n5' });
  const { members, ...rest } = log.committing();
  const goal = log.ring.replicas.map((list, at) => (at === 0 ? list.with(0, 'n5') : list));
  log.must({ ...rest, members, replicas: goal });
}

const stage = () => log.ring.moves.get(0)?.stage;
const leaver = () => log.move(0).from[0] as string;

describe('moves', () => {
  it('are carried out to the end, each stage only after what it needs', async () => {
    loneSwap();
    startDriver();
    await simulation.advance(1_000);
    const [first] = log.ring.replicas[0] as readonly string[];
    expect(first).toBe('n5');
    expect(log.state.goal()).toBeUndefined();
    expect(types()).toEqual([
      'begin_moves',
      'advance_moves',
      'advance_moves',
      'advance_moves',
      'advance_moves',
    ]);
    const asked = nodes.taken().map((one) => one.split(' ')[0]);
    expect(asked).toEqual(['prepare', 'fence', 'copy', 'fence', 'leave']);
    expect(copied).toEqual([{ keys: DONE.keys, bytes: DONE.bytes }]);
  });

  it(`are under way ${ACTIVE_MOVES_MAX} at a time, and no longer than there are some`, async () => {
    join();
    const inAll = log.toMove().length;
    expect(inAll).toBeGreaterThan(2 * ACTIVE_MOVES_MAX);
    let most = 0;
    enter = async (command) => {
      const reply = log.run(command);
      most = Math.max(most, log.ring.moves.size);
      return reply;
    };
    startDriver();
    await simulation.advance(10_000);
    expect(most).toBe(ACTIVE_MOVES_MAX);
    expect(log.ring.moves.size).toBe(0);
    expect(log.state.goal()).toBeUndefined();
    const begun = entered.flatMap((one) => (one.type === 'begin_moves' ? one.moves : []));
    expect(begun).toHaveLength(inAll);
  });

  it('one that waits keeps nobody else from going on, and counts as one', async () => {
    join();
    const [stuck] = log.toMove();
    let most = 0;
    enter = async (command) => {
      const reply = log.run(command);
      most = Math.max(most, log.ring.moves.size);
      return reply;
    };
    nodes.answers.copy = (_, request) =>
      (request as { partition: number }).partition === stuck ? RUNNING : DONE;
    startDriver();
    await simulation.advance(10_000);
    expect([...log.ring.moves.keys()]).toEqual([stuck]);
    expect(log.toMove()).toEqual([]);
    expect(most).toBe(ACTIVE_MOVES_MAX);
  });

  describe('with a member that is down', () => {
    const DOWN = 'n2';

    beforeEach(() => {
      log = new Log(founded({ drawRing: true, nodes: seeds(4), partitionCount: 128 }));
      join();
      for (const what of ['prepare', 'fence', 'copy', 'leave']) {
        const { [what]: answer } = nodes.answers;
        nodes.answers[what] = (node, request) =>
          node === DOWN ? unreachable(node) : answer?.(node, request);
      }
    });

    it('go on where they can do without it, at the most as many at once as ever', async () => {
      expect(log.toMove().length).toBeGreaterThan(MOVES_MAX);
      const driver = startDriver();
      let mostActive = 0;
      for (let i = 0; i < 300; i++) {
        await simulation.advance(100);
        mostActive = Math.max(mostActive, log.ring.moves.size - driver.waits().size);
      }
      const waiting = [...log.ring.moves.values()];
      expect(waiting.every((move) => leaverOf(move) === DOWN)).toBe(true);
      expect(waiting.length).toBeGreaterThan(ACTIVE_MOVES_MAX);
      expect(log.toMove()).toEqual([]);
      expect(mostActive).toBe(ACTIVE_MOVES_MAX);
    });

    it('begin without it first, and some with it so that it shows', async () => {
      away = [DOWN];
      const needsDown = (partition: number) => log.ring.replicas[partition]?.includes(DOWN);
      const free = log.toMove().filter((partition) => !needsDown(partition));
      nodes.answers.copy = () => RUNNING;
      startDriver();
      await simulation.advance(1_000);
      const begun = [...log.ring.moves.keys()];
      expect(begun).toHaveLength(ACTIVE_MOVES_MAX);
      expect(free.slice(0, ACTIVE_MOVES_MAX).every((one) => begun.includes(one))).toBe(true);
    });

    it('are bounded in all, though ever more of them stand still', async () => {
      nodes.answers.prepare = unreachable;
      startDriver();
      await simulation.advance(60_000);
      expect(log.ring.moves.size).toBe(MOVES_MAX);
    });
  });

  it('are left alone where this node does not lead', async () => {
    join();
    leads = false;
    startDriver();
    await simulation.advance(1_000);
    expect([entered, nodes.asked]).toEqual([[], []]);
  });
});

describe('a stage', () => {
  it('is entered as left only at the epoch for which its work was done', async () => {
    loneSwap();
    const held = new Held<readonly true[]>();
    nodes.answers.prepare = () => held.answer;
    startDriver();
    await simulation.advance(200);
    const epoch = log.ring.partitionEpochs[0] as number;
    log.must({ type: 'abort_changes' });
    held.give([true]);
    await simulation.advance(1_000);
    expect(log.ring.partitionEpochs[0]).toBeGreaterThan(epoch);
    expect(types()).toEqual(['begin_moves']);
  });

  it('that another entry has changed in the meantime is judged anew', async () => {
    loneSwap();
    const held = new Held<typeof DONE>();
    nodes.answers.copy = () => held.answer;
    startDriver();
    await simulation.advance(500);
    expect(stage()).toBe('write_both');
    log.must({ type: 'abort_changes' });
    held.give(DONE);
    nodes.answers.leave = () => RUNNING;
    await simulation.advance(500);
    expect(stage()).toBe('stable');
    expect(types()).toEqual(['begin_moves', 'advance_moves']);
  });

  it('that another entry has changed is asked about no more', async () => {
    loneSwap();
    nodes.answers.copy = () => RUNNING;
    nodes.answers.leave = () => RUNNING;
    startDriver();
    await simulation.advance(1_000);
    log.must({ type: 'abort_changes' });
    nodes.taken();
    await simulation.advance(2_000);
    expect(new Set(nodes.asked)).toEqual(new Set(['leave n5']));
  });

  it('is worked for again after a while that doubles, and says why it waits', async () => {
    loneSwap();
    nodes.answers.prepare = unreachable;
    const driver = startDriver();
    await simulation.advance(100);
    expect([...driver.waits()]).toEqual([[0, 'n5 cannot be reached']]);
    expect(nodes.taken()).toHaveLength(1);
    await simulation.advance(20_000);
    const times = nodes.taken().length;
    expect(times).toBeGreaterThan(5);
    expect(times).toBeLessThan(12);
    nodes.answers.prepare = () => [true];
    await simulation.advance(6_000);
    expect(log.ring.moves.size).toBe(0);
    expect(driver.waits().size).toBe(0);
  });

  it('is not asked about twice at the same time', async () => {
    loneSwap();
    const held = new Held<readonly true[]>();
    nodes.answers.fence = () => held.answer;
    startDriver();
    await simulation.advance(5_000);
    expect(nodes.asked.filter((one) => one.startsWith('fence'))).toHaveLength(1);
  });
});

describe('somebody is declared dead meanwhile', () => {
  beforeEach(() => {
    log.must({ type: 'put_bucket', name: 'b', settings: {}, createOnly: true });
    loneSwap();
  });

  it('and the survivors are fenced and copied from in place of the leaver', async () => {
    nodes.answers.copy = (_, request) => {
      const { sources } = request as { sources: readonly string[] };
      return sources.includes(leaver()) ? RUNNING : DONE;
    };
    startDriver();
    await simulation.advance(500);
    expect(stage()).toBe('write_both');
    const [dead, ...others] = log.move(0).from;
    expect(nodes.taken()).toContain(`fence ${dead}`);
    log.change({ type: 'remove', node: dead as string, acceptLoss: false });
    const before = entered.length;
    const epoch = log.ring.partitionEpochs[0];
    await simulation.advance(400);
    const mine = nodes.requests.flatMap((request, i) =>
      JSON.stringify(request).includes(`"partition":0,"epoch":${epoch}`) ? [nodes.asked[i]] : [],
    );
    const fences = mine.filter((one) => one?.startsWith('fence'));
    expect(new Set(fences.slice(0, 2))).toEqual(new Set(others.map((node) => `fence ${node}`)));
    expect(mine.filter((one) => one?.startsWith('copy')).at(-1)).toBe('copy n5');
    expect(entered.length).toBeGreaterThan(before);
    expect(stage()).not.toBe('write_both');
  });

  it('and what was done for the stage counts no more, though nobody has entered it yet', async () => {
    const held = new Held<void>();
    enter = async (command) => {
      if (command.type === 'advance_moves' && stage() === 'write_both') await held.answer;
      return log.run(command);
    };
    startDriver();
    // The answer to the copy is there, and the log is slow to take it.
    await simulation.advance(1_000);
    nodes.taken();
    log.change({ type: 'remove', node: leaver(), acceptLoss: false });
    const epoch = log.ring.partitionEpochs[0];
    await simulation.advance(100);
    const again = nodes.requests.filter((request) =>
      JSON.stringify(request).includes(`"partition":0,"epoch":${epoch}`),
    );
    expect(again.length).toBeGreaterThan(0);
    held.give();
  });

  it('who stays: the stage is asked about anew, and not twice', async () => {
    nodes.answers.copy = () => RUNNING;
    startDriver();
    await simulation.advance(1_000);
    nodes.taken();
    await simulation.advance(1_000);
    const times = nodes.taken().length;
    log.change({ type: 'remove', node: log.move(0).from[1] as string, acceptLoss: false });
    await simulation.advance(1_000);
    const ofThis = () =>
      nodes.requests.filter((one) => JSON.stringify(one).includes('"partition":0,')).length;
    expect(ofThis()).toBeGreaterThan(0);
    nodes.taken();
    await simulation.advance(1_000);
    expect(ofThis()).toBeLessThanOrEqual(times + 1);
  });

  it('and too few are left: it waits until an operator accepts the loss', async () => {
    log.must({ type: 'put_bucket', name: 'solo', settings: { n: 1 }, createOnly: true });
    nodes.answers.fence = unreachable;
    const driver = startDriver();
    await simulation.advance(500);
    const dead = leaver();
    log.change({ type: 'remove', node: dead, acceptLoss: false });
    nodes.answers.fence = () => [true];
    await simulation.advance(20_000);
    expect(stage()).toBe('write_both');
    expect(driver.waits().get(0)).toContain('too many of its replicas are dead');
    log.change({ type: 'remove', node: dead, acceptLoss: true });
    await simulation.advance(2_000);
    expect(stage()).toBeUndefined();
  });
});

describe('the lead', () => {
  it('is lost in the middle of a stage: nothing is entered for it', async () => {
    loneSwap();
    const held = new Held<typeof DONE>();
    nodes.answers.copy = () => held.answer;
    const driver = startDriver();
    await simulation.advance(500);
    const before = entered.length;
    leads = false;
    held.give(DONE);
    await simulation.advance(1_000);
    expect(entered).toHaveLength(before);
    expect(driver.waits().size).toBe(0);
    expect(stage()).toBe('write_both');
  });

  it('is taken by another one, which goes on from where the moves are', async () => {
    join();
    nodes.answers.copy = () => RUNNING;
    const first = startDriver();
    await simulation.advance(1_000);
    first.stop();
    expect(log.ring.moves.size).toBe(ACTIVE_MOVES_MAX);
    nodes.taken();
    nodes.answers.copy = () => DONE;
    startDriver();
    await simulation.advance(10_000);
    expect(nodes.asked[0]).toMatch(/^fence/);
    expect([log.ring.moves.size, log.state.goal()]).toEqual([0, undefined]);
  });

  it('is lost and the log takes no more: it is tried again', async () => {
    loneSwap();
    let refusals = 3;
    enter = async (command) => {
      if (refusals-- > 0) throw new QuorateError('metadata_unavailable', 'no leader');
      return log.run(command);
    };
    startDriver();
    await simulation.advance(2_000);
    expect(log.state.goal()).toBeUndefined();
    expect(fatal).toEqual([]);
  });
});

describe('a driver that is stopped', () => {
  it('asks nobody how far it is', async () => {
    loneSwap();
    nodes.answers.copy = () => RUNNING;
    const driver = startDriver();
    await simulation.advance(1_000);
    driver.stop();
    nodes.taken();
    await simulation.advance(5_000);
    expect(nodes.asked).toEqual([]);
  });

  it('begins nothing and enters nothing, though answers come', async () => {
    loneSwap();
    const held = new Held<typeof DONE>();
    nodes.answers.copy = () => held.answer;
    const driver = startDriver();
    await simulation.advance(500);
    const before = [entered.length, nodes.asked.length];
    driver.stop();
    held.give(DONE);
    await simulation.advance(5_000);
    expect([entered.length, nodes.asked.length]).toEqual(before);
  });
});

describe('what nobody expects', () => {
  const fault = new InvariantError('a fault of the program');
  const faulty = async () => {
    throw fault;
  };

  it.each(['prepare', 'fence', 'copy', 'leave'])('ends the node: from a %s', async (what) => {
    loneSwap();
    nodes.answers[what] = faulty;
    startDriver();
    await simulation.advance(1_000);
    expect(fatal[0]).toBe(fault);
  });

  it('ends the node: from the log', async () => {
    loneSwap();
    enter = faulty;
    startDriver();
    await simulation.advance(100);
    expect(fatal[0]).toBe(fault);
  });
});
