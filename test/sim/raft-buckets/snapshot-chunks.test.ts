/** The chunks of a snapshot stay on disk as long as anything counts on them. */

import { expect, it, vi } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { MetadataState } from '../../../src/metadata/state.ts';
import { formCluster, formMember } from '../../../src/node/index.ts';
import type { SnapshotChunk, Speaker } from '../../../src/node/metadata-group/group-messages.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import { SnapshotMaker } from '../../../src/node/metadata-group/snapshot-maker.ts';
import { SnapshotReceiver } from '../../../src/node/metadata-group/snapshot-streams.ts';
import type { Raft } from '../../../src/raft/raft.ts';
import { simAddress } from '../../../src/sim/sim-peer-book.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../settle.ts';
import { setSnapshotPace } from './snapshot-pace.ts';

vi.mock('../../../src/node/metadata-group/snapshot-policy.ts', () => import('./snapshot-pace.ts'));

const CONFIGURATION = { voters: [1, 2, 3], outgoing: [], learners: [] };
const META = { index: 31, term: 2, configuration: CONFIGURATION };
const SLOW_DISK = { commitMsMax: 100, flushMsMax: 100 };

/** All there is of it, from this leader, of whom the receiver only needs to know who it is. */
function chunkOf(member: number, term: number): SnapshotChunk {
  const from = { member } as Speaker;
  return { from, term, meta: META, chunk: 0, last: true, bytes: Uint8Array.of(7) };
}

it('a snapshot is called whole only where it can be installed, though it comes again meanwhile', async () => {
  const simulation = new Simulation(1, settle);
  const disk = new SimDisk();
  disk.timing = SLOW_DISK;
  const store = new RaftStore(new SimStore(simulation, disk, () => {}));
  const receiver = new SnapshotReceiver(store, () => 0);
  const hardState = { term: 3, vote: 0, commit: META.index };

  const takeAndInstall = async (chunk: SnapshotChunk) => {
    const whole = await receiver.take(chunk);
    if (whole) await store.persist({ hardState, snapshot: META, entries: [] });
    return whole;
  };
  const first = takeAndInstall(chunkOf(1, 2)).catch((error: unknown) => error);
  await simulation.advance(1);
  const second = takeAndInstall(chunkOf(2, 3));

  expect(await simulation.complete(first)).toBeInstanceOf(QuorateError);
  expect(await simulation.complete(second)).toBe(true);
  expect(store.snapshot.index).toBe(META.index);
});

it('a member whose state is that of its newest snapshot makes none, and keeps that one', async () => {
  const simulation = new Simulation(1, settle);
  const disk = new SimStore(simulation, new SimDisk(), () => {});
  const formed = formCluster({
    clusterId: '00000000000051b1',
    members: [{ name: 'n1', ...simAddress('n1') }],
    partitionCount: 1,
    replicationFactor: 1,
    buckets: [],
  });
  await simulation.complete(formMember(formed, 'n1', disk));
  const store = new RaftStore(disk);
  const { snapshot } = store.recover();
  const kept = [...store.chunks(store.snapshot)];
  const raft = { termAt: () => snapshot.term, configurationAt: () => CONFIGURATION };

  setSnapshotPace(0);
  const onFatal = vi.fn();
  const maker = new SnapshotMaker({ raft: raft as unknown as Raft, store, onFatal });
  maker.makeIfDue(MetadataState.decode(kept));
  await simulation.advance(1_000);

  expect(onFatal).not.toHaveBeenCalled();
  expect([...store.chunks(store.snapshot)]).toEqual(kept);
});
