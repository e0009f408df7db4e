import { beforeEach, describe, expect, it } from 'vitest';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import { Applier } from '../../../src/node/metadata-group/applier.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import type { Entry, SnapshotMeta } from '../../../src/raft/entry.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { bytes, bytesOf, founded, Log } from '../metadata/cluster.ts';
import { CountingClock } from './counting-clock.ts';

const CONFIGURATION = { voters: [1], outgoing: [], learners: [] };
const IDENTITY = {
  clusterId: '0123456789abcdef',
  nodeNo: 1,
  name: 'n1',
  directoryId: 'd',
  peers: [],
};

let simulation: Simulation;
let store: RaftStore;
let applier: Applier;
let told: string[];
let clock: CountingClock;

const done = <Result>(promise: Promise<Result>) => simulation.complete(promise);
const state = () => applier.state as MetadataState;

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  store = new RaftStore(new SimStore(simulation, new SimDisk(), () => {}));
  const meta = { index: 1, term: 1, configuration: CONFIGURATION };
  await done(store.found(IDENTITY, meta, [...founded().snapshot()]));
  store.recover();
  told = [];
  clock = new CountingClock(simulation);
  applier = new Applier({
    clock,
    store,
    onEntry: ({ index }, reply) => told.push(`${index} ${reply?.ok ?? 'no command'}`),
    onRestored: (index) => told.push(`restored ${index}`),
    onApplied: (index) => told.push(`applied ${index}`),
    onFatal: (error) => told.push(`fatal ${error}`),
  });
});

/** Entries that grant leases. */
function grants(first: number, last: number): Entry[] {
  const data = encodeCommand({ command: { type: 'grant_lease', ttlMs: 5_000 } });
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    type: 'command',
    index: first + at,
    term: 1,
    data,
  }));
}

/** Puts a state whose log has reached the index on disk, beside the log. */
async function stage(index: number, values: number): Promise<SnapshotMeta> {
  const log = new Log();
  const bucket = log.raftBucket();
  for (let at = 0; at < values; at++) log.put(bucket, `key ${at}`, 'value');
  while (log.state.index < index) log.state.skip(log.state.index + 1);
  const meta = { index, term: 1, configuration: CONFIGURATION };
  for (const [at, chunk] of [...log.state.snapshot()].entries()) {
    await done(store.stageChunk(index, at, chunk));
  }
  return meta;
}

/** The log is replaced by it. */
function persist(snapshot: SnapshotMeta): Promise<void> {
  return store.persist({ hardState: undefined, snapshot, entries: [] });
}

async function install(index: number, values: number): Promise<SnapshotMeta> {
  const meta = await stage(index, values);
  await done(persist(meta));
  return meta;
}

describe('committed entries', () => {
  it('are applied in the turn that they come in', () => {
    applier.take(undefined, [...grants(2, 3), { type: 'empty', index: 4, term: 1 }]);
    expect(told).toEqual(['2 true', '3 true', '4 no command', 'applied 4']);
    expect(state().index).toBe(4);
  });

  it('are applied over several turns where they are many, and in their order', async () => {
    const reached = applier.applied(3_000, 60_000);
    applier.take(undefined, grants(2, 2_000));
    applier.take(undefined, grants(2_001, 3_000));
    expect(state().index).toBeLessThan(1_000);
    await done(reached);
    expect(state().index).toBe(3_000);
    expect(told.filter((line) => line.endsWith('true'))).toEqual(
      grants(2, 3_000).map(({ index }) => `${index} true`),
    );
  });

  it('that cannot be understood stop the node, and none behind them is applied', async () => {
    const unknown: Entry = { type: 'command', index: 2, term: 1, data: bytes('\xff') };
    applier.take(undefined, [unknown, ...grants(3, 3)]);
    applier.take(undefined, grants(4, 5));
    await simulation.advance(1_000);
    const why = 'fatal UnknownCommandError: command version 255 is unknown: this node is too old';
    expect(told).toEqual([expect.stringContaining(why)]);
    expect(state().index).toBe(1);
  });
});

describe('whoever waits for an index', () => {
  it('is told at once where it is there', async () => {
    expect(await done(applier.applied(1, 0))).toBe(true);
  });

  it('is told when it is reached, and not before', async () => {
    const reached = applier.applied(3, 60_000).then(() => told.push('reached'));
    applier.take(undefined, grants(2, 2));
    await simulation.advance(10);
    applier.take(undefined, grants(3, 4));
    await done(reached);
    expect(told).toEqual(['2 true', 'applied 2', '3 true', '4 true', 'applied 4', 'reached']);
    applier.take(undefined, grants(5, 5));
    expect(clock.cancelled).toBe(1);
  });

  it('is told at its deadline that it is not there, and is forgotten', async () => {
    const [early, late] = [applier.applied(2, 100), applier.applied(2, 10_000)];
    expect(await done(early)).toBe(false);
    expect(simulation.nowMs).toBe(100);
    applier.take(undefined, grants(2, 2));
    expect(await done(late)).toBe(true);
    expect(simulation.nowMs).toBe(100);
    expect(clock.cancelled).toBe(1);
  });

  it('is told by a snapshot that reaches so far', async () => {
    const reached = applier.applied(1_900, 60_000);
    applier.take(await install(2_000, 1), []);
    expect(await done(reached)).toBe(true);
  });
});

describe('a snapshot', () => {
  it('is taken up over several turns; the entries after it wait', async () => {
    const snapshot = await install(2_000, 1_000);
    applier.take(snapshot, []);
    applier.take(undefined, grants(2_001, 2_002));
    expect(state().index).toBe(1);
    await done(applier.applied(2_002, 60_000));
    expect(told).toEqual([
      'restored 2000',
      'applied 2000',
      '2001 true',
      '2002 true',
      'applied 2002',
    ]);
    expect(state().values.count).toBe(1_000);
  });

  it('gives way to a newer one that comes before its chunks are read', async () => {
    const second = await stage(3_000, 10);
    const first = await install(2_000, 1_000);
    applier.take(first, []);
    applier.take(undefined, grants(2_001, 2_002));
    await done(persist(second));
    applier.take(second, []);
    applier.take(undefined, grants(3_001, 3_001));
    await done(applier.applied(3_001, 60_000));
    expect(told).toEqual(['restored 3000', 'applied 3000', '3001 true', 'applied 3001']);
    expect(state().values.count).toBe(10);
  });

  it('is what a node begins with', () => {
    expect(bytesOf(state())).toBe(bytesOf(founded()));
  });

  it('is not taken up by a node that stops meanwhile', async () => {
    applier.take(await install(2_000, 1_000), []);
    applier.stop();
    await done(new Promise<void>((resolve) => simulation.schedule(1_000, resolve)));
    expect(state().index).toBe(1);
    expect(told).toEqual([]);
  });
});
