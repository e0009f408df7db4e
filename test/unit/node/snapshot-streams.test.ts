/** A snapshot on its way: when it is no longer sent, and when it is no longer needed. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotChunk, Speaker } from '../../../src/node/metadata-group/group-messages.ts';
import type { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import {
  SnapshotReceiver,
  sendSnapshot,
} from '../../../src/node/metadata-group/snapshot-streams.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { configurationOf, foundedStore } from './founded-store.ts';

const CONFIGURATION = configurationOf([1], [2]);
const SPEAKER = { member: 1 } as Speaker;

let simulation: Simulation;
let store: RaftStore;

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  const disk = new SimStore(simulation, new SimDisk(), () => {});
  store = await foundedStore(simulation, disk, CONFIGURATION);
  store.recover();
});

describe('a sender', () => {
  const SNAPSHOT = { index: 9, term: 2, configuration: CONFIGURATION, chunkCount: 4 };
  let sent: SnapshotChunk[];
  let wanted: number;

  beforeEach(async () => {
    sent = [];
    for (let chunk = 0; chunk < SNAPSHOT.chunkCount; chunk++) {
      await simulation.complete(store.stageChunk(SNAPSHOT.index, chunk, Uint8Array.of(chunk)));
    }
  });

  const send = () => {
    const transport = {
      call: async (...[, , chunk]: [unknown, unknown, SnapshotChunk]) => sent.push(chunk),
    };
    const ports = {
      clock: new SimClock(simulation),
      transport: transport as unknown as Transport,
      store,
      speaker: SPEAKER,
      term: 3,
      isWanted: () => sent.length < wanted,
    };
    return sendSnapshot(ports, 'n2', SNAPSHOT);
  };

  it('sends all chunks, the last one known as such', async () => {
    wanted = 100;
    expect(await send()).toBe(true);
    expect(sent.map(({ chunk, last }) => [chunk, last])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('stops where it is wanted no more, and it has not arrived', async () => {
    wanted = 2;
    expect(await send()).toBe(false);
    expect(sent.map(({ chunk }) => chunk)).toEqual([0, 1]);
  });
});

describe('a receiver', () => {
  const chunkOf = (index: number, last = true): SnapshotChunk => {
    const meta = { index, term: 2, configuration: CONFIGURATION };
    return { from: SPEAKER, term: 3, meta, chunk: 0, last, bytes: Uint8Array.of(7) };
  };
  const staged = (index: number) => {
    try {
      return store.chunk(index, 0).length > 0;
    } catch {
      return false;
    }
  };

  it('writes nothing of a snapshot that its state or its own snapshot has reached', async () => {
    const before = [...store.chunks(store.snapshot)];
    const receiver = new SnapshotReceiver(store, () => 5);
    for (const index of [1, 4, 5]) {
      expect(await simulation.complete(receiver.take(chunkOf(index, false)))).toBe(false);
      expect(await simulation.complete(receiver.take(chunkOf(index)))).toBe(true);
    }
    expect([staged(4), staged(5)]).toEqual([false, false]);
    expect([...store.chunks(store.snapshot)]).toEqual(before);
  });

  it('takes one that goes further', async () => {
    const receiver = new SnapshotReceiver(store, () => 5);
    expect(await simulation.complete(receiver.take(chunkOf(6)))).toBe(true);
    expect(staged(6)).toBe(true);
  });
});
