/** Snapshots of a member's own state, and those of the leader that come in between. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { MetadataState } from '../../../src/metadata/state.ts';
import type { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import { SnapshotMaker } from '../../../src/node/metadata-group/snapshot-maker.ts';
import type { Raft } from '../../../src/raft/raft.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { bytesOf, founded, restored, seeds } from '../metadata/cluster.ts';
import { configurationOf, foundedStore } from './founded-store.ts';

const CONFIGURATION = configurationOf([1, 2, 3]);
const TERM = 2;
/** More than that many entries make a snapshot due. */
const MANY = 20_100;
const SENT = Uint8Array.of(7);

let simulation: Simulation;
let store: RaftStore;
let maker: SnapshotMaker;
let state: MetadataState;
let fatal: unknown[];
let compacted: number[];

const done = <Result>(promise: Promise<Result>) => simulation.complete(promise);
const chunksOf = () => [...store.chunks(store.snapshot)];

function countMany(): void {
  for (let index = 0; index < MANY; index++) maker.count({ type: 'empty', index, term: TERM });
}

/** What the leader sent is in the place of the log, before what was begun earlier is on disk. */
function install(index: number): Promise<void> {
  const snapshot = { index, term: TERM, configuration: CONFIGURATION };
  void store.stageChunk(index, 0, SENT);
  return store.persist({ hardState: undefined, snapshot, entries: [] });
}

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  const disk = new SimDisk();
  store = await foundedStore(simulation, new SimStore(simulation, disk, () => {}), CONFIGURATION);
  store.recover();
  disk.timing = { commitMsMax: 50, flushMsMax: 50 };
  state = founded({ nodes: seeds(3) });
  while (state.index < 5) state.skip(state.index + 1);
  fatal = [];
  compacted = [];
  const raft = {
    termAt: () => TERM,
    configurationAt: () => CONFIGURATION,
    compacted: ({ index }: { index: number }) => compacted.push(index),
  };
  const onFatal = (error: unknown) => fatal.push(error);
  maker = new SnapshotMaker({ raft: raft as unknown as Raft, store, onFatal });
});

describe('a snapshot of its own', () => {
  it('is made when enough was applied, and takes the place of the one before', async () => {
    maker.makeIfDue(state);
    await simulation.advance(1_000);
    expect(store.snapshot.index).toBe(1);
    countMany();
    maker.makeIfDue(state);
    await simulation.advance(1_000);
    expect(store.snapshot).toMatchObject({ index: 5, term: TERM });
    expect(Buffer.concat(chunksOf()).toString('base64')).toBe(bytesOf(restored(state)));
    expect(() => store.chunk(1, 0)).toThrow('missing');
    expect([compacted, fatal]).toEqual([[5], []]);
  });

  it('is not due for what was applied before a snapshot of the leader came', async () => {
    countMany();
    maker.restored();
    maker.makeIfDue(state);
    await simulation.advance(1_000);
    expect([store.snapshot.index, compacted]).toEqual([1, []]);
  });
});

describe('a snapshot that was restored', () => {
  it('is never deleted by one that would be made at its very index', async () => {
    await done(install(5));
    countMany();
    maker.makeIfDue(state);
    await simulation.advance(1_000);
    expect([store.snapshot.index, chunksOf()]).toEqual([5, [Buffer.from(SENT)]]);
    expect([compacted, fatal]).toEqual([[], []]);
  });

  it.each([5, 31])(
    'is never deleted where it came while one of index 5 was made: %i',
    async (index) => {
      countMany();
      maker.makeIfDue(state);
      await simulation.advance(1);
      expect(store.chunk(5, 0).length).toBeGreaterThan(SENT.length);
      await done(install(index));
      await simulation.advance(1_000);
      expect(store.snapshot.index).toBe(index);
      expect(chunksOf()[0]).toEqual(Buffer.from(SENT));
      if (index > 5) expect(() => store.chunk(5, 0)).toThrow('missing');
      expect([compacted, fatal]).toEqual([[], []]);
    },
  );
});
