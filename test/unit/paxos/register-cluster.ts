/**
 * Nodes that keep registers, without their metadata group: the test says which node has heard of
 * which entry of the log, who crashes and what the network does.
 */

import { mapKeyOf, utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { decodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { ballotText } from '../../../src/paxos/ballot.ts';
import type { Change } from '../../../src/paxos/change.ts';
import type { ChangeResult, RegisterRead } from '../../../src/paxos/messages.ts';
import { Registers } from '../../../src/paxos/registers.ts';
import type { Liveness } from '../../../src/ports/liveness.ts';
import type { StoreWrite } from '../../../src/ports/store.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { registerKey } from '../../../src/replica/store-keys.ts';
import type { Move, MoveStage } from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { type Exchange, SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { ChangingView, ringWithList, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

/** The one partition. */
export const PARTITION = 0;
export const DEADLINE_MS = 2_000;

export interface RegisterNode {
  readonly view: ChangingView;
  readonly store: SimStore;
  readonly clock: SimClock;
  readonly registers: Registers;
  readonly transport: SimTransport;
  readonly liveness: Liveness;
  readonly logger: SimLogger;
  readonly metrics: SimMetrics;
  readonly damagedRegisters: DamagedRecords;
}

export interface Asking {
  readonly id?: Uint8Array;
  readonly timeoutMs?: number;
}

export class RegisterCluster {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly ids: readonly NodeId[];
  readonly #disks = new Map<NodeId, SimDisk>();
  /** Kinds of all messages that were sent, replies left out. */
  readonly sent: string[] = [];
  /** How often acceptors wrote. */
  writes = 0;
  readonly #nodes = new Map<NodeId, RegisterNode>();
  readonly #boots = new Map<NodeId, number>();
  readonly #exchange: Exchange = new Map();
  readonly #unreachable = new Set<NodeId>();
  /** By stored key and ballot, the one value that was accepted under it. */
  readonly #values = new Map<string, string>();
  #move: Omit<Move, 'stage'> | undefined;
  ring: Ring;

  /** `list`: those that keep the partition at first. */
  constructor(nodeCount: number, list: readonly NodeId[], seed = 1) {
    this.simulation = new Simulation(seed, settle);
    this.network = new SimNetwork(this.simulation);
    this.ids = Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`);
    for (const id of this.ids) this.#disks.set(id, new SimDisk());
    const shape = this.#shape(list.length);
    this.ring = ringWithList(new ChangingView(shape, this.simulation).ring(), PARTITION, list);
    for (const id of this.ids) this.start(id);
  }

  node(id: NodeId): RegisterNode {
    return this.#nodes.get(id) as RegisterNode;
  }

  disk(id: NodeId): SimDisk {
    return this.#disks.get(id) as SimDisk;
  }

  isUp(id: NodeId): boolean {
    return this.#nodes.has(id);
  }

  start(self: NodeId): void {
    const { simulation, network } = this;
    const boot = (this.#boots.get(self) ?? 0) + 1;
    this.#boots.set(self, boot);
    const onFatal = (error: unknown) => {
      throw error;
    };
    const clock = new SimClock(simulation);
    const store = this.#watched(new SimStore(simulation, this.disk(self), onFatal));
    const view = new ChangingView(this.#shape(3), simulation);
    view.hear(this.ring);
    const exchange = this.#exchange;
    const peers = this.ids;
    const transport = new SimTransport({
      ...{ self, simulation, network, clock, peers, onFatal, exchange },
    });
    this.#record(transport);
    const mayAnswer = (node: NodeId) => node === self || !this.#unreachable.has(node);
    const reachable = (node: NodeId) =>
      mayAnswer(node) && (node === self || transport.reachable(node));
    const liveness: Liveness = {
      mayAnswer,
      reachable,
      responsive: reachable,
      onReturn: () => () => {},
    };
    const logger = new SimLogger(simulation, self);
    const metrics = new SimMetrics();
    const damagedRegisters = new DamagedRecords({ clock, logger, metrics, kind: 'registers' });
    const registers = new Registers({
      ...{ self, view, clock, store, transport, liveness, onFatal, logger, metrics },
      random: simulation.random.fork(),
      damagedRegisters,
      proposer: { nodeNo: this.ids.indexOf(self) + 1, boot },
    });
    registers.serve((work) => work());
    transport.open();
    const observed = { logger, metrics, damagedRegisters };
    this.#nodes.set(self, { view, store, clock, registers, transport, liveness, ...observed });
  }

  /** The process ends; with a power cut, what was not flushed is lost. */
  crash(id: NodeId, isPowerCut = true): void {
    const { store, clock, transport } = this.node(id);
    this.#nodes.delete(id);
    transport.halt();
    store.halt();
    clock.halt();
    const disk = this.disk(id);
    if (isPowerCut) disk.loseWhatIsNotFlushed();
    else disk.flushWhatIsCommitted();
  }

  /** All know that these cannot be reached. */
  lose(...nodes: readonly NodeId[]): void {
    for (const id of nodes) this.#unreachable.add(id);
    this.network.cutBothWays(nodes, this.ids);
  }

  bringBack(): void {
    this.#unreachable.clear();
    this.network.heal();
  }

  /** Begins a move, or takes it to this stage, and all hear of it. */
  enter(stage: MoveStage, lists?: readonly [from: readonly NodeId[], to: readonly NodeId[]]): void {
    if (lists !== undefined) {
      const [from, to] = lists;
      this.#move = { partition: PARTITION, session: this.ring.epoch + 1, from, to };
    }
    this.ring = ringWithMove(this.ring, { ...(this.#move as Move), stage });
    this.hear(...this.ids);
  }

  /** The move has ended. */
  settleOn(list: readonly NodeId[]): void {
    this.raiseEpoch(list, ...this.ids);
  }

  /** An entry that leaves the partition with this list, of which these nodes hear. */
  raiseEpoch(list: readonly NodeId[], ...nodes: readonly NodeId[]): void {
    this.ring = ringWithList(this.ring, PARTITION, list);
    this.hear(...nodes);
  }

  hear(...nodes: readonly NodeId[]): void {
    for (const id of nodes) if (this.isUp(id)) this.node(id).view.hear(this.ring);
  }

  /** Goes on without waiting; see `done`. */
  change(at: NodeId, key: string, change: Change, asking: Asking = {}): Promise<ChangeResult> {
    const { id, timeoutMs = DEADLINE_MS } = asking;
    const request = { bucket: 'test', key: utf8(key), change, ...(id && { id }) };
    return this.node(at).registers.change(request, this.simulation.nowMs + timeoutMs);
  }

  read(at: NodeId, key: string, timeoutMs = DEADLINE_MS): Promise<RegisterRead> {
    const request = { bucket: 'test', key: utf8(key) };
    return this.node(at).registers.read(request, this.simulation.nowMs + timeoutMs);
  }

  done<Result>(promise: Promise<Result>): Promise<Result> {
    return this.simulation.complete(promise);
  }

  put(at: NodeId, key: string, text: string): Promise<ChangeResult> {
    return this.done(this.change(at, key, putOf(text)));
  }

  async get(at: NodeId, key: string): Promise<string | undefined> {
    const { content } = await this.done(this.read(at, key));
    return content && Buffer.from(content.value).toString();
  }

  /** Of the key, what lies in the store of a node. */
  storedKey(key: string): Uint8Array {
    return registerKey({ partition: PARTITION, bucketNumber: 1, key: utf8(key) });
  }

  #shape(replicationFactor: number) {
    const members = this.ids.map((id) => ({ id }));
    return { members, partitionCount: 1, replicationFactor, mode: 'paxos' } as const;
  }

  /** Throws where a ballot is used for a second value. */
  #watched(store: SimStore): SimStore {
    const write = store.write.bind(store);
    store.write = (writes: readonly StoreWrite[]) => {
      for (const one of writes) {
        if (one.type !== 'put' || !isRegister(one.key)) continue;
        this.writes++;
        const { accepted, register } = decodeAcceptorRecord(one.value);
        const name = `${mapKeyOf(one.key)} ${ballotText(accepted)}`;
        const value = mapKeyOf(register);
        if ((this.#values.get(name) ?? value) !== value) {
          throw new Error(`ballot ${ballotText(accepted)} was used for two values`);
        }
        this.#values.set(name, value);
      }
      return write(writes);
    };
    return store;
  }

  #record(transport: SimTransport): void {
    const call = transport.call.bind(transport);
    transport.call = (peer, type, request, options) => {
      this.sent.push(type.kind);
      return call(peer, type, request, options);
    };
  }
}

export function putOf(text: string, more: Partial<Extract<Change, { type: 'put' }>> = {}): Change {
  const value = utf8(text);
  return { type: 'put', value, contentType: 'text/plain', meta: [], condition: 'none', ...more };
}

export const INCREMENT: Change = { type: 'increment', by: 1, condition: 'none' };

const ANY = registerKey({ partition: PARTITION, bucketNumber: 1, key: utf8('any') });

function isRegister(storedKey: Uint8Array): boolean {
  return storedKey[0] === ANY[0];
}
