/**
 * One node: the object that the HTTP API, the simulator and whoever embeds a node talk to. What
 * it is made of is in `node-parts.ts`.
 *
 * Start: the life of the data directory is begun on disk, then the node serves; the metadata
 * group learns of the start, and from then on the node counts. Stop: new requests are
 * refused, the lead of the metadata group is handed over, others are told to turn elsewhere,
 * running requests finish, everything is flushed, and only then is the clean-stop mark left.
 */

import type { ReadResult, RecentLatencies, WriteResult } from '../coordinator/coordinator.ts';
import type { ListRequest } from '../coordinator/list-path.ts';
import type { ReadRequest, WriteRequest } from '../coordinator/requests.ts';
import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName, type NodeId } from '../kernel/names.ts';
import { spanned, type Trace } from '../kernel/trace.ts';
import type { HintsFor } from '../repair/hint-delivery.ts';
import type { ReapStatus } from '../repair/reaper.ts';
import type { RepairStatus } from '../repair/repair.ts';
import type { RunRequest, RunStatus } from '../repair/repair-runs.ts';
import { NodeLife } from '../replica/node-life.ts';
import type { Bucket } from '../ring/cluster-view.ts';
import type { Ring } from '../ring/ring.ts';
import type { KeyPage } from '../routing/key-listing.ts';
import { NodeBackup } from './backup/node-backup.ts';
import { Restore } from './backup/restore.ts';
import { Buckets } from './buckets.ts';
import { ClusterActivity } from './cluster-activity.ts';
import { type ClusterStatus, clusterStatus } from './cluster-status.ts';
import { SilenceWatch } from './gossip/silence-watch.ts';
import { HeldBytes } from './held-bytes.ts';
import { requestIdOf } from './idempotency-key.ts';
import { KeyInspection } from './inspection/key-inspection.ts';
import { Leases } from './leases.ts';
import { Losses } from './losses.ts';
import { type GroupStatus, groupStatus } from './metadata-group/group-status.ts';
import type { NodeConfig, NodePorts } from './node-config.ts';
import { assembleNode, type NodeParts, type WatchedPorts } from './node-parts.ts';
import { OwnActivity } from './own-activity.ts';
import { PaxosBuckets } from './paxos-buckets.ts';
import { RaftBuckets } from './raft-buckets.ts';
import { Readiness } from './readiness.ts';
import { RingChanges } from './ring-changes.ts';
import { Salvage } from './salvage.ts';

/** Requests still running so long after a stop was asked for are given up. */
const STOP_GRACE_MS = 5_000;

/** For another voter to take the lead: two election timeouts and some more. */
const HAND_OVER_MS_MAX = 1_000;

export class QuorateNode {
  readonly id: NodeId;
  readonly valueBytesMax: number;
  readonly buckets: Buckets;
  readonly paxosBuckets: PaxosBuckets;
  readonly raftBuckets: RaftBuckets;
  readonly leases: Leases;
  readonly ringChanges: RingChanges;
  readonly salvage: Salvage;
  readonly backup: NodeBackup;
  readonly restore: Restore;
  readonly losses: Losses;
  readonly keyInspection: KeyInspection;
  readonly activity: ClusterActivity;
  /** Of bodies and answers of clients. */
  readonly heldBytes: HeldBytes;
  readonly #ports: WatchedPorts;
  readonly #life: NodeLife;
  readonly #parts: NodeParts;
  readonly #readiness: Readiness;
  #drained: Promise<void> | undefined;

  private constructor(config: NodeConfig, ports: WatchedPorts, life: NodeLife) {
    this.id = config.identity.name;
    this.valueBytesMax = config.valueBytesMax;
    this.#ports = ports;
    this.#life = life;
    this.#parts = assembleNode(config, ports, life);
    const { id: self } = this;
    const { group, view, requests, liveness, coordinator } = this.#parts;
    this.#readiness = new Readiness({ self, ...this.#parts });
    this.heldBytes = new HeldBytes(ports.metrics);
    this.buckets = new Buckets(group, view, requests);
    this.paxosBuckets = new PaxosBuckets({
      ...this.#parts,
      readiness: this.#readiness,
      valueBytesMax: config.valueBytesMax,
    });
    this.raftBuckets = new RaftBuckets(group, requests, ports.metrics);
    this.leases = new Leases(group, requests);
    this.ringChanges = new RingChanges(group, requests, { ...ports, self, liveness });
    this.salvage = new Salvage(group, requests, coordinator);
    this.losses = new Losses(view, requests, this.#parts);
    this.keyInspection = new KeyInspection({
      ...ports,
      ...this.#parts,
      self,
      holder: this.#parts.keyHolder,
      voters: () => groupStatus(group).voters,
    });
    const own = new OwnActivity({
      ...ports,
      life: life.life,
      ready: () => this.ready,
      raft: () => group.runner.raft.status(),
      appliedIndex: () => group.state?.index ?? 0,
    });
    this.activity = new ClusterActivity(own, { ...ports, ...this.#parts, self });
    const { nodeNo } = config.identity;
    this.backup = new NodeBackup({ ...ports, ...this.#parts, self, nodeNo, life: life.life });
    this.restore = new Restore({ ...ports, ...this.#parts, readiness: this.#readiness });
  }

  /** Resolves when the node serves. Rejects with `StoreError` where a store is damaged. */
  static async start(config: NodeConfig, given: NodePorts): Promise<QuorateNode> {
    const ports = { ...given, transport: new SilenceWatch(given) };
    const life = await NodeLife.begin(ports.store, ports.random);
    const node = new QuorateNode(config, ports, life);
    const { group, catchingUp, metadataLag, requests, gossip, liveness, coordinator } = node.#parts;
    const { registers, registerListing, registerUpkeep, keyHolder } = node.#parts;
    const { trees, adoption, replica, fallback, repair, moves, hintDelivery } = node.#parts;
    await trees.takeUp(life.goesOn);
    adoption.follow();
    replica.serve(ports.transport);
    fallback.serve(ports.transport);
    repair.serve(ports.transport);
    moves.serve();
    coordinator.serve((work) => requests.runHandedOver(work));
    registers.serve((work) => requests.runHandedOver(work));
    registerListing.serve();
    registerUpkeep.serve(ports.transport);
    keyHolder.serve(ports.transport);
    node.activity.serve();
    group.start();
    catchingUp.start();
    metadataLag.start();
    gossip.start();
    liveness.start();
    hintDelivery.start();
    repair.start();
    registerUpkeep.start();
    moves.start();
    ports.logger.info('life begun', { bootNumber: life.bootNumber });
    return node;
  }

  get clusterId(): string {
    return this.#parts.view.clusterId;
  }

  /** True while requests are taken, and can be carried out as far as this node knows. */
  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  /** What a client would be told, or undefined when its requests are taken. */
  get whyNotReady(): QuorateError | undefined {
    return this.#readiness.whyNot;
  }

  /** Why clients should rather ask another node, or undefined: see readiness.ts. */
  get whyAvoided(): QuorateError | undefined {
    return this.#readiness.whyAvoided;
  }

  /** Throws `QuorateError`. */
  read(request: ReadRequest, timeoutMs: number, trace?: Trace): Promise<ReadResult> {
    return this.#parts.requests.run('get', timeoutMs, (deadline) => {
      this.#readiness.demand();
      return this.#parts.coordinator.read(request, deadline, trace);
    });
  }

  /**
   * A put, or a delete where there is no content. The first put into an unknown bucket
   * creates it. Throws `QuorateError`.
   */
  write(request: WriteRequest, timeoutMs: number, trace?: Trace): Promise<WriteResult> {
    const operation = request.content === null ? 'delete' : 'put';
    return this.#parts.requests.run(operation, timeoutMs, (deadline) => {
      this.#readiness.demand();
      this.#checkSize(request);
      if (request.content === null || this.#parts.view.bucket(request.bucket) !== undefined) {
        return this.#parts.coordinator.write(request, deadline, trace);
      }
      return this.#writeIntoNewBucket(request, deadline, trace);
    });
  }

  /** One page of the keys of a bucket. Throws `QuorateError`. */
  list(request: ListRequest, timeoutMs: number): Promise<KeyPage> {
    return this.#parts.requests.run('list', timeoutMs, (deadline) => {
      this.#readiness.demand();
      return this.#parts.coordinator.list(request, deadline);
    });
  }

  /** Of changes that are sent with this Idempotency-Key: see idempotency-key.ts. */
  requestIdOf(key: string): Uint8Array {
    return requestIdOf(key, this.#ports.clock.wallTime());
  }

  /** As far as this node knows; undefined: there is none of this name. */
  bucket(name: string): Bucket | undefined {
    return this.#parts.view.bucket(name);
  }

  status(): ClusterStatus {
    const { view, group, gossip, liveness } = this.#parts;
    return clusterStatus(this.id, this.ready, view, group, gossip, liveness);
  }

  /** Which nodes keep which partition. Throws `ring_forming`. */
  ring(): Ring {
    return this.#parts.view.ring();
  }

  /** What this node keeps for others until they have it. */
  hints(): readonly HintsFor[] {
    return this.#parts.hintDelivery.status();
  }

  /** Compares everything with the other replicas, or reads everything, now. Throws `QuorateError`. */
  runRepair(request: RunRequest): RunStatus {
    this.#readiness.demand();
    return this.#parts.repair.run(request);
  }

  /** How the replicas stand to each other. Throws `ring_forming`. */
  repairStatus(): RepairStatus {
    return this.#parts.repair.status();
  }

  /** Deleted and expired keys that this node is to have reaped, and why they wait. */
  reapStatus(): ReapStatus {
    return this.#parts.repair.reapStatus();
  }

  /** What reads and writes took lately at this node and at others. */
  latencies(): RecentLatencies {
    return this.#parts.coordinator.latencies();
  }

  groupStatus(): GroupStatus {
    return groupStatus(this.#parts.group);
  }

  /** Hands the lead of the metadata group to a voter. Throws `QuorateError`. */
  transferLeadership(to: NodeId, timeoutMs: number): Promise<void> {
    return this.#parts.group.transfer(to, this.#ports.clock.now() + timeoutMs);
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
    const { group, catchingUp, metadataLag, gossip, liveness, trees } = this.#parts;
    const { replica, fallback, adoption, repair, moves, hintDelivery } = this.#parts;
    const { registers, registerUpkeep } = this.#parts;
    hintDelivery.stop();
    repair.stop();
    registerUpkeep.stop();
    moves.stop();
    gossip.stop();
    liveness.stop();
    this.#ports.transport.stop();
    replica.close();
    registers.close();
    fallback.close();
    adoption.close();
    catchingUp.stop();
    metadataLag.stop();
    group.stop();
    await this.#ports.metadataStore.durable();
    await trees.leave();
    await this.#life.end();
    this.#ports.logger.info('stopped', { bootNumber: this.#life.bootNumber });
  }

  async #drain(): Promise<void> {
    const finished = this.#parts.requests.close(STOP_GRACE_MS);
    await this.#parts.group.handOverLead(this.#ports.clock.now() + HAND_OVER_MS_MAX);
    this.#parts.gossip.leave();
    await finished;
  }

  async #writeIntoNewBucket(
    request: WriteRequest,
    deadline: number,
    trace: Trace | undefined,
  ): Promise<WriteResult> {
    checkBucketName(request.bucket);
    const created = this.buckets.createByWriting(request.bucket, deadline);
    await spanned(trace?.begin('wait_bucket'), created);
    return this.#parts.coordinator.write(request, deadline, trace);
  }

  #checkSize({ content }: WriteRequest): void {
    if (content === null || content.value.length <= this.valueBytesMax) return;
    throw new QuorateError(
      'value_too_large',
      `the value has ${content.value.length} bytes; this node takes up to ${this.valueBytesMax}`,
    );
  }
}
