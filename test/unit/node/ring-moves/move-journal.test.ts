/** What the log and the numbers of a node say of the changes of the ring. */

import { beforeEach, describe, expect, it } from 'vitest';
import { MoveJournal } from '../../../../src/node/ring-moves/move-journal.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';
import { founded, Log, restored, seed, seeds } from '../../metadata/cluster.ts';

let simulation: Simulation;
let log: Log;
let logger: SimLogger;
let metrics: SimMetrics;
let journal: MoveJournal;
let leads: boolean;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  log = new Log(founded({ drawRing: true, nodes: seeds(4) }));
  log.must({ type: 'admit_node', ...seed(5) });
  metrics = new SimMetrics();
  leads = true;
  journal = openJournal();
  follow();
});

function openJournal(): MoveJournal {
  logger = new SimLogger(simulation, 'n1');
  return new MoveJournal({ clock: new SimClock(simulation), logger, metrics });
}

function follow(): void {
  journal.follow(log.state, leads);
}

/** Of the events since the last time. */
function told(): readonly (readonly [string, object])[] {
  return logger.entries.splice(0).map(({ event, fields }) => [event, fields] as const);
}

const events = () => told().map(([event]) => event);

/** n5 takes the first place of partition 0, and nothing else. */
function loneSwap(): void {
  log.stage({ type: 'join', node: 'n5' });
  follow();
  const goal = log.ring.replicas.map((list, at) => (at === 0 ? list.with(0, 'n5') : list));
  log.must({ ...log.committing(), replicas: goal });
  follow();
}

async function step(what: () => void, ms = 500): Promise<void> {
  await simulation.advance(ms);
  what();
  follow();
}

describe('the log of the leader', () => {
  it('tells of a change from its commit to its end, with what it took', async () => {
    const from = log.ring.replicas[0] as readonly string[];
    const to = from.with(0, 'n5');
    loneSwap();
    const changes = [{ type: 'join', node: 'n5' }];
    expect(told()).toEqual([['change of the ring committed', { changes, partitions: 1 }]]);
    await step(() => log.begin());
    const { session } = log.move(0);
    const move = { partition: 0, session, from, to };
    expect(told()).toEqual([['move begun', move]]);
    await step(() => log.advance());
    journal.copied(log.move(0), { keys: 4, bytes: 400 });
    journal.copied(log.move(0), { keys: 10, bytes: 1_000 });
    await step(() => log.advance());
    await step(() => log.advance());
    expect(told()).toEqual([]);
    await step(() => log.advance());
    const copied = { keys: 10, bytes: 1_000 };
    expect(told()).toEqual([
      ['move finished', { ...move, ...copied, seconds: 2 }],
      ['ring settled', { moves: 1, ...copied, seconds: 2.5 }],
    ]);
  });

  it('has one line each for the beginning and the end of a move', () => {
    log.change({ type: 'join', node: 'n5' });
    follow();
    const inAll = log.toMove().length;
    expect(inAll).toBeGreaterThan(2);
    while (log.state.goal() !== undefined) {
      if (log.toMove().length > 0) log.begin();
      follow();
      log.advance();
      follow();
    }
    const all = events();
    const count = (event: string) => all.filter((one) => one === event).length;
    expect([count('move begun'), count('move finished'), count('ring settled')]).toEqual([
      inAll,
      inAll,
      1,
    ]);
  });

  it('says nothing of bytes that this node cannot know', async () => {
    loneSwap();
    log.begin();
    follow();
    told();
    while (log.ring.moves.size > 0) log.advance();
    follow();
    const fields = told().map(([event, { keys, bytes }]: readonly [string, Sizes]) => {
      return [event, keys, bytes];
    });
    expect(fields).toEqual([
      ['move finished', undefined, undefined],
      ['ring settled', undefined, undefined],
    ]);
  });

  it.each([
    ['prepare', 0, ['change of the ring given up', 'move given up', 'ring settled']],
    ['write_both', 1, ['change of the ring given up', 'move given up', 'move begun']],
    ['read_new', 2, ['change of the ring given up', 'move given up', 'move begun']],
  ])('tells of an abort in %s', (_, steps, expected) => {
    loneSwap();
    log.begin();
    for (let i = 0; i < steps; i++) log.advance();
    follow();
    told();
    log.must({ type: 'abort_changes' });
    follow();
    expect(events()).toEqual(expected);
    while (log.ring.moves.size > 0) log.advance();
    follow();
    expect(events()).toEqual(steps === 0 ? [] : ['move finished', 'ring settled']);
  });

  it('tells of a commit that has nobody move', () => {
    log.stage({ type: 'zone', node: 'n1', zone: undefined });
    follow();
    log.must({ ...log.committing(), replicas: log.ring.replicas });
    follow();
    expect(told()[0]).toEqual([
      'change of the ring committed',
      { changes: [{ type: 'zone', node: 'n1', zone: undefined }], partitions: 0 },
    ]);
  });

  it('does not take what is unstaged for a commit', () => {
    log.stage({ type: 'join', node: 'n5' });
    follow();
    log.must({ type: 'unstage_changes' });
    follow();
    expect(told()).toEqual([]);
  });

  it.each(['left', 'dead'])('tells of a node that is retired, and is %s', (status) => {
    log.change(
      status === 'left'
        ? { type: 'leave', node: 'n4' }
        : { type: 'remove', node: 'n4', acceptLoss: false },
    );
    log.carryOut();
    follow();
    told();
    log.must({ type: 'retire_node', name: 'n4' });
    follow();
    expect(told()).toEqual([['node retired', { name: 'n4', status }]]);
  });

  it('tells nothing anew after a start, and of the end of what it found', async () => {
    loneSwap();
    log.begin();
    journal = openJournal();
    journal.follow(restored(log.state), leads);
    expect(told()).toEqual([]);
    while (log.ring.moves.size > 0) log.advance();
    follow();
    expect(told()).toMatchObject([
      ['move finished', { partition: 0, seconds: undefined }],
      ['ring settled', { moves: 1, seconds: undefined }],
    ]);
  });
});

describe('a node that does not lead', () => {
  it('tells nothing, and knows when moves began if it leads later', async () => {
    leads = false;
    loneSwap();
    await step(() => log.begin());
    expect(told()).toEqual([]);
    leads = true;
    await step(() => {
      while (log.ring.moves.size > 0) log.advance();
    }, 3_000);
    expect(told()).toMatchObject([
      ['move finished', { seconds: 3 }],
      ['ring settled', { seconds: 3.5 }],
    ]);
  });
});

describe('the numbers', () => {
  it('tell what moves, what is left, what waits and what is done', async () => {
    let waiting = 0;
    journal.start(() => waiting);
    const numbers = async () => {
      follow();
      await simulation.advance(500);
      return [
        'ring_moves',
        'ring_moves_left',
        'ring_moves_waiting',
        'ring_moves_finished_total',
      ].map((name) => metrics.value(name));
    };
    expect(await numbers()).toEqual([0, 0, 0, 0]);
    log.change({ type: 'join', node: 'n5' });
    const inAll = log.toMove().length;
    expect(await numbers()).toEqual([0, inAll, 0, 0]);
    log.begin(log.toMove().slice(0, 1));
    waiting = 1;
    expect(await numbers()).toEqual([1, inAll - 1, 1, 0]);
    for (let i = 0; i < 4; i++) log.advance();
    waiting = 0;
    expect(await numbers()).toEqual([0, inAll - 1, 0, 1]);
    journal.stop();
    log.begin();
    expect(await numbers()).toEqual([0, inAll - 1, 0, 1]);
  });
});

interface Sizes {
  readonly keys?: number;
  readonly bytes?: number;
}
