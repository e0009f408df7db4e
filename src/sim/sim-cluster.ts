/**
 * A whole cluster of real nodes in one process and in virtual time.
 *
 * Every node has a disk that outlives its processes. Processes can be started, stopped in
 * order, killed, or lose their power; disks can be wiped and slowed. Nodes may come that the
 * cluster was not formed with, and go for good.
 */

import { TransportError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import {
  type ClusterShape,
  DEFAULT_COMPARE_EVERY_MS,
  DEFAULT_HINT_BYTES_MAX,
  DEFAULT_REAP_EVERY_MS,
  type FormedCluster,
  formCluster,
  type QuorateNode,
} from '../node/index.ts';
import { type ClockSkew, TRUE_TIME } from './sim-clock.ts';
import { SimNetwork } from './sim-network.ts';
import { SimMetrics } from './sim-observation.ts';
import { simAddress } from './sim-peer-book.ts';
import {
  type Drive,
  type Newcomer,
  type NodeDisks,
  type ProcessOptions,
  type SimProcess,
  startProcess,
} from './sim-process.ts';
import { type DiskTiming, SimDisk } from './sim-store.ts';
import type { Exchange } from './sim-transport.ts';
import type { Simulation } from './simulation.ts';

export interface SimClusterConfig {
  readonly nodes: number;
  readonly partitionCount?: number;
  readonly replicationFactor?: number;
  /** Beside `test`, which is always there. */
  readonly buckets?: ClusterShape['buckets'];
  /** Of each node. */
  readonly hintBytesMax?: number;
  /** Likewise; see `NodeConfig`. */
  readonly compareEveryMs?: number | 'never';
  /** Likewise. */
  readonly reapEveryMs?: number | 'never';
}

const CLUSTER_ID = '00000000000051b1';

/** Until a node that was started has found the metadata group. */
const READY_MS_MAX = 5_000;

export class SimCluster {
  readonly network: SimNetwork;
  /** By node; they count over restarts. */
  readonly metrics = new Map<NodeId, SimMetrics>();
  readonly #simulation: Simulation;
  readonly #exchange: Exchange = new Map();
  readonly #disks = new Map<NodeId, NodeDisks>();
  readonly #skews = new Map<NodeId, ClockSkew>();
  readonly #processes = new Map<NodeId, SimProcess>();
  /** Nodes that came later, and whom they replace. */
  readonly #newcomers = new Map<NodeId, NodeId | undefined>();
  #nodeIds: readonly NodeId[];
  readonly #formed: FormedCluster;
  readonly #settings: ProcessOptions['settings'];
  /** What nodes threw that no client may ever meet; a correct run leaves it empty. */
  readonly fatalErrors: unknown[] = [];

  constructor(simulation: Simulation, config: SimClusterConfig) {
    this.#simulation = simulation;
    this.network = new SimNetwork(simulation);
    this.#nodeIds = Array.from({ length: config.nodes }, (_, i) => `n${i + 1}`);
    this.#settings = {
      hintBytesMax: config.hintBytesMax ?? DEFAULT_HINT_BYTES_MAX,
      compareEveryMs: config.compareEveryMs ?? DEFAULT_COMPARE_EVERY_MS,
      reapEveryMs: config.reapEveryMs ?? DEFAULT_REAP_EVERY_MS,
    };
    this.#formed = formCluster({
      clusterId: CLUSTER_ID,
      members: this.nodeIds.map((name) => ({ name, ...simAddress(name) })),
      partitionCount: config.partitionCount ?? 8,
      replicationFactor: config.replicationFactor ?? 3,
      buckets: withTest(config.buckets ?? []),
    });
    for (const id of this.nodeIds) this.#equip(id);
  }

  /** Those that were not given up. */
  get nodeIds(): readonly NodeId[] {
    return this.#nodeIds;
  }

  /** The disk of the node's objects. */
  disk(id: NodeId): SimDisk {
    return this.disks(id).objects;
  }

  disks(id: NodeId): NodeDisks {
    const disks = this.#disks.get(id);
    invariant(disks !== undefined, `no node ${id}`);
    return disks;
  }

  /** Both disks take so long from now on. */
  slowDisks(id: NodeId, timing: DiskTiming): void {
    for (const disk of Object.values(this.disks(id))) disk.timing = timing;
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

  /** Resolves when every node serves. */
  async startAll(): Promise<void> {
    for (const id of this.nodeIds) if (!this.isUp(id)) await this.launch(id);
    for (const id of this.nodeIds) await this.untilReady(id);
  }

  /** Starts a process on the node's disks and waits for it to serve. */
  async start(id: NodeId): Promise<void> {
    await this.launch(id);
    await this.untilReady(id);
  }

  /** Waits until the node serves, or would not for long, without its group. */
  async untilReady(id: NodeId): Promise<void> {
    const { node } = this.#process(id);
    const untilMs = this.#simulation.nowMs + READY_MS_MAX;
    while (!node.ready && this.isUp(id) && this.#simulation.nowMs < untilMs) {
      await this.#simulation.advance(5);
    }
  }

  /** Starts a process on the node's disks, as they are. */
  async launch(id: NodeId): Promise<void> {
    await this.#launch(id, (promise) => this.#simulation.complete(promise));
  }

  /**
   * A new node with empty disks asks those there are to admit it, and is one of the cluster's
   * when it is up. Somebody else has to run virtual time, for it may take as long as it likes.
   */
  async admit(id: NodeId, replaces?: NodeId): Promise<void> {
    invariant(!this.#disks.has(id), `there was a node ${id} already`);
    this.#equip(id);
    this.#newcomers.set(id, replaces);
    await this.#launch(id, (promise) => promise);
    this.#nodeIds = [...this.#nodeIds, id];
  }

  /** The node is down and does not come back; its disks can still be looked at. */
  giveUp(id: NodeId): void {
    invariant(!this.isUp(id), `${id} is up`);
    this.#nodeIds = this.#nodeIds.filter((other) => other !== id);
  }

  #equip(id: NodeId): void {
    this.#disks.set(id, { objects: new SimDisk(), metadata: new SimDisk() });
    this.metrics.set(id, new SimMetrics());
  }

  async #launch(id: NodeId, drive: Drive): Promise<void> {
    invariant(!this.isUp(id), `${id} is up already`);
    this.#simulation.trace(`start ${id}`);
    const process = await startProcess(
      {
        self: id,
        simulation: this.#simulation,
        network: this.network,
        exchange: this.#exchange,
        disks: this.disks(id),
        skew: this.#skews.get(id) ?? TRUE_TIME,
        metrics: this.metrics.get(id) as SimMetrics,
        formed: this.#formed,
        newcomer: this.#newcomer(id),
        settings: this.#settings,
        onDiskFailure: () => this.kill(id),
        onFatal: (error) => void this.fatalErrors.push(error),
      },
      drive,
    );
    this.#processes.set(id, process);
  }

  #newcomer(id: NodeId): Newcomer | undefined {
    if (!this.#newcomers.has(id)) return undefined;
    const others = this.nodeIds.filter((other) => other !== id);
    return { replaces: this.#newcomers.get(id), join: others.map(simAddress) };
  }

  /** Ends the process in order, as SIGTERM does. Rejects with `disconnected` when it dies first. */
  async stop(id: NodeId): Promise<void> {
    const { node, stores, transport, halt, death } = this.#process(id);
    this.#simulation.trace(`stop ${id}`);
    const inOrder = async () => {
      await node.stop();
      await transport.close();
      for (const store of stores) await store.close();
    };
    await this.#simulation.complete(Promise.race([inOrder(), death]));
    this.#processes.delete(id);
    halt();
    for (const disk of Object.values(this.disks(id))) disk.flushWhatIsCommitted();
  }

  /** Ends the process at once, as SIGKILL does: what was committed stays. */
  kill(id: NodeId): void {
    this.#end(id, 'kill');
    for (const disk of Object.values(this.disks(id))) disk.flushWhatIsCommitted();
  }

  /** Stops the process as SIGSTOP does, until it is resumed or ends. */
  pauseProcess(id: NodeId): void {
    this.#simulation.trace(`pause ${id}`);
    this.#process(id).gate.pause();
  }

  /** Lets the process go on, if it was paused. */
  resumeProcess(id: NodeId): void {
    this.#simulation.trace(`resume ${id}`);
    this.#process(id).gate.resume();
  }

  /** Ends the process and takes from the disks what was not flushed. */
  losePower(id: NodeId): void {
    this.#end(id, 'power loss');
    for (const disk of Object.values(this.disks(id))) disk.loseWhatIsNotFlushed();
  }

  /**
   * Runs a request on a node as a client would over a socket: rejects with `disconnected`
   * when the process dies first, `unreachable` when it is down.
   */
  async request<Result>(id: NodeId, work: (node: QuorateNode) => Promise<Result>): Promise<Result> {
    const process = this.#processes.get(id);
    if (process === undefined) throw new TransportError('unreachable', `${id} is down`);
    const { gate, node, death } = process;
    const begun = gate.isPaused
      ? new Promise<void>((resolve) => gate.pass(resolve)).then(() => work(node))
      : work(node);
    return Promise.race([begun, death]);
  }

  /** What a node knows at this moment; no client could see that. Precondition: it is up. */
  inspect<Seen>(id: NodeId, look: (node: QuorateNode) => Seen): Seen {
    return look(this.#process(id).node);
  }

  #end(id: NodeId, how: string): void {
    const { halt } = this.#process(id);
    this.#simulation.trace(`${how} ${id}`);
    this.#processes.delete(id);
    halt();
  }

  #process(id: NodeId): SimProcess {
    const process = this.#processes.get(id);
    invariant(process !== undefined, `${id} is not up`);
    return process;
  }
}

function withTest(buckets: ClusterShape['buckets']): ClusterShape['buckets'] {
  return buckets.some(({ name }) => name === 'test') ? buckets : [{ name: 'test' }, ...buckets];
}
