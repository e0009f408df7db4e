/** What the runner makes of its machine when it stops, and of the snapshots that it sends. */

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import type { NodeAddress } from '../../../src/metadata/node-record.ts';
import type { StoredSnapshot } from '../../../src/node/metadata-group/raft-codec.ts';
import { RaftRunner } from '../../../src/node/metadata-group/raft-runner.ts';
import type { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import type { Message } from '../../../src/raft/message.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { configurationOf, foundedStore } from './founded-store.ts';

const COMMAND = encodeCommand({ command: { type: 'grant_lease', ttlMs: 5_000 } });
/** Leads alone, and has a learner that has nothing of the log. */
const CONFIGURATION = configurationOf([1], [2]);
const LEARNER = 2;

interface Stream {
  readonly to: number;
  readonly snapshot: StoredSnapshot;
  readonly isWanted: () => boolean;
  readonly end: (arrived: boolean) => void;
}

let simulation: Simulation;
let store: RaftStore;
let runner: RaftRunner;
let streams: Stream[];
let fatal: unknown[];
let reported: ReturnType<typeof vi.spyOn>;

const stream = (at: number) => streams[at] as Stream;
const isLeader = () => runner.raft.status().role === 'leader';

async function until(condition: () => boolean): Promise<void> {
  const end = simulation.nowMs + 10_000;
  while (!condition()) {
    if (simulation.nowMs > end) throw new Error('it did not come to that');
    await simulation.advance(5);
  }
}

/** The learner misses what every append builds on. */
function answerOfLearner(message: Message): void {
  if (message.type !== 'append') return;
  const { term, prevIndex } = message;
  simulation.schedule(1, () =>
    runner.receive(LEARNER, {
      type: 'append_rejected',
      term,
      prevIndex,
      hintIndex: 0,
      hintTerm: 0,
    }),
  );
}

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  const disk = new SimStore(simulation, new SimDisk(), () => {});
  store = await foundedStore(simulation, disk, CONFIGURATION);
  streams = [];
  fatal = [];
  runner = new RaftRunner(1, {
    clock: new SimClock(simulation),
    random: simulation.random,
    store,
    send: (_, message) => answerOfLearner(message),
    sendSnapshot: (to, snapshot, isWanted) =>
      new Promise((end) => streams.push({ to, snapshot, isWanted, end })),
    onApplied: () => {},
    onFatal: (error) => fatal.push(error),
  });
  reported = vi.spyOn(runner.raft, 'snapshotSent');
  runner.start();
  await until(isLeader);
});

describe('a leader takes no command', () => {
  /** As a program of that version would write it. */
  const ofVersion = (version: number) => Uint8Array.of(version, ...COMMAND.subarray(1));
  const behind = { code: 'cluster_upgrading', definite: true, retry: true };

  it('that a member would not understand, and names that member', async () => {
    const { lastIndex } = runner.raft.status();
    const refused = runner.propose(ofVersion(LATEST_VERSION + 1)).catch((error) => error);
    expect(runner.raft.status().lastIndex).toBe(lastIndex);
    expect(await refused).toMatchObject(behind);
    expect((await refused).message).toContain('runs on n1, n2');
    await simulation.complete(runner.propose(COMMAND));
  });

  it('before the last member was upgraded', async () => {
    const upgraded = (nodeNo: number) => {
      const name = `n${nodeNo}`;
      const named = { nodeNo, directoryId: `directory-${nodeNo}`, name };
      const start = { bootNumber: 1, since: [], life: 1, version: LATEST_VERSION + 1 };
      const command = { type: 'register_start' as const, ...named, ...start };
      const place = runner.state?.node(nodeNo)?.address as NodeAddress;
      return runner.propose(encodeCommand({ command: { ...command, address: place } }));
    };
    await simulation.complete(upgraded(1));
    const newer = ofVersion(LATEST_VERSION + 1);
    const { lastIndex } = runner.raft.status();
    const refused = runner.propose(newer).catch(String);
    expect(runner.raft.status().lastIndex).toBe(lastIndex);
    expect(await refused).toContain('runs on n2;');
    await simulation.complete(upgraded(2));
    // From here on it may be in the log, and whoever does not know it stops there.
    runner.propose(newer).catch(() => {});
    await until(() => fatal.length > 0);
    expect(fatal).toEqual([expect.objectContaining({ name: 'UnknownCommandError' })]);
    expect(String(fatal[0])).toContain('this node is too old for the cluster');
  });
});

describe('a leader that stops', () => {
  it('tells of proposals that wait that their fate is unknown', async () => {
    const outcomes = Promise.allSettled([runner.propose(COMMAND), runner.propose(COMMAND)]);
    runner.stop();
    const unknown = { status: 'rejected', reason: { code: 'metadata_unknown', definite: false } };
    expect(await outcomes).toMatchObject([unknown, unknown]);
  });

  it('has told of those before what became of them', async () => {
    const { reply } = await simulation.complete(runner.propose(COMMAND));
    expect(reply).toMatchObject({ ok: true, type: 'grant_lease' });
  });

  it('takes no reads', async () => {
    runner.stop();
    await expect(runner.readIndex()).rejects.toMatchObject({ code: 'not_leader' });
  });

  it('takes no proposals, definitely', async () => {
    runner.stop();
    const { lastIndex } = runner.raft.status();
    const refused = { code: 'not_leader', definite: true };
    await expect(runner.propose(COMMAND)).rejects.toMatchObject(refused);
    expect(runner.raft.status().lastIndex).toBe(lastIndex);
  });

  it('wants no stream any more, and reports none', async () => {
    await until(() => streams.length === 1);
    runner.stop();
    expect(stream(0).isWanted()).toBe(false);
    stream(0).end(true);
    await simulation.advance(1_000);
    expect([reported.mock.calls, streams.length]).toEqual([[], 1]);
  });
});

describe('a stream of a snapshot', () => {
  it('to a member that needs it is reported to the machine', async () => {
    await until(() => streams.length === 1);
    expect(stream(0)).toMatchObject({ to: LEARNER, snapshot: { index: 1 } });
    expect(stream(0).isWanted()).toBe(true);
    stream(0).end(false);
    await settle();
    expect(reported.mock.calls).toEqual([[LEARNER, 1, false]]);
  });

  it('keeps the chunks of its snapshot until it ends, though there is a newer one', async () => {
    await until(() => streams.length === 1);
    const chunks = [...store.chunks(stream(0).snapshot)];
    const meta = { index: 2, term: 2, configuration: CONFIGURATION };
    await simulation.complete(store.stageChunk(2, 0, Uint8Array.of(7)));
    await simulation.complete(store.finishSnapshot({ ...meta, chunkCount: 1 }));
    expect([...store.chunks(stream(0).snapshot)]).toEqual(chunks);
    stream(0).end(true);
    await simulation.advance(10);
    expect(() => store.chunk(1, 0)).toThrow('missing');
    expect(reported.mock.calls).toEqual([[LEARNER, 1, true]]);
  });

  it('that breaks down is told to whoever runs the node', async () => {
    await until(() => streams.length === 1);
    const broken = new Error('a fault of the program');
    stream(0).end(Promise.reject(broken) as unknown as boolean);
    await simulation.advance(10);
    expect([fatal, reported.mock.calls]).toEqual([[broken], []]);
  });
});

describe('a stream of an earlier term', () => {
  beforeEach(async () => {
    await until(() => streams.length === 1);
    const term = runner.raft.status().term + 5;
    runner.receive(LEARNER, { type: 'heartbeat_reply', term, round: 0 });
    await until(() => isLeader() && runner.raft.status().term > term);
  });

  it('is wanted no more', () => {
    expect(stream(0).isWanted()).toBe(false);
  });

  it('ends before the next begins: one to a member at a time', async () => {
    const inSnapshot = () => runner.raft.status().members.some(({ state }) => state === 'snapshot');
    await until(inSnapshot);
    await simulation.advance(1_000);
    expect(streams).toHaveLength(1);
    stream(0).end(false);
    await settle();
    expect(streams).toHaveLength(2);
    expect(stream(1).isWanted()).toBe(true);
  });

  it.each([true, false])('is not reported, whether it arrived or not: %s', async (arrived) => {
    stream(0).end(arrived);
    await until(() => streams.length === 2);
    expect(reported.mock.calls).toEqual([]);
    stream(1).end(true);
    await settle();
    expect(reported.mock.calls).toEqual([[LEARNER, 1, true]]);
  });
});
