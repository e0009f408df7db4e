/**
 * One node put together from its ports: the object that the HTTP API, the simulator and
 * whoever embeds a node talk to.
 *
 * Start: the life of the data directory is begun on disk, then the node serves; the metadata
 * group learns of the start, and from then on the node counts. Stop: new requests are
 * refused, the lead of the metadata group is handed over, others are told to turn elsewhere,
 * running requests finish, everything is flushed, and only then is the clean-stop mark left.
 */

import { Coordinator, type ReadResult, type WriteResult } from '../coordinator/coordinator.ts';
import type { KeyPage, ListRequest } from '../coordinator/list-path.ts';
import type { ReadRequest, WriteRequest } from '../coordinator/requests.ts';
import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName, type NodeId } from '../kernel/names.ts';
import type { ReapedPartition } from '../metadata/command.ts';
import type { NodeAddress, NodeRecord } from '../metadata/nodes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import { BackgroundBudget } from '../repair/background-budget.ts';
import { HintDelivery, type HintsFor } from '../repair/hint-delivery.ts';
import type { ReapStatus } from '../repair/reaper.ts';
import { Repair, type RepairStatus } from '../repair/repair.ts';
import type { RunRequest, RunStatus } from '../repair/repair-runs.ts';
import { DamagedRecords } from '../replica/damaged-records.ts';
import { Fallback } from '../replica/fallback.ts';
import { Hints } from '../replica/hints.ts';
import { NodeLife } from '../replica/node-life.ts';
import { ReapAdoption } from '../replica/reap-adoption.ts';
import { ReapNumbers } from '../replica/reap-numbers.ts';
import { Replica } from '../replica/replica.ts';
import { Trees } from '../replica/trees.ts';
import type { Bucket } from '../ring/cluster-view.ts';
import type { Ring } from '../ring/ring.ts';
import { Buckets } from './buckets.ts';
import { type ClusterStatus, clusterStatus } from './cluster-status.ts';
import { DeletedBucketSweep } from './deleted-bucket-sweep.ts';
import { factsOf } from './gossip/facts.ts';
import { GossipRunner } from './gossip/gossip-runner.ts';
import { NodeLiveness } from './gossip/node-liveness.ts';
import { HeldBytes } from './held-bytes.ts';
import { Leases } from './leases.ts';
import type { GroupIdentity } from './metadata-group/group-identity.ts';
import { type GroupStatus, groupStatus } from './metadata-group/group-status.ts';
import { MetadataGroup } from './metadata-group/metadata-group.ts';
import { MetadataView, type SealUnder } from './metadata-group/metadata-view.ts';
import { RaftBuckets } from './raft-buckets.ts';
import { RequestLedger } from './request-ledger.ts';
import { RingChanges } from './ring-changes.ts';
import { RingMoves } from './ring-moves/ring-moves.ts';
import { Salvage } from './salvage.ts';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The objects. */
  readonly store: Store;
  /** The log of the metadata group. */
  readonly metadataStore: Store;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sealUnder: SealUnder;
  /** A fault of the program was found out: the node must end at once, without a clean stop. */
  readonly onFatal: (error: unknown) => void;
}

export interface NodeConfig {
  readonly identity: GroupIdentity;
  /** Where others reach this node. */
  readonly address: NodeAddress;
  /** Longest value that a put may bring, in bytes. */
  readonly valueBytesMax: number;
  /** What is kept for nodes that did not take their writes, in bytes. */
  readonly hintBytesMax: number;
  /** How often this node compares what it has with each other replica. */
  readonly compareEveryMs: number | 'never';
  /** How often this node has what was deleted reaped, while something waits. */
  readonly reapEveryMs: number | 'never';
  /** A node that has no share of the ring yet asks for one by itself. */
  readonly joinsRing: boolean;
}

export const DEFAULT_VALUE_BYTES_MAX = 1024 * 1024;
export const DEFAULT_HINT_BYTES_MAX = 1024 * 1024 * 1024;
export const DEFAULT_COMPARE_EVERY_MS = 3_000;
export const DEFAULT_REAP_EVERY_MS = 60_000;
export const DEFAULT_TIMEOUT_MS = 2_000;
export const TIMEOUT_MS_MAX = 60_000;

/** Requests still running so long after a stop was asked for are given up. */
const STOP_GRACE_MS = 5_000;

/** For another voter to take the lead: two election timeouts and some more. */
const HAND_OVER_MS_MAX = 1_000;

/** Until this node has the state. */
const NOBODY: readonly NodeRecord[] = [];

export class QuorateNode {
  readonly id: NodeId;
  readonly valueBytesMax: number;
  readonly buckets: Buckets;
  readonly raftBuckets: RaftBuckets;
  readonly leases: Leases;
  readonly ringChanges: RingChanges;
  readonly salvage: Salvage;
  /** Of bodies and answers of clients. */
  readonly heldBytes: HeldBytes;
  readonly #ports: NodePorts;
  readonly #view: MetadataView;
  readonly #group: MetadataGroup;
  readonly #life: NodeLife;
  readonly #gossip: GossipRunner;
  readonly #liveness: NodeLiveness;
  readonly #replica: Replica;
  readonly #fallback: Fallback;
  readonly #hintDelivery: HintDelivery;
  readonly #trees: Trees;
  readonly #adoption: ReapAdoption;
  readonly #repair: Repair;
  readonly #moves: RingMoves;
  readonly #coordinator: Coordinator;
  readonly #requests: RequestLedger;
  readonly #sweep: DeletedBucketSweep;
  #drained: Promise<void> | undefined;

  private constructor(config: NodeConfig, ports: NodePorts, life: NodeLife) {
    const { identity, address } = config;
    const { clock } = ports;
    this.id = identity.name;
    this.valueBytesMax = config.valueBytesMax;
    this.#ports = ports;
    this.#life = life;
    this.#group = new MetadataGroup(
      {
        identity,
        address,
        start: () => ({ bootNumber: life.bootNumber, life: life.life, since: life.since }),
        onRegistered: () => life.registered(),
        onChange: () => this.#onMetadata(),
      },
      ports,
    );
    this.#view = new MetadataView(identity.clusterId, this.#group, clock, ports.sealUnder);
    const { id: self } = this;
    const view = this.#view;
    const trees = new Trees({ ...ports, self, view });
    const damaged = new DamagedRecords(ports);
    const reaps = new ReapNumbers(ports.store);
    this.#trees = trees;
    this.#replica = new Replica({ ...ports, self, view, trees, damaged, reaps, lineage: life });
    const replica = this.#replica;
    const hints = new Hints({ ...ports, reaps, bytesMax: config.hintBytesMax });
    const { marks } = replica;
    this.#adoption = new ReapAdoption({ ...ports, self, view, hints, reaps, marks });
    this.#gossip = new GossipRunner({
      ...ports,
      identity,
      address,
      roster: () => this.#group.state?.members() ?? NOBODY,
      facts: () => factsOf(this.#group.state?.index ?? 0, hints.summaries()),
    });
    const accused = (node: NodeId) => this.#gossip.accused(node);
    const liveness = new NodeLiveness({ ...ports, self, view, accused });
    const fallback = new Fallback({ ...ports, self, view, hints, reaps, replica });
    this.#liveness = liveness;
    this.#fallback = fallback;
    this.#sweep = new DeletedBucketSweep({ ...ports, replica, fallback });
    const requestsInFlight = () => this.#requests.inFlight;
    const budget = new BackgroundBudget({ ...ports, requestsInFlight });
    this.#hintDelivery = new HintDelivery({ ...ports, view, liveness, hints, budget });
    const { compareEveryMs, reapEveryMs } = config;
    const paces = { budget, compareEveryMs, reapEveryMs };
    const own = { self, view, liveness, replica, trees, damaged, reaps, adoption: this.#adoption };
    const beginReaping = (partitions: readonly ReapedPartition[]) =>
      this.#group.beginReaping(partitions);
    this.#repair = new Repair({ ...ports, ...own, ...paces, beginReaping });
    const { joinsRing } = config;
    const group = this.#group;
    this.#moves = new RingMoves({ ...ports, ...own, hints, budget, group, joinsRing });
    this.#coordinator = new Coordinator({
      ...ports,
      self,
      view,
      liveness,
      replica,
      fallback,
      reaps,
    });
    this.#requests = new RequestLedger(clock, ports.metrics);
    this.heldBytes = new HeldBytes(ports.metrics);
    this.buckets = new Buckets(this.#group, view, this.#requests);
    this.raftBuckets = new RaftBuckets(this.#group, this.#requests, ports.metrics);
    this.leases = new Leases(this.#group, this.#requests);
    this.ringChanges = new RingChanges(this.#group, this.#requests, { ...ports, self, liveness });
    this.salvage = new Salvage(group, this.#requests, this.#coordinator);
  }

  /** Resolves when the node serves. Rejects with `StoreError` where a store is damaged. */
  static async start(config: NodeConfig, ports: NodePorts): Promise<QuorateNode> {
    const life = await NodeLife.begin(ports.store, ports.random);
    const node = new QuorateNode(config, ports, life);
    await node.#trees.takeUp(life.goesOn);
    node.#adoption.follow();
    node.#replica.serve(ports.transport);
    node.#fallback.serve(ports.transport);
    node.#repair.serve(ports.transport);
    node.#moves.serve();
    node.#coordinator.serve((work) => node.#requests.runHandedOver(work));
    node.#group.start();
    node.#gossip.start();
    node.#liveness.start();
    node.#hintDelivery.start();
    node.#repair.start();
    node.#moves.start();
    ports.logger.info('life begun', { bootNumber: life.bootNumber });
    return node;
  }

  get clusterId(): string {
    return this.#view.clusterId;
  }

  /** True while requests are taken, and can be carried out as far as this node knows. */
  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  /** What a client would be told, or undefined when its requests are taken. */
  get whyNotReady(): QuorateError | undefined {
    if (!this.#requests.open) {
      return new QuorateError('not_ready', 'the node is stopping: ask another one');
    }
    if (this.#group.hasLeft) {
      return new QuorateError('not_ready', `${this.id} has left the cluster: ask another node`);
    }
    if (!this.#view.formed) return this.#view.forming();
    if (this.#view.counted) return undefined;
    if (this.#group.left) {
      return new QuorateError('not_ready', 'this node has left the cluster: ask another one');
    }
    return new QuorateError(
      'not_ready',
      'the metadata group has not registered this start yet, for which it needs a majority of its voters',
    );
  }

  /** Throws `QuorateError`. */
  read(request: ReadRequest, timeoutMs: number): Promise<ReadResult> {
    return this.#requests.run('get', timeoutMs, (deadline) => {
      this.#refuseUntilReady();
      return this.#coordinator.read(request, deadline);
    });
  }

  /**
   * A put, or a delete where there is no content. The first put into an unknown bucket
   * creates it. Throws `QuorateError`.
   */
  write(request: WriteRequest, timeoutMs: number): Promise<WriteResult> {
    const operation = request.content === null ? 'delete' : 'put';
    return this.#requests.run(operation, timeoutMs, (deadline) => {
      this.#refuseUntilReady();
      this.#checkSize(request);
      if (request.content === null || this.#view.bucket(request.bucket) !== undefined) {
        return this.#coordinator.write(request, deadline);
      }
      return this.#writeIntoNewBucket(request, deadline);
    });
  }

  /** One page of the keys of a bucket. Throws `QuorateError`. */
  list(request: ListRequest, timeoutMs: number): Promise<KeyPage> {
    return this.#requests.run('list', timeoutMs, (deadline) => {
      this.#refuseUntilReady();
      return this.#coordinator.list(request, deadline);
    });
  }

  /** As far as this node knows; undefined: there is none of this name. */
  bucket(name: string): Bucket | undefined {
    return this.#view.bucket(name);
  }

  status(): ClusterStatus {
    return clusterStatus(
      this.id,
      this.ready,
      this.#view,
      this.#group,
      this.#gossip,
      this.#liveness,
    );
  }

  /** Which nodes keep which partition. Throws `ring_forming`. */
  ring(): Ring {
    return this.#view.ring();
  }

  /** What this node keeps for others until they have it. */
  hints(): readonly HintsFor[] {
    return this.#hintDelivery.status();
  }

  /** Compares everything with the other replicas, or reads everything, now. Throws `QuorateError`. */
  runRepair(request: RunRequest): RunStatus {
    this.#refuseUntilReady();
    return this.#repair.run(request);
  }

  /** How the replicas stand to each other. Throws `ring_forming`. */
  repairStatus(): RepairStatus {
    return this.#repair.status();
  }

  /** Deleted and expired keys that this node is to have reaped, and why they wait. */
  reapStatus(): ReapStatus {
    return this.#repair.reapStatus();
  }

  groupStatus(): GroupStatus {
    return groupStatus(this.#group);
  }

  /** Hands the lead of the metadata group to a voter. Throws `QuorateError`. */
  transferLeadership(to: NodeId, timeoutMs: number): Promise<void> {
    return this.#group.transfer(to, this.#ports.clock.now() + timeoutMs);
  }

  /**
   * Takes no more requests from this turn on; resolves when those that run have ended, or were
   * given up. What other nodes ask of this one as a replica goes on until the stop.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Ends in order and leaves the clean-stop mark; the stores may be closed afterwards. */
  async stop(): Promise<void> {
    await this.drain();
    this.#hintDelivery.stop();
    this.#repair.stop();
    this.#moves.stop();
    this.#gossip.stop();
    this.#liveness.stop();
    this.#replica.close();
    this.#fallback.close();
    this.#adoption.close();
    this.#group.stop();
    await this.#ports.metadataStore.durable();
    await this.#trees.leave();
    await this.#life.end();
    this.#ports.logger.info('stopped', { bootNumber: this.#life.bootNumber });
  }

  async #drain(): Promise<void> {
    const finished = this.#requests.close(STOP_GRACE_MS);
    await this.#group.handOverLead(this.#ports.clock.now() + HAND_OVER_MS_MAX);
    this.#gossip.leave();
    await finished;
  }

  async #writeIntoNewBucket(request: WriteRequest, deadline: number): Promise<WriteResult> {
    checkBucketName(request.bucket);
    await this.buckets.createByWriting(request.bucket, deadline);
    return this.#coordinator.write(request, deadline);
  }

  #refuseUntilReady(): void {
    const { formed, counted } = this.#view;
    const reason = formed && counted && !this.#group.hasLeft ? undefined : this.whyNotReady;
    if (reason !== undefined) throw reason;
  }

  #onMetadata(): void {
    this.#adoption.follow();
    this.#moves.follow();
    this.#view.changed();
    if (this.#view.formed) this.#sweep.follow(this.#group.state?.deletedBuckets ?? 0);
  }

  #checkSize({ content }: WriteRequest): void {
    if (content === null || content.value.length <= this.valueBytesMax) return;
    throw new QuorateError(
      'value_too_large',
      `the value has ${content.value.length} bytes; this node takes up to ${this.valueBytesMax}`,
    );
  }
}
