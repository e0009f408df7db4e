import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/kernel/errors.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import type { Entry } from '../../../src/raft/entry.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const CONFIGURATION = { voters: [1, 2, 3], outgoing: [], learners: [4] };
const IDENTITY = {
  clusterId: '00000000000000c1',
  nodeNo: 1,
  name: 'n1',
  directoryId: 'd',
  peers: [],
};

let simulation: Simulation;
let disk: SimDisk;

const open = () => new RaftStore(new SimStore(simulation, disk, () => {}));
const done = <Result>(promise: Promise<Result>) => simulation.complete(promise);
const command = (index: number, term: number): Entry => ({
  type: 'command',
  index,
  term,
  data: Uint8Array.of(index, term),
});
const write = (store: RaftStore, entries: readonly Entry[], commit = 1) =>
  done(store.persist({ hardState: { term: 9, vote: 2, commit }, snapshot: undefined, entries }));

async function founded(): Promise<RaftStore> {
  const store = open();
  const meta = { index: 1, term: 1, configuration: CONFIGURATION };
  await done(store.found(IDENTITY, meta, [Uint8Array.of(1), Uint8Array.of(2)]));
  store.recover();
  return store;
}

/** Changes one byte of the records of a table. */
function damage(table: number): void {
  for (const [key, value] of disk.committed) {
    if (key.charCodeAt(0) !== table) continue;
    const damaged = Buffer.from(value);
    const last = damaged.length - 9;
    damaged[last] = (damaged[last] as number) ^ 1;
    disk.committed.set(key, damaged);
  }
}

beforeEach(() => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
});

describe('the store of a member', () => {
  it('gives back what it was given', async () => {
    const store = await founded();
    const configuration: Entry = {
      type: 'configuration',
      index: 3,
      term: 2,
      configuration: { voters: [1, 2], outgoing: [1, 2, 3], learners: [3, 4] },
    };
    const entries = [command(2, 2), configuration, { type: 'empty', index: 4, term: 3 } as const];
    await write(store, entries, 3);
    const again = open();
    expect(again.identity()).toEqual(IDENTITY);
    const recovered = again.recover();
    expect(recovered.hardState).toEqual({ term: 9, vote: 2, commit: 3 });
    expect(recovered.snapshot).toMatchObject({ index: 1, term: 1, configuration: CONFIGURATION });
    expect(JSON.parse(JSON.stringify(recovered.entries))).toEqual(
      JSON.parse(
        JSON.stringify(entries.map((e) => ('data' in e ? { ...e, data: Buffer.from(e.data) } : e))),
      ),
    );
    expect([...again.chunks(again.snapshot)].map((chunk) => [...chunk])).toEqual([[1], [2]]);
  });

  it('replaces everything from the first entry that is written on', async () => {
    const store = await founded();
    await write(store, [command(2, 2), command(3, 2), command(4, 2)]);
    await write(store, [command(3, 5)]);
    expect(
      open()
        .recover()
        .entries.map(({ index, term }) => [index, term]),
    ).toEqual([
      [2, 2],
      [3, 5],
    ]);
  });

  it('keeps the entries after a snapshot of its own state, and those that are to be kept before', async () => {
    const store = await founded();
    await write(
      store,
      [2, 3, 4, 5].map((index) => command(index, 2)),
      5,
    );
    await done(store.stageChunk(4, 0, Uint8Array.of(7)));
    await done(
      store.finishSnapshot({ index: 4, term: 2, configuration: CONFIGURATION, chunkCount: 1 }),
    );
    await done(store.compact(4));
    const again = open();
    const { snapshot, entries } = again.recover();
    expect(snapshot.index).toBe(4);
    expect(entries.map(({ index }) => index)).toEqual([4, 5]);
    expect([...again.chunks(again.snapshot)].map((chunk) => [...chunk])).toEqual([[7]]);
  });

  it('has a snapshot that was sent in the place of its log in one write', async () => {
    const store = await founded();
    await write(store, [command(2, 2), command(3, 2)]);
    await done(store.clearStaged(9));
    await done(store.stageChunk(9, 0, Uint8Array.of(9)));
    expect(open().recover().snapshot.index).toBe(1);
    await done(store.stageChunk(9, 0, Uint8Array.of(9)));
    const snapshot = { index: 9, term: 4, configuration: CONFIGURATION };
    await done(store.persist({ hardState: undefined, snapshot, entries: [command(10, 4)] }));
    const recovered = open().recover();
    expect(recovered.snapshot).toMatchObject(snapshot);
    expect(recovered.entries.map(({ index }) => index)).toEqual([10]);
  });
});

describe('a snapshot that is pinned', () => {
  const chunksOf = (index: number, chunkCount: number) => {
    const snapshot = { index, term: 2, configuration: CONFIGURATION, chunkCount };
    return [...again().chunks(snapshot)].map((chunk) => [...chunk]);
  };
  /** What would be found after a power cut. */
  const again = () => new RaftStore(new SimStore(simulation, disk, () => {}));

  /** A snapshot at the index takes the place of the newest: its own, or one that was sent. */
  async function replace(store: RaftStore, index: number, whose: 'own' | 'sent'): Promise<void> {
    await done(store.stageChunk(index, 0, Uint8Array.of(index)));
    const snapshot = { index, term: 2, configuration: CONFIGURATION };
    if (whose === 'own') await done(store.finishSnapshot({ ...snapshot, chunkCount: 1 }));
    else await done(store.persist({ hardState: undefined, snapshot, entries: [] }));
  }

  it.each(['own', 'sent'] as const)(
    'stays, though a newer one of its %s takes its place, until it is unpinned',
    async (whose) => {
      const store = await founded();
      const unpin = store.pin(store.snapshot);
      await replace(store, 4, whose);
      await done(store.clearStaged(1));
      expect(chunksOf(1, 2)).toEqual([[1], [2]]);
      unpin();
      await simulation.advance(100);
      expect(() => chunksOf(1, 1)).toThrow('missing');
      expect(chunksOf(4, 1)).toEqual([[4]]);
    },
  );

  it('stays until the last of those who pinned it has unpinned it', async () => {
    const store = await founded();
    const unpins = [store.pin(store.snapshot), store.pin(store.snapshot)];
    await replace(store, 4, 'own');
    unpins[0]?.();
    await simulation.advance(100);
    expect(chunksOf(1, 2)).toEqual([[1], [2]]);
    unpins[1]?.();
    await simulation.advance(100);
    expect(() => chunksOf(1, 1)).toThrow('missing');
  });

  it('stays for good where it is still the newest', async () => {
    const store = await founded();
    store.pin(store.snapshot)();
    await simulation.advance(100);
    expect(chunksOf(1, 2)).toEqual([[1], [2]]);
    await replace(store, 4, 'own');
    expect(() => chunksOf(1, 1)).toThrow('missing');
  });
});

it('the newest snapshot is never taken for leftovers of one that was begun', async () => {
  const store = await founded();
  await done(store.clearStaged(1));
  expect([...store.chunks(store.snapshot)].map((chunk) => [...chunk])).toEqual([[1], [2]]);
});

describe('a store that is damaged', () => {
  it.each([
    ['the vote', 2],
    ['an entry', 3],
    ['the facts of the snapshot', 4],
  ])('is refused with what to do about it: %s', async (_, table) => {
    const store = await founded();
    await write(store, [command(2, 2)]);
    damage(table);
    const recover = () => open().recover();
    expect(recover).toThrow(StoreError);
    expect(recover).toThrow(/damaged.*new member/);
  });

  it('is refused when a chunk of its snapshot is damaged or gone', async () => {
    await founded();
    damage(5);
    const damaged = open();
    damaged.recover();
    expect(() => [...damaged.chunks(damaged.snapshot)]).toThrow(StoreError);
    for (const key of disk.committed.keys())
      if (key.charCodeAt(0) === 5) disk.committed.delete(key);
    expect(() => [...damaged.chunks(damaged.snapshot)]).toThrow('missing');
  });

  it('is refused when an entry is missing, also one that is known to be committed', async () => {
    const store = await founded();
    await write(store, [command(2, 2), command(3, 2), command(4, 2)], 4);
    const keys = [...disk.committed.keys()].filter((key) => key.charCodeAt(0) === 3).sort();
    const last = disk.committed.get(keys[2] as string) as Uint8Array;
    disk.committed.delete(keys[2] as string);
    expect(() => open().recover()).toThrow('committed entries are missing');
    disk.committed.set(keys[2] as string, last);
    disk.committed.delete(keys[1] as string);
    expect(() => open().recover()).toThrow('entry 3 is missing');
    disk.committed.delete(keys[0] as string);
    expect(() => open().recover()).toThrow('entries after the snapshot are missing');
  });
});
