/**
 * Nodes without their metadata group, to watch how the data of one partition is read and written
 * while it moves: the test says which node has heard of which entry of the log.
 */

import {
  Coordinator,
  type ReadResult,
  type WriteResult,
} from '../../../src/coordinator/coordinator.ts';
import type { CoordinatorPorts } from '../../../src/coordinator/environment.ts';
import type { ReadRequest, WriteRequest } from '../../../src/coordinator/requests.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Liveness } from '../../../src/ports/liveness.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { Fallback } from '../../../src/replica/fallback.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import type { Move, MoveStage } from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { ChangingView, ringWithList, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

/** What the promise rejects with. */
export function refusal(promise: Promise<unknown>): Promise<unknown> {
  const answered = () => {
    throw new Error('was not refused');
  };
  return promise.then(answered, (error: unknown) => error);
}

/** The one partition. */
const PARTITION = 0;
const DEADLINE_MS = 2_000;

export interface MovingNode {
  readonly view: ChangingView;
  readonly store: SimStore;
  readonly hints: Hints;
  readonly damaged: DamagedRecords;
  readonly replica: Replica;
  readonly fallback: Fallback;
  readonly coordinator: Coordinator;
  readonly ports: CoordinatorPorts;
  readonly transport: SimTransport;
}

export class MovingCluster {
  readonly simulation = new Simulation(1, settle);
  readonly network = new SimNetwork(this.simulation);
  readonly ids: readonly NodeId[];
  readonly #nodes = new Map<NodeId, MovingNode>();
  readonly #gone = new Set<NodeId>();
  readonly #exchange = new Map();
  #move: Omit<Move, 'stage'> | undefined;
  ring: Ring;

  /** `list`: those that keep the partition at first. */
  constructor(nodeCount: number, list: readonly NodeId[]) {
    this.ids = Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`);
    const replicationFactor = list.length;
    const members = this.ids.map((id) => ({ id }));
    const shape = { members, partitionCount: 1, replicationFactor };
    for (const id of this.ids) this.#nodes.set(id, this.#makeNode(id, shape));
    this.ring = ringWithList(this.node('n1').view.ring(), PARTITION, list);
    this.hear(...this.ids);
  }

  node(id: NodeId): MovingNode {
    return this.#nodes.get(id) as MovingNode;
  }

  /** Begins a move, or takes it to this stage; nodes named have not heard of it yet. */
  enter(stage: MoveStage, lists?: readonly [from: readonly NodeId[], to: readonly NodeId[]]) {
    if (lists !== undefined) {
      const [from, to] = lists;
      this.#move = { partition: PARTITION, session: this.ring.epoch + 1, from, to };
    }
    this.ring = ringWithMove(this.ring, { ...(this.#move as Move), stage });
    return {
      by: (...nodes: readonly NodeId[]) => this.hear(...nodes),
      byAllBut: (...nodes: readonly NodeId[]) =>
        this.hear(...this.ids.filter((id) => !nodes.includes(id))),
      byAll: () => this.hear(...this.ids),
    };
  }

  /** The move has ended. */
  settleOn(list: readonly NodeId[]): void {
    this.ring = ringWithList(this.ring, PARTITION, list);
    this.hear(...this.ids);
  }

  hear(...nodes: readonly NodeId[]): void {
    for (const id of nodes) this.node(id).view.hear(this.ring);
  }

  /** Nobody reaches them, and all know that. */
  lose(...nodes: readonly NodeId[]): void {
    for (const id of nodes) this.#gone.add(id);
    this.network.cutBothWays(nodes, this.ids);
  }

  /** They are gone for good, and all know that. */
  declareDead(...nodes: readonly NodeId[]): void {
    this.lose(...nodes);
    for (const id of this.ids) for (const node of nodes) this.node(id).view.dead.add(node);
  }

  /** Likewise, but nobody knows. */
  silence(...nodes: readonly NodeId[]): void {
    this.network.cutBothWays(nodes, this.ids);
  }

  bringBack(): void {
    this.#gone.clear();
    this.network.heal();
  }

  put(at: NodeId, key: string, options: Partial<WriteRequest> = {}): Promise<WriteResult> {
    const content = { value: utf8(`${key} by ${at}`), contentType: '', meta: [] };
    const fixed = { bucket: 'test', key: utf8(key), content, contexts: [], returnBody: false };
    const levels = { w: undefined, pw: 0, r: undefined, sloppy: true };
    return this.simulation.complete(
      this.node(at).coordinator.write({ ...fixed, ...levels, ...options }, this.#deadline()),
    );
  }

  get(at: NodeId, key: string, options: Partial<ReadRequest> = {}): Promise<ReadResult> {
    const levels = { r: undefined, pr: 0, sloppy: true, readRepair: 'off' } as const;
    const request = { bucket: 'test', key: utf8(key), ...levels, ...options };
    return this.simulation.complete(this.node(at).coordinator.read(request, this.#deadline()));
  }

  list(at: NodeId): Promise<readonly string[]> {
    const request = { bucket: 'test', prefix: utf8(''), after: undefined, limit: 10, r: undefined };
    const page = this.node(at).coordinator.list(request, this.#deadline());
    return this.simulation.complete(
      page.then(({ keys }) => keys.map((key) => Buffer.from(key).toString())),
    );
  }

  /** Whose replicas have the key. */
  keeping(key: string): readonly NodeId[] {
    const storedKey = objectKey({ partition: PARTITION, bucketNumber: 1, key: utf8(key) });
    return this.ids.filter((id) => this.node(id).store.get(storedKey) !== undefined);
  }

  /** As `n5 for n3`. */
  hints(): readonly string[] {
    return this.ids.flatMap((id) => this.node(id).hints.targets.map((to) => `${id} for ${to}`));
  }

  #deadline(): number {
    return this.simulation.nowMs + DEADLINE_MS;
  }

  #makeNode(
    self: NodeId,
    shape: { members: { id: NodeId }[]; partitionCount: number; replicationFactor: number },
  ): MovingNode {
    const { simulation, network } = this;
    const onFatal = (error: unknown) => {
      throw error;
    };
    const clock = new SimClock(simulation);
    const store = new SimStore(simulation, new SimDisk(), onFatal);
    const view = new ChangingView(shape, simulation);
    const metrics = new SimMetrics();
    const logger = new SimLogger(simulation, self);
    const reaps = new ReapNumbers(store);
    let actorEpoch = 1;
    const lineage = { id: this.#nodes.size + 1, nextActorEpoch: () => actorEpoch++ };
    const trees = new Trees({ self, view, store, clock });
    const damaged = new DamagedRecords({ clock, logger, metrics });
    const common = { self, view, store, clock, logger, metrics, reaps };
    const replica = new Replica({ ...common, trees, damaged, lineage });
    const hints = new Hints({ ...common, bytesMax: 1_000_000 });
    const fallback = new Fallback({ ...common, hints, replica });
    const peers = this.ids;
    const transport = new SimTransport({
      ...{ self, simulation, network, clock, peers, onFatal },
      exchange: this.#exchange,
    });
    const liveness: Liveness = {
      reachable: (node) => node === self || !this.#gone.has(node),
      responsive: (node) => node === self || !this.#gone.has(node),
      mayAnswer: (node) => node === self || !this.#gone.has(node),
      onReturn: () => () => {},
    };
    const ports = { ...common, transport, liveness, replica, fallback, onFatal };
    const coordinator = new Coordinator(ports);
    replica.serve(transport);
    fallback.serve(transport);
    coordinator.serve((work) => work());
    transport.open();
    return { view, store, damaged, hints, replica, fallback, coordinator, ports, transport };
  }
}
