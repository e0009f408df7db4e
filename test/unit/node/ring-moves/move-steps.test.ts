/** What each stage of a move asks of whom, and when it may be left. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../../../src/kernel/names.ts';
import {
  type Copied,
  carryOutStage,
  type PresentMove,
  StageWaits,
} from '../../../../src/node/ring-moves/move-steps.ts';
import type { MoveStage } from '../../../../src/ring/move.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';
import { DONE, FakeNodes, Held, RUNNING, unreachable } from './fake-nodes.ts';

const SWAP = { from: ['n1', 'n2', 'n3'], to: ['n4', 'n2', 'n3'] };
const ADD = { from: ['n1', 'n2'], to: ['n1', 'n2', 'n3'] };
const REMOVE_FIRST = { from: ['n1', 'n2', 'n3'], to: ['n2', 'n3'] };
const REMOVE_LAST = { from: ['n1', 'n2', 'n3'], to: ['n1', 'n2'] };

const PLACE = { partition: 7, epoch: 20, session: 12 };

let simulation: Simulation;
let nodes: FakeNodes;
let dead: NodeId[];
let acceptLoss: boolean;
let bucketNs: number[];
let isPresent: () => boolean;
let waits: (string | undefined)[];
let copied: Copied[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  nodes = new FakeNodes();
  dead = [];
  acceptLoss = false;
  bucketNs = [3];
  isPresent = () => true;
  waits = [];
  copied = [];
});

type Lists = Pick<PresentMove, 'from' | 'to'>;

function begin(lists: Lists, stage: MoveStage): Promise<boolean> {
  const ports = {
    clock: new SimClock(simulation),
    transport: nodes.transport,
    dead: new Set(dead),
    bucketNs: new Set(bucketNs),
    acceptLoss,
    mark: '',
    isPresent: () => isPresent(),
    onWaiting: (why: string | undefined) => void waits.push(why),
    onCopied: (_: PresentMove, sum: Copied) => void copied.push(sum),
  };
  return carryOutStage(ports, { ...PLACE, stage, ...lists });
}

function carryOut(lists: Lists, stage: MoveStage): Promise<boolean> {
  return simulation.complete(begin(lists, stage));
}

/** Whether it is under way yet after so long. */
async function stillWaiting(work: Promise<boolean>, ms: number): Promise<boolean> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  await simulation.advance(ms);
  return !isOver;
}

describe('who is asked', () => {
  it.each([
    ['a swap', SWAP, 'prepare', ['prepare n4']],
    ['a swap', SWAP, 'write_both', ['fence n1', 'copy n4']],
    ['a swap', SWAP, 'read_new', ['fence n1']],
    ['a swap', SWAP, 'stable', ['leave n1']],
    ['an add', ADD, 'prepare', ['prepare n3']],
    ['an add', ADD, 'write_both', ['fence n1', 'fence n2', 'copy n3']],
    ['an add', ADD, 'read_new', ['fence n1', 'fence n2']],
    ['an add', ADD, 'stable', []],
    ['a removal from the front', REMOVE_FIRST, 'prepare', ['prepare n2', 'prepare n3']],
    ['a removal from the front', REMOVE_FIRST, 'write_both', ['fence n1', 'copy n2', 'copy n3']],
    ['a removal from the front', REMOVE_FIRST, 'read_new', ['fence n1']],
    ['a removal from the front', REMOVE_FIRST, 'stable', ['leave n1']],
    ['a removal from the end', REMOVE_LAST, 'prepare', []],
    ['a removal from the end', REMOVE_LAST, 'write_both', ['fence n3', 'copy n1', 'copy n2']],
  ] as const)('of %s (%o) in %s', async (_, lists, stage, expected) => {
    expect(await carryOut(lists, stage)).toBe(true);
    expect(nodes.asked).toEqual(expected);
  });

  it.each([
    ['a swap', SWAP, 'write_both', ['fence n2', 'fence n3', 'copy n4']],
    ['a swap', SWAP, 'read_new', ['fence n2', 'fence n3']],
    ['a swap', SWAP, 'stable', []],
    [
      'a removal from the end',
      { from: ['n2', 'n3', 'n1'], to: ['n2', 'n3'] },
      'write_both',
      ['fence n2', 'fence n3', 'copy n2', 'copy n3'],
    ],
  ] as const)('of %s whose leaver is dead, in %s', async (_, lists, stage, expected) => {
    dead = ['n1'];
    expect(await carryOut(lists, stage)).toBe(true);
    expect(nodes.asked).toEqual(expected);
  });

  it('every message names partition, epoch and, where data is concerned, the session', async () => {
    await carryOut(SWAP, 'prepare');
    await carryOut(SWAP, 'write_both');
    await carryOut(SWAP, 'stable');
    expect(nodes.requests).toEqual([
      [PLACE],
      [{ partition: 7, epoch: 20 }],
      { ...PLACE, sources: ['n1'] },
      PLACE,
    ]);
  });

  it('nobody copies from itself', async () => {
    dead = ['n1'];
    await carryOut(REMOVE_FIRST, 'write_both');
    const copies = nodes.requests.filter((_, i) => nodes.asked[i]?.startsWith('copy'));
    expect(copies).toEqual([
      { ...PLACE, sources: ['n3'] },
      { ...PLACE, sources: ['n2'] },
    ]);
  });
});

describe('a stage is not left', () => {
  it.each([
    ['prepare', 'prepare', SWAP, 'n4 did not make room: stale_epoch'],
    ['write_both', 'fence', SWAP, 'n1 did not fence: stale_epoch'],
    ['read_new', 'fence', SWAP, 'n1 did not fence: stale_epoch'],
  ] as const)('%s: where a %s is refused', async (stage, what, lists, message) => {
    nodes.answers[what] = () => ['stale_epoch'];
    await expect(carryOut(lists, stage)).rejects.toThrow(new StageWaits(message));
  });

  it.each(['prepare', 'write_both', 'read_new', 'stable'] as const)(
    '%s: where nobody answers',
    async (stage) => {
      for (const what of ['prepare', 'fence', 'copy', 'leave']) nodes.answers[what] = unreachable;
      await expect(carryOut(SWAP, stage)).rejects.toThrow('cannot be reached');
    },
  );

  it('where one of several did not fence, though the others did', async () => {
    nodes.answers.fence = (node) => [node === 'n2' ? 'not_ready' : true];
    for (const stage of ['write_both', 'read_new'] as const) {
      await expect(carryOut(ADD, stage)).rejects.toThrow('n2 did not fence: not_ready');
    }
    expect(nodes.asked.filter((one) => one.startsWith('copy'))).toEqual([]);
  });

  it('nothing is copied before the fence is confirmed', async () => {
    const held = new Held<readonly true[]>();
    nodes.answers.fence = () => held.answer;
    const work = begin(SWAP, 'write_both');
    await simulation.advance(1_000);
    expect(nodes.asked).toEqual(['fence n1']);
    held.give([true]);
    expect(await simulation.complete(work)).toBe(true);
    expect(nodes.asked).toEqual(['fence n1', 'copy n4']);
  });

  it('where one receiver of several is not done', async () => {
    let isDone = false;
    nodes.answers.copy = (node) => (node === 'n2' || isDone ? DONE : RUNNING);
    const work = begin(REMOVE_FIRST, 'write_both');
    expect(await stillWaiting(work, 1_000)).toBe(true);
    expect(nodes.asked.filter((one) => one === 'copy n2')).toHaveLength(1);
    expect(copied.at(-1)).toEqual({ keys: 13, bytes: 1_300 });
    isDone = true;
    expect(await simulation.complete(work)).toBe(true);
    expect(copied.at(-1)).toEqual({ keys: 20, bytes: 2_000 });
  });

  it('where a copy failed: with what it says', async () => {
    nodes.answers.copy = () => ({ ...RUNNING, state: 'failed', detail: 'the move has gone on' });
    await expect(carryOut(SWAP, 'write_both')).rejects.toThrow('the move has gone on');
  });

  it('where the leaver has not let go', async () => {
    nodes.answers.leave = () => RUNNING;
    expect(await stillWaiting(begin(SWAP, 'stable'), 5_000)).toBe(true);
  });

  it('and it is told what a copy waits for, until it goes on', async () => {
    let detail: string | null = 'n1 cannot be reached';
    nodes.answers.copy = () => ({ ...RUNNING, detail });
    await stillWaiting(begin(SWAP, 'write_both'), 500);
    expect(waits.at(-1)).toBe('n1 cannot be reached');
    detail = null;
    await simulation.advance(500);
    expect(waits.at(-1)).toBeUndefined();
  });
});

describe('where too few of C_n are left', () => {
  const TOO_FEW =
    'too many of its replicas are dead for buckets with n=1: what was acknowledged may be lost with them; if it is, say so: "quorate cluster remove n1 --accept-loss" and "quorate cluster commit"';

  beforeEach(() => {
    dead = ['n1'];
    bucketNs = [1, 3];
  });

  it.each(['write_both', 'read_new'] as const)('%s waits, and says why', async (stage) => {
    await expect(carryOut(SWAP, stage)).rejects.toThrow(TOO_FEW);
    expect(nodes.asked).toEqual([]);
  });

  it('it goes on where there is no such bucket, or the loss is accepted', async () => {
    bucketNs = [3];
    expect(await carryOut(SWAP, 'write_both')).toBe(true);
    bucketNs = [1, 3];
    acceptLoss = true;
    expect(await carryOut(SWAP, 'write_both')).toBe(true);
  });

  it('an accepted loss leaves out no survivor', async () => {
    acceptLoss = true;
    dead = ['n1', 'n2'];
    nodes.answers.fence = () => ['not_ready'];
    await expect(carryOut(SWAP, 'write_both')).rejects.toThrow('n3 did not fence: not_ready');
  });
});

describe('a move that is no longer present', () => {
  it.each(['prepare', 'write_both', 'read_new', 'stable'] as const)(
    'is not reported as done: %s',
    async (stage) => {
      let asked = 0;
      isPresent = () => asked === 0;
      for (const [what, answer] of Object.entries(nodes.answers)) {
        nodes.answers[what] = (node, request) => {
          asked++;
          return answer(node, request);
        };
      }
      expect(await carryOut(SWAP, stage)).toBe(false);
    },
  );

  it('is not copied any more after its fence', async () => {
    nodes.answers.fence = () => {
      isPresent = () => false;
      return [true];
    };
    expect(await carryOut(SWAP, 'write_both')).toBe(false);
    expect(nodes.asked).toEqual(['fence n1']);
  });

  it('is not asked about again', async () => {
    nodes.answers.copy = () => RUNNING;
    const work = begin(SWAP, 'write_both');
    await simulation.advance(500);
    const before = nodes.taken().length;
    expect(before).toBeGreaterThan(2);
    isPresent = () => false;
    expect(await simulation.complete(work)).toBe(false);
    expect(nodes.asked).toEqual([]);
  });
});
