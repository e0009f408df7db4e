/** What a node that asks to be admitted says while it is not. */

import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { becomeMember } from '../../../src/node/index.ts';
import type { Introducer, PeerAddress } from '../../../src/ports/transport.ts';
import { NodeLife } from '../../../src/replica/node-life.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const NO_QUORUM = new QuorateError('metadata_unavailable', 'no leader could be reached');
const DOWN = new TransportError('unreachable', 'connection refused');
const REPLY = { clusterId: '00000000000000aa', nodeNo: 2, peers: [] };

let simulation: Simulation;
let logger: SimLogger;
let objects: SimDisk;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  logger = new SimLogger(simulation, 'n2');
  objects = new SimDisk();
});

/** Joins by way of members that answer with what `answer` returns or throws. */
function join(members: readonly PeerAddress[], answer: (member: PeerAddress) => unknown) {
  const introducer: Introducer = { introduce: async (member) => answer(member) };
  const clock = new SimClock(simulation);
  const metadataStore = new SimStore(simulation, new SimDisk(), () => {});
  const store = new SimStore(simulation, objects, () => {});
  const address = { host: 'n2', peerPort: 1, clientPort: 2 };
  const settings = { partitionCount: 8, replicationFactor: 3, expect: 1 };
  const candidate = { name: 'n2', directoryId: 'd2', address, zone: undefined, settings };
  const ports = { store, metadataStore, clock, random: simulation.random, introducer, logger };
  return simulation.complete(becomeMember({ ...candidate, join: members }, ports));
}

it('a directory that has objects and has lost its log becomes nothing', async () => {
  const store = new SimStore(simulation, objects, () => {});
  await simulation.complete(NodeLife.begin(store, simulation.random));
  await expect(join([{ host: 'n1', port: 9101 }], () => REPLY)).rejects.toMatchObject({
    code: 'rolled_back',
  });
});

it('what it becomes tells that the cluster was recovered', async () => {
  const recoveries = [{ former: '00000000000000bb', last: { index: 7, term: 2 } }];
  const identity = await join([{ host: 'n1', port: 9101 }], () => ({ ...REPLY, recoveries }));
  expect(identity.recoveries).toEqual(recoveries);
});

const warnings = () => logger.entries.filter(({ level }) => level === 'warn');

function fail(error: Error): never {
  throw error;
}

describe('a node that is not admitted yet', () => {
  it('says at once whom it asks and why that fails, and again now and then', async () => {
    const openAt = 35_000;
    const members = [{ host: 'n1', port: 9101 }];
    const identity = await join(members, () =>
      simulation.nowMs < openAt ? fail(NO_QUORUM) : REPLY,
    );
    expect(identity).toMatchObject({ clusterId: REPLY.clusterId, nodeNo: 2, name: 'n2' });
    expect(logger.entries[0]).toMatchObject({
      level: 'info',
      event: 'asking to be admitted',
      fields: { members: ['n1:9101'] },
    });
    expect(warnings().map(({ fields }) => fields.waitedMs)).toEqual([
      0,
      expect.closeTo(10_000, -3),
      expect.closeTo(20_000, -3),
      expect.closeTo(30_000, -3),
    ]);
    for (const { event, fields } of warnings()) {
      expect(event).toBe('not admitted yet, trying again');
      expect(fields).toMatchObject({ member: 'n1:9101', reason: NO_QUORUM.message });
    }
  });

  it('tells the reasons of several members apart', async () => {
    const members = ['n1', 'n3'].map((host) => ({ host, port: 9101 }));
    await join(members, ({ host }) =>
      simulation.nowMs > 5_000 ? REPLY : fail(host === 'n1' ? DOWN : NO_QUORUM),
    );
    expect(warnings().map(({ fields }) => [fields.member, fields.reason])).toEqual([
      ['n1:9101', DOWN.message],
      ['n3:9101', NO_QUORUM.message],
    ]);
  });

  it('does not go on where it was refused', async () => {
    const refusal = new QuorateError('duplicate_name', 'there is a node named n2');
    const joining = join([{ host: 'n1', port: 9101 }], () => fail(refusal));
    await expect(joining).rejects.toBe(refusal);
    expect(warnings()).toEqual([]);
  });
});
