/** A cluster begun anew from one directory, and the directories that come over to it. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { StoreError } from '../../../src/kernel/errors.ts';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import { type FollowRequest, welcomeFollower } from '../../../src/node/metadata-group/followers.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import {
  followCluster,
  type RememberedCluster,
  recoverCluster,
  rememberedCluster,
} from '../../../src/node/metadata-group/recovery.ts';
import type { Store } from '../../../src/ports/store.ts';
import { NodeLife } from '../../../src/replica/node-life.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { configurationOf, foundedStore, IDENTITY } from './founded-store.ts';

const ADDRESS = { host: '127.0.0.1', peerPort: 1, clientPort: 2 };

let simulation: Simulation;
let disk: SimDisk;
let metadataDisk: SimDisk;

const NOW = 1_800_000_000_000;

const random = new SeededRandom(7);
const fail = (error: StoreError) => {
  throw error;
};
const open = (of: SimDisk): Store => new SimStore(simulation, of, fail);
const stores = () => ({ store: open(disk), metadataStore: open(metadataDisk) });
const done = <Result>(promise: Promise<Result>) => simulation.complete(promise);
const recover = async () => {
  const opened = stores();
  return done(recoverCluster(rememberedCluster(opened), opened, random, NOW));
};

/** Entries that put buckets: the last is not known to be committed. */
async function append(): Promise<void> {
  const store = new RaftStore(open(metadataDisk));
  store.recover();
  const entries = ['decided', 'perhaps'].map((name, i) => ({
    type: 'command' as const,
    index: 2 + i,
    term: 4,
    data: encodeCommand({ command: { type: 'put_bucket', name, settings: {}, createOnly: false } }),
  }));
  const hardState = { term: 5, vote: 2, commit: 2 };
  await done(store.persist({ hardState, snapshot: undefined, entries }));
  await done(store.rememberLife(2, { bootNumber: 9, life: 9 }));
}

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
  metadataDisk = new SimDisk();
  await foundedStore(simulation, open(metadataDisk), configurationOf([1, 2, 3]));
  await done(NodeLife.begin(open(disk), random));
  await append();
});

describe('a survivor that is recovered', () => {
  it('is the only voter of a new cluster, with all of its log', async () => {
    const identity = await recover();
    expect(identity).toMatchObject({ nodeNo: 1, name: 'n1', directoryId: 'directory-1' });
    expect(identity.clusterId).toMatch(/^[0-9a-f]{16}$/);
    expect(identity.clusterId).not.toBe(IDENTITY.clusterId);
    expect(identity.recoveries).toEqual([
      { former: IDENTITY.clusterId, last: { index: 3, term: 4 } },
    ]);
    const { hardState, snapshot, entries } = new RaftStore(open(metadataDisk)).recover();
    expect(snapshot.configuration).toEqual(configurationOf([1]));
    expect(hardState).toEqual({ term: 6, vote: 0, commit: snapshot.index });
    expect(entries).toEqual([]);
    const { state } = rememberedCluster(stores());
    expect(state?.cluster.clusterId).toBe(identity.clusterId);
    expect([...(state?.buckets().keys() ?? [])]).toEqual(['decided', 'perhaps']);
    // What was heard of members of the old cluster says nothing of those of the new one.
    expect(new RaftStore(open(metadataDisk)).lives().size).toBe(0);
  });

  it('remembers all clusters that it came from', async () => {
    const first = await recover();
    const second = await recover();
    expect(second.recoveries?.map(({ former }) => former)).toEqual([
      IDENTITY.clusterId,
      first.clusterId,
    ]);
  });

  it('is the old one or the new one after each write', async () => {
    const { store, metadataStore } = stores();
    const seen: RememberedCluster[] = [];
    const watched: Store = {
      deletes: 0,
      snapshot: () => metadataStore.snapshot(),
      get: (key) => metadataStore.get(key),
      range: (range) => metadataStore.range(range),
      durable: (key) => metadataStore.durable(key) as Promise<void>,
      close: () => metadataStore.close(),
      write: async (writes) => {
        await metadataStore.write(writes);
        seen.push(rememberedCluster(stores()));
      },
    };
    const remembered = rememberedCluster({ store, metadataStore });
    await done(recoverCluster(remembered, { store, metadataStore: watched }, random, NOW));
    expect(seen.length).toBeGreaterThan(0);
    for (const { identity, state } of seen) {
      expect(state?.cluster.clusterId).toBe(identity.clusterId);
      expect(state?.buckets().size).toBe(2);
    }
  });

  it('is refused where its objects are older than its log, or gone', async () => {
    const store = new RaftStore(open(metadataDisk));
    store.recover();
    const start = { nodeNo: 1, directoryId: 'directory-1', bootNumber: 2, life: 5, since: [] };
    const data = encodeCommand({
      command: { type: 'register_start', ...start, address: ADDRESS, version: LATEST_VERSION },
    });
    const entries = [{ type: 'command' as const, index: 4, term: 5, data }];
    await done(store.persist({ hardState: undefined, snapshot: undefined, entries }));
    const rolledBack = expect.objectContaining({ code: 'rolled_back' });
    expect(() => rememberedCluster(stores())).toThrow(rolledBack);
    disk.wipe();
    expect(() => rememberedCluster(stores())).toThrow(rolledBack);
  });
});

describe('a survivor that comes over', () => {
  const start = { bootNumber: 1, life: 1, since: [] };
  const asking = (more: Partial<FollowRequest['follow']> = {}): FollowRequest => ({
    follow: {
      ...{ clusterId: IDENTITY.clusterId, nodeNo: 2, name: 'n2', directoryId: 'directory-2' },
      start,
      ...more,
    },
  });

  async function welcome(request: FollowRequest) {
    const identity = await recover();
    const { state } = rememberedCluster(stores());
    if (state === undefined) throw new Error('there is no state');
    return { identity, answer: () => welcomeFollower(identity, state, request) };
  }

  it('keeps who it is, and throws its log away', async () => {
    const { identity, answer } = await welcome(asking());
    const { store, metadataStore } = stores();
    const remembered = rememberedCluster({ store, metadataStore });
    await done(followCluster(remembered, { store, metadataStore }, answer()));
    const raftStore = new RaftStore(open(metadataDisk));
    expect(raftStore.identity()).toMatchObject({
      ...{ clusterId: identity.clusterId, nodeNo: 1, name: 'n1', directoryId: 'directory-1' },
      recoveries: identity.recoveries,
    });
    expect(raftStore.recover()).toMatchObject({
      hardState: { term: 0, vote: 0, commit: 0 },
      entries: [],
    });
    expect(rememberedCluster(stores()).state).toBeUndefined();
  });

  it.each([
    ['of another cluster', { clusterId: 'aaaaaaaaaaaaaaaa' }, 'was not recovered from cluster'],
    ['that the recovered one did not know', { nodeNo: 9 }, 'does not know n2'],
    ['of another disk', { directoryId: 'another' }, 'does not know n2'],
  ])('is refused: one %s', async (_, more, text) => {
    const { answer } = await welcome(asking(more));
    expect(answer).toThrow(expect.objectContaining({ code: 'not_a_member' }));
    expect(answer).toThrow(text);
  });

  it('is refused where it was put back to an older copy', async () => {
    const identity = await recover();
    const { state } = rememberedCluster(stores());
    const registered = {
      nodeNo: 2,
      directoryId: 'directory-2',
      bootNumber: 3,
      life: 3,
      since: [],
      version: LATEST_VERSION,
    };
    const register = { type: 'register_start' as const, ...registered, address: ADDRESS };
    state?.apply((state?.index ?? 0) + 1, encodeCommand({ command: register }));
    const answer = () => welcomeFollower(identity, state as NonNullable<typeof state>, asking());
    expect(answer).toThrow(expect.objectContaining({ code: 'rolled_back' }));
  });
});
