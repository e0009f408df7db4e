/**
 * This node's part in the metadata group: it runs the machine, answers the other members,
 * and is how the rest of the node asks for changes and sees the state.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Command, RaisedPartition, ReapedPartition } from '../../metadata/command.ts';
import type { NodeAddress } from '../../metadata/node-record.ts';
import { holdersOf } from '../../metadata/ring-moves.ts';
import type { Start } from '../../metadata/starts.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import { CommandClient } from './command-client.ts';
import type { GroupIdentity } from './group-identity.ts';
import type { GoneStanding } from './group-messages.ts';
import { GroupMetrics } from './group-metrics.ts';
import { GroupSender } from './group-sender.ts';
import { GroupServer } from './group-server.ts';
import { askToHandOver, handOverBeforeStop, notAVoter } from './handing-over.ts';
import { KnownPeers } from './known-peers.ts';
import { LeaderDuties } from './leader-duties.ts';
import { RaftRunner } from './raft-runner.ts';
import { RaftStore } from './raft-store.ts';
import { refusedStart, registerStart } from './registration.ts';
import { SnapshotReceiver } from './snapshot-streams.ts';
import { goneText, Standing } from './standing.ts';

export interface MetadataGroupPorts {
  readonly metadataStore: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onFatal: (error: unknown) => void;
}

export interface MetadataGroupConfig {
  readonly identity: GroupIdentity;
  /** The present start; it remembers less once it is registered. */
  readonly start: () => Start;
  readonly address: NodeAddress;
  /** The group knows of this start, and this node knows that it does. */
  readonly onRegistered: () => Promise<void>;
  /** Told of every change of the state. */
  readonly onChange: () => void;
}

/** How long a command of the node's own may take. */
const COMMAND_MS_MAX = 5_000;

/** Between two looks at the numbers that metrics tell. */
const MEASURE_MS = 500;

export class MetadataGroup {
  readonly runner: RaftRunner;
  readonly client: CommandClient;
  readonly #config: MetadataGroupConfig;
  readonly #ports: MetadataGroupPorts;
  readonly #server: GroupServer;
  readonly #duties: LeaderDuties;
  readonly #metrics: GroupMetrics;
  readonly #peers: KnownPeers;
  readonly #standing: Standing;
  #hasLeft = false;
  readonly #listeners = new Set<() => void>();
  #registered = false;
  #left = false;
  #stopped = false;

  /** Throws `StoreError` where the log is damaged. */
  constructor(config: MetadataGroupConfig, ports: MetadataGroupPorts) {
    this.#config = config;
    this.#ports = ports;
    const { clock, random, transport, logger, onFatal } = ports;
    const { identity } = config;
    const store = new RaftStore(ports.metadataStore);
    const nameOf = (member: MemberNo) => this.nameOf(member);
    const term = () => this.runner.raft.status().term;
    const sender = new GroupSender({ ...config, clock, transport, store, nameOf, term });
    this.runner = new RaftRunner(identity.nodeNo, {
      clock,
      random,
      store,
      send: (to, message) => sender.send(to, message),
      sendSnapshot: (to, snapshot, isWanted) => sender.sendSnapshot(to, snapshot, isWanted),
      onApplied: () => this.#changed(),
      onFatal,
    });
    this.client = new CommandClient({
      clock,
      transport,
      runner: this.runner,
      self: identity.name,
      nodeNo: identity.nodeNo,
      life: config.start().life,
      leader: () => this.leader,
    });
    this.#duties = new LeaderDuties({
      clock,
      logger,
      runner: this.runner,
      run: (command) => this.client.runIdempotent(command, clock.now() + COMMAND_MS_MAX),
    });
    this.#metrics = new GroupMetrics(ports.metrics);
    this.#peers = new KnownPeers({
      transport,
      store,
      joinedBy: identity.peers,
      state: () => this.state,
    });
    this.#standing = new Standing({
      identity,
      clock,
      transport,
      state: () => this.state,
      peers: () => this.#peers.names(),
      onGone: (standing) => this.#onGone(standing),
    });
    this.#server = new GroupServer({
      identity,
      start: config.start,
      transport,
      runner: this.runner,
      client: this.client,
      receiver: new SnapshotReceiver(store, () => this.state?.index ?? 0),
      peers: this.#peers,
      standing: this.#standing,
      nameOf,
      onFatal,
    });
  }

  /** Undefined until a new member has received it. */
  get state(): MetadataState | undefined {
    return this.runner.state;
  }

  /** The group knows of this start: this node may count for quorums, unless it has left. */
  get registered(): boolean {
    return this.#registered && !this.#left;
  }

  /** It is no member any more, and hears nothing of what comes after. */
  get left(): boolean {
    return this.#left;
  }

  /** This node is leaving, and by all that it knows of the ring it has no place any more. */
  get departing(): boolean {
    const { state } = this;
    const ring = state?.ring();
    const { name } = this.#config.identity;
    if (ring === undefined || state?.nodeNamed(name)?.status !== 'leaving') return false;
    return !holdersOf(ring, state.goal()).has(name);
  }

  /**
   * The state, where this node leads. Undefined otherwise, and until it has applied an entry of
   * its own term: before that it may not know of the newest ones.
   */
  get led(): MetadataState | undefined {
    const { state, raft } = this.runner;
    const { role, term } = raft.status();
    if (role !== 'leader' || state === undefined) return undefined;
    return raft.termAt(state.index) === term ? state : undefined;
  }

  /** This node has handed over all that it kept, and is of the cluster no more. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get leader(): NodeId | undefined {
    return this.nameOf(this.runner.raft.status().leader);
  }

  nameOf(member: MemberNo): NodeId | undefined {
    if (member === this.#config.identity.nodeNo) return this.#config.identity.name;
    return this.state?.node(member)?.name ?? this.#peers.nameHeard(member);
  }

  start(): void {
    this.#server.serve();
    this.#peers.update();
    this.runner.start();
    this.#duties.start();
    this.#standing.start();
    this.#measure();
    void this.#register().catch(this.#ports.onFatal);
  }

  stop(): void {
    this.#stopped = true;
    this.#duties.stop();
    this.#standing.stop();
    this.runner.stop();
    this.#tellListeners();
  }

  /** Called at every change of the state and at the stop, until what is returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands the leadership to a voter; from any node. Throws `QuorateError`. */
  async transfer(to: NodeId, deadline: number): Promise<void> {
    const member = this.state?.nodeNamed(to)?.nodeNo;
    if (member === undefined) throw notAVoter(this, to);
    await askToHandOver(this.#ports.transport, this.leader, member, deadline);
  }

  /** Before a stop: resolves when this node does not lead, or cannot help it. */
  handOverLead(deadline: number): Promise<void> {
    return handOverBeforeStop(this, this.#ports.clock, deadline);
  }

  /**
   * Begins a round of reaping; resolves with its number. Not in a session: one that is in the
   * log twice has the higher of two numbers, and the round of the lower one ends.
   */
  async beginReaping(partitions: readonly ReapedPartition[]): Promise<number> {
    return this.#indexOf({ type: 'begin_reaping', partitions });
  }

  /**
   * Raises the epochs of partitions; resolves with what they are then. Not in a session: where the
   * entry is in the log twice, and its first answer is lost, `stale_epoch` is thrown.
   */
  async raiseEpochs(partitions: readonly RaisedPartition[]): Promise<number> {
    return this.#indexOf({ type: 'raise_epochs', partitions });
  }

  /** Of the entry with this command. */
  async #indexOf(command: Command): Promise<number> {
    const deadline = this.#ports.clock.now() + COMMAND_MS_MAX;
    const { index, reply } = await this.client.runIdempotent(command, deadline);
    if (!reply.ok) throw new QuorateError(reply.code, reply.detail, reply.facts);
    return index;
  }

  #onGone(standing: GoneStanding): void {
    const { identity } = this.#config;
    const { logger, onFatal } = this.#ports;
    const text = goneText(identity.name, standing);
    if (standing.status === 'dead') {
      onFatal(new InvariantError(refusedStart('replaced', text)));
      return;
    }
    this.#hasLeft = true;
    logger.warn('left the cluster', { detail: text });
  }

  #measure(): void {
    if (this.#stopped) return;
    this.#metrics.observe(this.runner.raft.status(), this.state);
    this.#ports.clock.setTimer(MEASURE_MS, () => this.#measure());
  }

  async #register(): Promise<void> {
    const { client, runner } = this;
    const isStopped = () => this.#stopped;
    const ports = { ...this.#ports, ...this.#config, client, runner, isStopped };
    if (!(await registerStart(ports))) return;
    await this.#config.onRegistered();
    this.#registered = true;
    this.#changed();
    const { bootNumber } = this.#config.start();
    this.#ports.logger.info('start registered', { bootNumber });
  }

  #changed(): void {
    this.#left ||= this.state?.nodeNamed(this.#config.identity.name)?.status === 'left';
    this.#peers.update();
    this.#standing.judge();
    this.#config.onChange();
    this.#tellListeners();
  }

  #tellListeners(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
