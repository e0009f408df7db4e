/** What operators are told of changes of the ring, and what becomes of what they ask for. */

import { beforeEach, describe, expect, it } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { RequestLedger } from '../../../src/node/request-ledger.ts';
import { RingChanges } from '../../../src/node/ring-changes.ts';
import { TRANSFER_STATUS } from '../../../src/node/ring-moves/transfer-status.ts';
import type { CallType, Transport } from '../../../src/ports/transport.ts';
import type { PartitionSize } from '../../../src/repair/transfer/partition-sizes.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { founded, Log, seed, seeds } from '../metadata/cluster.ts';
import { FakeGroup } from './ring-moves/fake-group.ts';
import { NO_SHARE, unreachable } from './ring-moves/fake-nodes.ts';

const TIMEOUT_MS = 2_000;
const JOIN = { type: 'join', node: 'n5' } as const;

let simulation: Simulation;
let log: Log;
let group: FakeGroup;
let alive: string[];
let silent: string[];
let changes: RingChanges;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  log = new Log(founded({ drawRing: true, nodes: seeds(4) }));
  log.must({ type: 'admit_node', ...seed(5) });
  silent = [];
  alive = [];
  changes = opened();
});

function opened(): RingChanges {
  group = new FakeGroup(log);
  const clock = new SimClock(simulation);
  const transport = {
    call: async (node: string, type: CallType<unknown, unknown>, request: readonly number[]) => {
      if (silent.includes(node)) unreachable(node);
      if (type.kind === TRANSFER_STATUS.kind) return { ...NO_SHARE, bytesTaken: 10 };
      return request.map((partition): PartitionSize => ({ partition, keys: 1, bytes: 100 }));
    },
  } as unknown as Transport;
  const requests = new RequestLedger(clock, new SimMetrics());
  const liveness = { reachable: (node: string) => alive.includes(node) };
  return new RingChanges(group.group, requests, { self: 'n1', clock, transport, liveness });
}

const done = <Result>(work: Promise<Result>) => simulation.complete(work);

describe('the plan', () => {
  it('is none while nothing is staged', async () => {
    expect(await done(changes.plan(TIMEOUT_MS))).toEqual({
      node: 'n1',
      epoch: log.state.epoch,
      done: undefined,
      staged: [],
      plan: undefined,
      movesLeft: undefined,
      notes: [],
    });
  });

  it('is what the staged changes would do, with the bytes that there are', async () => {
    const { staged, plan } = await done(changes.stage(JOIN, TIMEOUT_MS));
    expect(staged).toEqual([JOIN]);
    expect(plan?.movedPlaces).toBeGreaterThan(0);
    expect(plan?.bytesToMove).toBe((plan?.movedPlaces ?? 0) * 100);
  });

  it('has no bytes where somebody does not say', async () => {
    silent = [log.ring.replicas[0]?.[0] as string];
    expect((await done(changes.stage(JOIN, TIMEOUT_MS))).plan?.bytesToMove).toBeUndefined();
  });

  it('is as of now: after all that was acknowledged before', async () => {
    group.beforeRead = () => log.stage(JOIN);
    expect((await done(changes.plan(TIMEOUT_MS))).staged).toEqual([JOIN]);
  });

  it('is refused while there is no ring', async () => {
    log = new Log(founded());
    changes = opened();
    const refused = { code: 'ring_forming' };
    await expect(done(changes.plan(TIMEOUT_MS))).rejects.toMatchObject(refused);
    await expect(done(changes.commit(TIMEOUT_MS))).rejects.toMatchObject(refused);
  });
});

describe('a commit', () => {
  it('begins what is staged', async () => {
    await done(changes.stage(JOIN, TIMEOUT_MS));
    const committed = await done(changes.commit(TIMEOUT_MS));
    const { staged, plan, movesLeft } = committed;
    expect([staged, plan]).toEqual([[], undefined]);
    expect(committed.done).toEqual({ type: 'committed', changes: [JOIN] });
    expect(movesLeft).toBe(log.toMove().length);
  });

  it('is refused where the plan that it was made for is out of date', async () => {
    await done(changes.stage(JOIN, TIMEOUT_MS));
    group.beforeRun = ({ type }) => {
      if (type === 'commit_changes') log.stage({ type: 'weight', node: 'n1', weight: 3 });
    };
    await expect(done(changes.commit(TIMEOUT_MS))).rejects.toMatchObject({ code: 'stale_epoch' });
    expect(log.state.goal()).toBeUndefined();
    expect(log.state.staged()).toHaveLength(2);
  });

  it('is refused where nothing is staged', async () => {
    await expect(done(changes.commit(TIMEOUT_MS))).rejects.toMatchObject({
      code: 'change_refused',
    });
  });
});

it('what cannot be is refused when it is staged', async () => {
  const change = { type: 'join', node: 'n9' } as const;
  await expect(done(changes.stage(change, TIMEOUT_MS))).rejects.toMatchObject({ definite: true });
});

it('what is staged can be taken back, and what is committed given up', async () => {
  await done(changes.stage(JOIN, TIMEOUT_MS));
  const cleared = { done: { type: 'cleared', changes: [JOIN] }, staged: [] };
  expect(await done(changes.clear(TIMEOUT_MS))).toMatchObject(cleared);
  await done(changes.stage(JOIN, TIMEOUT_MS));
  await done(changes.commit(TIMEOUT_MS));
  const inAll = log.toMove().length;
  log.begin(log.toMove().slice(0, 3));
  log.advance([...log.ring.moves.keys()].slice(0, 2));
  const aborted = await done(changes.abort(TIMEOUT_MS));
  // Of three, the one that was in `prepare` is gone at once.
  const counts = { movesNotBegun: inAll - 3, movesToEnd: 2 };
  expect(aborted).toMatchObject({ movesLeft: undefined, done: { type: 'aborted', ...counts } });
  expect(log.state.goal()).toBeUndefined();
});

it('where nothing is under way, what is staged is given up', async () => {
  log.stage(JOIN);
  const given = { done: { type: 'cleared', changes: [JOIN] }, staged: [] };
  expect(await done(changes.abort(TIMEOUT_MS))).toMatchObject(given);
  expect(log.state.staged()).toEqual([]);
  const again = done(changes.abort(TIMEOUT_MS));
  await expect(again).rejects.toMatchObject({ code: 'change_refused' });
});

describe('notes', () => {
  const notes = async () => (await done(changes.plan(TIMEOUT_MS))).notes;

  it('name a silent node that is to give or to get data', async () => {
    log.stage(JOIN, { type: 'leave', node: 'n2' }, { type: 'weight', node: 'n3', weight: 2 });
    alive = ['n2'];
    const silent = { code: 'node_silent', node: 'n5' };
    expect(await notes()).toEqual([
      { ...silent, detail: expect.stringContaining('quorate cluster clear') },
    ]);
    alive = ['n2', 'n5'];
    expect(await notes()).toEqual([]);
  });

  it('name a dead node whose salvage is open, until that is closed', async () => {
    log.must({
      type: 'register_start',
      ...{
        nodeNo: 2,
        directoryId: 'directory-2',
        bootNumber: 1,
        since: [],
        version: LATEST_VERSION,
        life: 1,
      },
      address: seed(2).address,
    });
    log.change({ type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false });
    expect(await notes()).toEqual([
      {
        code: 'salvage_open',
        node: 'n2',
        detail: expect.stringContaining('quorate salvage --close n2'),
      },
    ]);
    log.must({ type: 'close_salvage', name: 'n2' });
    expect(await notes()).toEqual([]);
  });
});

describe('transfers', () => {
  it('are put together from all who answer soon', async () => {
    silent = ['n2'];
    expect(await done(changes.transfers(TIMEOUT_MS))).toMatchObject({ node: 'n1', bytesMoved: 40 });
    silent = ['n1', 'n3', 'n4'];
    expect(await done(changes.transfers(TIMEOUT_MS))).toMatchObject({ bytesMoved: 50 });
  });

  it('have a rate that can be set, and taken away again', async () => {
    const set = await done(changes.setTransferRate(5_000, TIMEOUT_MS));
    expect(set.bytesPerSecond).toBe(5_000);
    const free = await done(changes.setTransferRate(null, TIMEOUT_MS));
    expect(free.bytesPerSecond).toBeNull();
  });
});

it('does not take a node for dead that is alive', async () => {
  alive = ['n2'];
  const change = { type: 'remove', node: 'n2', acceptLoss: false } as const;
  await expect(done(changes.stage(change, TIMEOUT_MS))).rejects.toMatchObject({
    code: 'change_refused',
    message: expect.stringContaining('n2 is alive'),
  });
  alive = [];
  expect((await done(changes.stage(change, TIMEOUT_MS))).staged).toEqual([change]);
});

it.each([
  { type: 'remove', node: 'n2', acceptLoss: false },
  { type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false },
] as const)(
  'commits to nothing by which a node is given up that has come back: %o',
  async (change) => {
    await done(changes.stage(change, TIMEOUT_MS));
    group.beforeRead = () => {
      alive = ['n2'];
    };
    await expect(done(changes.commit(TIMEOUT_MS))).rejects.toMatchObject({
      code: 'change_refused',
      message: expect.stringContaining('n2 is alive'),
    });
    expect(log.state.nodeNamed('n2')?.status).toBe('member');
    group.beforeRead = () => {
      alive = [];
    };
    await done(changes.commit(TIMEOUT_MS));
    expect(log.state.nodeNamed('n2')?.status).toBe('dead');
  },
);

it('lets an operator say more of a node that is dead already, whether it seems alive or not', async () => {
  log.change({ type: 'remove', node: 'n2', acceptLoss: false });
  alive = ['n2'];
  await done(changes.stage({ type: 'remove', node: 'n2', acceptLoss: true }, TIMEOUT_MS));
  await done(changes.commit(TIMEOUT_MS));
  expect(log.state.nodeNamed('n2')?.lossAccepted).toBe(true);
});
