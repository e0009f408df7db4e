/**
 * A whole cluster of real nodes in one process and in virtual time.
 *
 * Every node has a disk that outlives its processes. Processes can be started, stopped in
 * order, killed, or lose their power; disks can be wiped and slowed.
 */

import { TransportError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { type BucketConfig, QuorateNode, staticCluster } from '../node/index.ts';
import { type ClockSkew, SimClock, TRUE_TIME } from './sim-clock.ts';
import { SimNetwork } from './sim-network.ts';
import { SimLogger, SimMetrics } from './sim-observation.ts';
import { SimDisk, SimStore } from './sim-store.ts';
import { type Exchange, SimTransport } from './sim-transport.ts';
import type { Simulation } from './simulation.ts';

export interface SimClusterConfig {
  readonly nodes: number;
  readonly partitionCount?: number;
  readonly replicationFactor?: number;
  readonly buckets?: readonly BucketConfig[];
}

interface Process {
  readonly node: QuorateNode;
  readonly store: SimStore;
  readonly transport: SimTransport;
  readonly halt: () => void;
  /** Rejects when the process ends otherwise than in order. */
  readonly death: Promise<never>;
}

export class SimCluster {
  readonly nodeIds: readonly NodeId[];
  readonly network: SimNetwork;
  /** By node; they count over restarts. */
  readonly metrics = new Map<NodeId, SimMetrics>();
  readonly #simulation: Simulation;
  readonly #exchange: Exchange = new Map();
  readonly #disks = new Map<NodeId, SimDisk>();
  readonly #skews = new Map<NodeId, ClockSkew>();
  readonly #processes = new Map<NodeId, Process>();
  readonly #view;
  /** What nodes threw that no client may ever meet; a correct run leaves it empty. */
  readonly fatalErrors: unknown[] = [];

  constructor(simulation: Simulation, config: SimClusterConfig) {
    this.#simulation = simulation;
    this.network = new SimNetwork(simulation);
    this.nodeIds = Array.from({ length: config.nodes }, (_, i) => `n${i + 1}`);
    this.#view = staticCluster({
      members: this.nodeIds.map((id) => ({ id })),
      partitionCount: config.partitionCount ?? 8,
      replicationFactor: config.replicationFactor ?? 3,
      buckets: config.buckets ?? [],
    });
    for (const id of this.nodeIds) {
      this.#disks.set(id, new SimDisk());
      this.metrics.set(id, new SimMetrics());
    }
  }

  disk(id: NodeId): SimDisk {
    const disk = this.#disks.get(id);
    invariant(disk !== undefined, `no node ${id}`);
    return disk;
  }

  /** Takes effect with the node's next start. */
  skewClock(id: NodeId, skew: ClockSkew): void {
    this.#skews.set(id, skew);
  }

  isUp(id: NodeId): boolean {
    return this.#processes.has(id);
  }

  get up(): readonly NodeId[] {
    return this.nodeIds.filter((id) => this.isUp(id));
  }

  async startAll(): Promise<void> {
    for (const id of this.nodeIds) await this.start(id);
  }

  /** Starts a process on the node's disk, as it is. */
  async start(id: NodeId): Promise<void> {
    invariant(!this.isUp(id), `${id} is up already`);
    const simulation = this.#simulation;
    simulation.trace(`start ${id}`);
    const clock = new SimClock(simulation, this.#skews.get(id) ?? TRUE_TIME);
    const store = new SimStore(simulation, this.disk(id), () => this.kill(id));
    const onFatal = (error: unknown) => void this.fatalErrors.push(error);
    const transport = new SimTransport({
      self: id,
      simulation,
      network: this.network,
      exchange: this.#exchange,
      peers: this.nodeIds,
      clock,
      onFatal,
    });
    const ports = {
      clock,
      random: simulation.random.fork(),
      store,
      transport,
      logger: new SimLogger(simulation, id),
      metrics: this.metrics.get(id) as SimMetrics,
      onFatal,
    };
    const config = { id, view: this.#view, valueBytesMax: 1024 * 1024 };
    const node = await simulation.complete(QuorateNode.start(config, ports));
    transport.open();
    this.#processes.set(id, { node, store, transport, ...mortality(id, clock, store, transport) });
  }

  /** Ends the process in order, as SIGTERM does. */
  async stop(id: NodeId): Promise<void> {
    const { node, store, transport, halt } = this.#process(id);
    this.#simulation.trace(`stop ${id}`);
    await this.#simulation.complete(node.stop().then(() => transport.close()));
    await this.#simulation.complete(store.close());
    this.#processes.delete(id);
    halt();
    this.disk(id).flushWhatIsCommitted();
  }

  /** Ends the process at once, as SIGKILL does: what was committed stays. */
  kill(id: NodeId): void {
    this.#end(id, 'kill');
    this.disk(id).flushWhatIsCommitted();
  }

  /** Ends the process and takes from the disk what was not flushed. */
  losePower(id: NodeId): void {
    this.#end(id, 'power loss');
    this.disk(id).loseWhatIsNotFlushed();
  }

  /**
   * Runs a request on a node as a client would over a socket: rejects with `disconnected`
   * when the process dies first, `unreachable` when it is down.
   */
  async request<Result>(id: NodeId, work: (node: QuorateNode) => Promise<Result>): Promise<Result> {
    const process = this.#processes.get(id);
    if (process === undefined) throw new TransportError('unreachable', `${id} is down`);
    return Promise.race([work(process.node), process.death]);
  }

  #end(id: NodeId, how: string): void {
    const { halt } = this.#process(id);
    this.#simulation.trace(`${how} ${id}`);
    this.#processes.delete(id);
    halt();
  }

  #process(id: NodeId): Process {
    const process = this.#processes.get(id);
    invariant(process !== undefined, `${id} is not up`);
    return process;
  }
}

function mortality(id: NodeId, clock: SimClock, store: SimStore, transport: SimTransport) {
  let die: (error: Error) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  death.catch(() => {});
  const halt = () => {
    clock.halt();
    store.halt();
    transport.halt();
    die(new TransportError('disconnected', `${id} died`));
  };
  return { death, halt };
}
