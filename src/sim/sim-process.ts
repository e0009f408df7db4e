/** A process of one node, on the disks of that node: how it comes up, and how it dies. */

import { TransportError } from '../kernel/errors.ts';
import { hash64 } from '../kernel/hash.ts';
import type { NodeId } from '../kernel/names.ts';
import {
  becomeMember,
  type Candidate,
  type FormedCluster,
  formMember,
  type GroupIdentity,
  type NodeAddress,
  type NodeConfig,
  QuorateNode,
} from '../node/index.ts';
import { type ClockSkew, SimClock } from './sim-clock.ts';
import { SimGate } from './sim-gate.ts';
import { SimIntroducer } from './sim-introducer.ts';
import type { SimNetwork } from './sim-network.ts';
import { SimLogger, type SimMetrics } from './sim-observation.ts';
import { type SimDisk, SimStore } from './sim-store.ts';
import { type Exchange, SimTransport } from './sim-transport.ts';
import type { Simulation } from './simulation.ts';

export interface SimProcess {
  readonly node: QuorateNode;
  readonly stores: readonly SimStore[];
  readonly transport: SimTransport;
  readonly gate: SimGate;
  readonly halt: () => void;
  /** Rejects when the process ends otherwise than in order. */
  readonly death: Promise<never>;
}

/** The two disks of a node: its objects, and its part of the metadata group. */
export interface NodeDisks {
  readonly objects: SimDisk;
  readonly metadata: SimDisk;
}

/** Of a node that the cluster was not formed with. */
export type Newcomer = Pick<Candidate, 'replaces' | 'join'>;

export interface ProcessOptions {
  readonly self: NodeId;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly exchange: Exchange;
  readonly disks: NodeDisks;
  readonly skew: ClockSkew;
  readonly metrics: SimMetrics;
  readonly formed: FormedCluster;
  readonly newcomer: Newcomer | undefined;
  readonly settings: Pick<NodeConfig, 'hintBytesMax' | 'compareEveryMs' | 'reapEveryMs'>;
  /** A disk could not do what it was asked: the process has to end. */
  readonly onDiskFailure: () => void;
  readonly onFatal: (error: unknown) => void;
}

/** Waits for what needs virtual time to go on. */
export type Drive = <Result>(promise: Promise<Result>) => Promise<Result>;

/** Resolves when the node serves. */
export async function startProcess(options: ProcessOptions, drive: Drive): Promise<SimProcess> {
  const { self, simulation, network, exchange, disks, onDiskFailure, onFatal } = options;
  const gate = new SimGate(simulation);
  const clock = new SimClock(simulation, options.skew, gate);
  const store = new SimStore(simulation, disks.objects, onDiskFailure, gate);
  const metadataStore = new SimStore(simulation, disks.metadata, onDiskFailure, gate);
  const identity = await identityFor(options, { store, metadataStore, clock }, drive);
  const world = { simulation, network, exchange, clock, gate, onFatal };
  const transport = new SimTransport({ ...world, self, peers: [] });
  const ports = {
    clock,
    random: simulation.random.fork(),
    store,
    metadataStore,
    transport,
    logger: new SimLogger(simulation, self),
    metrics: options.metrics,
    sealUnder: () => hash64,
    onFatal,
  };
  const config = {
    ...options.settings,
    identity,
    address: addressOf(self),
    valueBytesMax: 1024 * 1024,
    joinsRing: true,
  };
  const node = await drive(QuorateNode.start(config, ports));
  transport.open();
  const stores = [store, metadataStore];
  return { node, stores, transport, gate, ...mortality(self, clock, stores, transport) };
}

async function identityFor(
  { self, simulation, network, exchange, disks, formed, newcomer }: ProcessOptions,
  ports: { store: SimStore; metadataStore: SimStore; clock: SimClock },
  drive: Drive,
): Promise<GroupIdentity> {
  const { metadataStore, clock } = ports;
  if (newcomer === undefined && disks.metadata.committed.size === 0) {
    await drive(formMember(formed, self, metadataStore));
  }
  const candidate = {
    name: self,
    directoryId: `directory of ${self}`,
    address: addressOf(self),
    zone: undefined,
    replaces: newcomer?.replaces,
    join: newcomer?.join ?? [],
    settings: { partitionCount: 1, replicationFactor: 1, expect: 1 },
  };
  const introducer = new SimIntroducer({ self, network, exchange, clock });
  const logger = new SimLogger(simulation, self);
  const { random } = simulation;
  return drive(becomeMember(candidate, { ...ports, random, introducer, logger }));
}

function addressOf(host: NodeId): NodeAddress {
  return { host, peerPort: 1, clientPort: 2 };
}

function mortality(
  id: NodeId,
  clock: SimClock,
  stores: readonly SimStore[],
  transport: SimTransport,
) {
  let die: (error: Error) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  death.catch(() => {});
  const halt = () => {
    clock.halt();
    for (const store of stores) store.halt();
    transport.halt();
    die(new TransportError('disconnected', `${id} died`));
  };
  return { death, halt };
}
