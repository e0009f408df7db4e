/** Who is told of a completed round of reaping by whom, when the replicas are others than then. */

import { beforeEach, expect, it } from 'vitest';
import { InvariantError } from '../../../src/kernel/invariant.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { CompletedRounds } from '../../../src/repair/completed-rounds.ts';
import type { EndRequest } from '../../../src/repair/reap-messages.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { ChangingView, ringWithList, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';
import { unreachable } from '../node/ring-moves/fake-nodes.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];
const REAP = 40;

let view: ChangingView;
let told: string[];
let silent: NodeId[];
let down: NodeId[];
let salvages: NodeId[];
let unfinished: boolean;
let closed: boolean;
let failure: Error | undefined;
let rounds: CompletedRounds;

beforeEach(() => {
  const simulation = new Simulation(1, settle);
  const members = NODES.map((id) => ({ id }));
  view = new ChangingView({ members, partitionCount: 4, replicationFactor: 3 }, simulation);
  [told, silent, down, salvages] = [[], [], [], []];
  [unfinished, closed, failure] = [false, false, undefined];
  place(['n1', 'n2', 'n3']);
  rounds = new CompletedRounds({
    self: 'n1',
    view: { ring: () => view.ring(), openSalvages: () => salvages },
    clock: new SimClock(simulation),
    logger: new SimLogger(simulation, 'n1'),
    liveness: { reachable: (node) => !down.includes(node) },
    reaps: { completed: () => REAP, isUnfinished: () => unfinished },
    isClosed: () => closed,
    transport: {
      call: async (node: NodeId, { kind }: { kind: string }, request: EndRequest) => {
        expect(kind).toBe('reap.end');
        expect(request).toMatchObject({ reap: REAP, completed: true });
        told.push(`${node} of ${request.partition}`);
        if (failure !== undefined) throw failure;
        if (silent.includes(node)) unreachable(node);
        return true;
      },
    } as never,
  });
});

function place(list: readonly NodeId[], partition = 0): void {
  view.hear(ringWithList(view.ring(), partition, list));
}

/** Who was told, each once. */
async function tell(...partitions: readonly number[]): Promise<readonly string[]> {
  told = [];
  await rounds.tell(partitions.length === 0 ? [0] : partitions);
  return told;
}

it('all others that keep the partition are, once, and again when the list has changed', async () => {
  expect(await tell()).toEqual(['n2 of 0', 'n3 of 0']);
  expect(await tell()).toEqual([]);
  place(['n1', 'n2', 'n4']);
  expect(await tell()).toEqual(['n2 of 0', 'n4 of 0']);
  expect(await tell()).toEqual([]);
});

it('not while the partition moves', async () => {
  const [from, to] = [
    ['n1', 'n2', 'n3'],
    ['n1', 'n2', 'n4'],
  ];
  for (const stage of ['prepare', 'write_both', 'read_new', 'stable'] as const) {
    view.hear(ringWithMove(view.ring(), { partition: 0, session: 9, stage, from, to }));
    expect(await tell()).toEqual([]);
  }
});

it('not while the last round is unfinished here', async () => {
  unfinished = true;
  expect(await tell()).toEqual([]);
});

it('not while what a dead node alone had may be salvaged', async () => {
  salvages = ['n9'];
  expect(await tell()).toEqual([]);
  salvages = [];
  expect(await tell()).toEqual(['n2 of 0', 'n3 of 0']);
});

it('not by others than the first of the list, nor at a stop', async () => {
  place(['n2', 'n1', 'n3']);
  expect(await tell()).toEqual([]);
  place(['n1', 'n2', 'n3']);
  closed = true;
  expect(await tell()).toEqual([]);
});

it('who is down or silent is told later, and holds up no other partition', async () => {
  place(['n1', 'n2', 'n3'], 1);
  place(['n1', 'n2', 'n4'], 2);
  silent = ['n3'];
  expect(await tell(0, 1, 2)).toEqual(['n2 of 0', 'n3 of 0', 'n2 of 2', 'n4 of 2']);
  silent = [];
  down = ['n3'];
  expect(await tell(0, 1, 2)).toEqual([]);
  down = [];
  expect(await tell(0, 1, 2)).toEqual(['n2 of 0', 'n3 of 0', 'n2 of 1', 'n3 of 1']);
});

it('what nobody expects is not taken for silence', async () => {
  failure = new InvariantError('broken');
  await expect(tell()).rejects.toThrow('broken');
});
