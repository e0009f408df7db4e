/**
 * This node's part in the metadata group: it runs the machine, answers the other members,
 * and is how the rest of the node asks for changes and sees the state.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import { type Command, demandKnownCommand, type ReapedPartition } from '../../metadata/command.ts';
import type { NodeAddress } from '../../metadata/nodes.ts';
import { holdersOf } from '../../metadata/ring-moves.ts';
import type { KnownStart, Start } from '../../metadata/starts.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import { admit } from './admission.ts';
import { CommandClient } from './command-client.ts';
import {
  type FollowReply,
  type FollowRequest,
  isFollowRequest,
  welcomeFollower,
} from './followers.ts';
import type { GroupIdentity } from './group-identity.ts';
import {
  type GoneStanding,
  PROPOSE,
  RAFT_APPEND,
  RAFT_BEAT,
  type RaftEnvelope,
  READ_INDEX,
  ROLLED_BACK,
  SNAPSHOT_CHUNK,
  type Speaker,
  TRANSFER,
} from './group-messages.ts';
import { GroupMetrics } from './group-metrics.ts';
import { askToHandOver, handOver, handOverBeforeStop, notAVoter } from './handing-over.ts';
import { KnownPeers } from './known-peers.ts';
import { LeaderDuties } from './leader-duties.ts';
import type { StoredSnapshot } from './raft-codec.ts';
import { RaftRunner } from './raft-runner.ts';
import { RaftStore } from './raft-store.ts';
import { refusedStart, registerStart } from './registration.ts';
import { SnapshotReceiver, sendSnapshot } from './snapshot-streams.ts';
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

/** What cannot be done is refused so long before the deadline, for the answer to be heard. */
const WELCOME_MS = 500;

/** Between two looks at the numbers that metrics tell. */
const MEASURE_MS = 500;

export class MetadataGroup {
  readonly runner: RaftRunner;
  readonly client: CommandClient;
  readonly #config: MetadataGroupConfig;
  readonly #ports: MetadataGroupPorts;
  readonly #store: RaftStore;
  readonly #duties: LeaderDuties;
  readonly #receiver: SnapshotReceiver;
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
    this.#store = new RaftStore(ports.metadataStore);
    this.runner = new RaftRunner(identity.nodeNo, {
      clock,
      random,
      store: this.#store,
      send: (to, message) => this.#send(to, message),
      sendSnapshot: (to, snapshot, isWanted) => this.#sendSnapshot(to, snapshot, isWanted),
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
    this.#receiver = new SnapshotReceiver(this.#store, () => this.state?.index ?? 0);
    this.#metrics = new GroupMetrics(ports.metrics);
    this.#peers = new KnownPeers({
      transport,
      store: this.#store,
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
    this.#serve();
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
    const command: Command = { type: 'begin_reaping', partitions };
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

  #serve(): void {
    const { transport } = this.#ports;
    const hear = async ({ from, message }: RaftEnvelope, incoming: { readonly from: NodeId }) => {
      if (!(await this.#peers.listenTo(from, incoming.from))) return;
      this.#standing.heard();
      this.runner.receive(from.member, kept(message));
    };
    transport.serve(RAFT_BEAT, hear);
    transport.serve(RAFT_APPEND, hear);
    transport.serve(ROLLED_BACK, ({ refused, known }) => {
      if (refused.life !== this.#config.start().life) return;
      this.#ports.onFatal(new InvariantError(refusedStart('rolled_back', told(known))));
    });
    transport.serve(SNAPSHOT_CHUNK, async (request, incoming) => {
      const { from, term, meta } = request;
      if (!(await this.#peers.listenTo(from, incoming.from))) {
        throw new QuorateError('not_ready', `node ${from.member} was put back to an older copy`);
      }
      const whole = await this.#receiver.take(request);
      if (whole) this.runner.receive(from.member, { type: 'snapshot', term, meta });
      return true;
    });
    transport.serve(PROPOSE, (data) => {
      demandKnownCommand(data);
      return this.runner.propose(Uint8Array.from(data));
    });
    transport.serve(READ_INDEX, () => this.runner.readIndex());
    transport.serve(TRANSFER, (member) => {
      handOver(this, member);
      return true;
    });
    const { client, runner } = this;
    const { clusterId } = this.#config.identity;
    transport.serveIntroductions((request, { deadline }) =>
      isFollowRequest(request)
        ? this.#welcome(request, deadline)
        : admit({ client, runner, clusterId }, request, deadline),
    );
  }

  /** Not before the group has shown that it can decide: nobody is to come over to a dead one. */
  async #welcome(request: FollowRequest, deadline: number): Promise<FollowReply> {
    await this.client.readBarrier(deadline - WELCOME_MS);
    const { state } = this;
    if (state === undefined) throw new QuorateError('not_ready', 'this node has no state yet');
    return welcomeFollower(this.#config.identity, state, request);
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

  #send(to: MemberNo, message: Message): void {
    const name = this.nameOf(to);
    if (name === undefined) return;
    const entries = message.type === 'append' || message.type === 'append_accepted';
    const type = entries ? RAFT_APPEND : RAFT_BEAT;
    this.#ports.transport.send(name, type, { from: this.#speaker(), message });
  }

  #sendSnapshot(to: MemberNo, snapshot: StoredSnapshot, isWanted: () => boolean): Promise<boolean> {
    const name = this.nameOf(to);
    if (name === undefined) return Promise.resolve(false);
    const { clock, transport } = this.#ports;
    const { term } = this.runner.raft.status();
    const speaker = this.#speaker();
    const store = this.#store;
    return sendSnapshot({ clock, transport, store, speaker, term, isWanted }, name, snapshot);
  }

  #speaker(): Speaker {
    const { identity, start, address } = this.#config;
    return {
      member: identity.nodeNo,
      start: start(),
      address: { host: address.host, port: address.peerPort },
    };
  }
}

/** Bytes of a message are views into what the socket read; entries are kept for long. */
function kept(message: Message): Message {
  if (message.type !== 'append' || message.entries.length === 0) return message;
  const entries = message.entries.map((entry) =>
    entry.type === 'command' ? { ...entry, data: Uint8Array.from(entry.data) } : entry,
  );
  return { ...message, entries };
}

function told({ bootNumber }: KnownStart): string {
  return `another member has heard this node at start ${bootNumber}, so its directory was put back to an older copy and may have forgotten what it promised; start it with an empty directory and a new name`;
}
