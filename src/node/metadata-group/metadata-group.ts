/**
 * This node's part in the metadata group: it runs the machine, answers the other members,
 * and is how the rest of the node asks for changes and sees the state.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Command } from '../../metadata/command.ts';
import type { NodeAddress } from '../../metadata/nodes.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { PeerAddress, Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import type { AdmissionReply, AdmissionRequest } from './becoming-a-member.ts';
import { CommandClient } from './command-client.ts';
import type { GroupIdentity } from './group-identity.ts';
import {
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
import { LeaderDuties } from './leader-duties.ts';
import { judgeLife, type PeerLife } from './peer-lives.ts';
import { RaftRunner } from './raft-runner.ts';
import { RaftStore } from './raft-store.ts';
import { SnapshotReceiver, sendSnapshot } from './snapshot-streams.ts';

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
  readonly life: PeerLife;
  readonly address: NodeAddress;
  /** Told of every change of the state. */
  readonly onChange: () => void;
}

/** How long one attempt to register the start may take. */
const REGISTRATION_MS = 5_000;

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
  readonly #lives: Map<MemberNo, PeerLife>;
  /** Where members said they are, before the state says so. */
  readonly #heard = new Map<MemberNo, { readonly name: NodeId; readonly address: PeerAddress }>();
  readonly #listeners = new Set<() => void>();
  #registered = false;
  #stopped = false;

  /** Throws `StoreError` where the log is damaged. */
  constructor(config: MetadataGroupConfig, ports: MetadataGroupPorts) {
    this.#config = config;
    this.#ports = ports;
    const { clock, random, transport, logger, onFatal } = ports;
    const { identity, life } = config;
    this.#store = new RaftStore(ports.metadataStore);
    this.runner = new RaftRunner(identity.nodeNo, {
      clock,
      random,
      store: this.#store,
      send: (to, message) => this.#send(to, message),
      sendSnapshot: (to) => this.#sendSnapshot(to),
      onApplied: () => this.#changed(),
      onFatal,
    });
    this.client = new CommandClient({
      clock,
      transport,
      runner: this.runner,
      self: identity.name,
      nodeNo: identity.nodeNo,
      life: life.life,
      leader: () => this.leader,
    });
    this.#duties = new LeaderDuties({
      clock,
      logger,
      runner: this.runner,
      run: (command) => this.client.runIdempotent(command, clock.now() + REGISTRATION_MS),
    });
    this.#receiver = new SnapshotReceiver(this.#store);
    this.#metrics = new GroupMetrics(ports.metrics);
    this.#lives = this.#store.lives();
  }

  /** Undefined until a new member has received it. */
  get state(): MetadataState | undefined {
    return this.runner.state;
  }

  /** The group knows of this start: this node may count for quorums. */
  get registered(): boolean {
    return this.#registered;
  }

  get leader(): NodeId | undefined {
    return this.nameOf(this.runner.raft.status().leader);
  }

  nameOf(member: MemberNo): NodeId | undefined {
    if (member === this.#config.identity.nodeNo) return this.#config.identity.name;
    return this.state?.node(member)?.name ?? this.#heard.get(member)?.name;
  }

  start(): void {
    this.#serve();
    this.#updatePeers();
    this.runner.start();
    this.#duties.start();
    this.#measure();
    void this.#register().catch(this.#ports.onFatal);
  }

  stop(): void {
    this.#stopped = true;
    this.#duties.stop();
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
    if (member === undefined) throw notAVoter(to);
    const { leader } = this;
    if (leader === undefined) throw noLeader();
    const { transport } = this.#ports;
    await transport.call(leader, TRANSFER, member, { deadline });
  }

  #measure(): void {
    if (this.#stopped) return;
    this.#metrics.observe(this.runner.raft.status(), this.state);
    this.#ports.clock.setTimer(MEASURE_MS, () => this.#measure());
  }

  async #register(): Promise<void> {
    const { identity, life, address } = this.#config;
    const { nodeNo, directoryId } = identity;
    const command: Command = { type: 'register_start', nodeNo, directoryId, ...life, address };
    const { clock, logger } = this.#ports;
    while (!this.#stopped) {
      try {
        const deadline = clock.now() + REGISTRATION_MS;
        const { index, reply } = await this.client.runIdempotent(command, deadline);
        if (!reply.ok) throw new InvariantError(refusedStart(reply.code, reply.detail));
        await this.runner.applied(index);
        this.#registered = true;
        this.#changed();
        logger.info('start registered', { bootNumber: life.bootNumber });
        return;
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        logger.debug('start not registered yet', { error });
      }
    }
  }

  #serve(): void {
    const { transport } = this.#ports;
    const hear = (envelope: RaftEnvelope, { from }: { readonly from: NodeId }) =>
      this.#hear(envelope.from, from, () =>
        this.runner.receive(envelope.from.member, kept(envelope.message)),
      );
    transport.serve(RAFT_BEAT, hear);
    transport.serve(RAFT_APPEND, hear);
    transport.serve(ROLLED_BACK, ({ refused, known }) => {
      if (refused.life !== this.#config.life.life) return;
      this.#ports.onFatal(new InvariantError(refusedStart('rolled_back', told(known))));
    });
    transport.serve(SNAPSHOT_CHUNK, async (request) => {
      const whole = await this.#receiver.take(request);
      const { term, meta } = request;
      if (whole) this.runner.receive(request.from.member, { type: 'snapshot', term, meta });
      return true;
    });
    transport.serve(PROPOSE, (data) => this.runner.propose(Uint8Array.from(data)));
    transport.serve(READ_INDEX, () => this.runner.readIndex());
    transport.serve(TRANSFER, (member) => {
      if (!this.runner.raft.transfer(member)) throw notAVoter(this.nameOf(member) ?? `${member}`);
      this.runner.flushSoon();
      return true;
    });
    transport.serveIntroductions((request, { deadline }) => this.#admit(request, deadline));
  }

  /** A member of an older life than was heard before is told so and not listened to. */
  async #hear(speaker: Speaker, name: NodeId, take: () => void): Promise<void> {
    const { member, life, address } = speaker;
    const known = this.#lives.get(member);
    switch (judgeLife(known, life)) {
      case 'rolled_back':
        this.#ports.transport.send(name, ROLLED_BACK, { refused: life, known: known as PeerLife });
        return;
      case 'newer':
        this.#lives.set(member, life);
        await this.#store.rememberLife(member, life);
        this.#heard.set(member, { name, address });
        this.#heardChanged = true;
        this.#updatePeers();
        take();
        return;
      case 'known':
        take();
    }
  }

  async #admit(request: unknown, deadline: number): Promise<AdmissionReply> {
    const { name, directoryId, address, zone } = request as AdmissionRequest;
    const command: Command = {
      type: 'admit_node',
      name,
      directoryId,
      address,
      zone: zone ?? undefined,
    };
    const { index, reply } = await this.client.runIdempotent(command, deadline);
    if (!reply.ok) throw new QuorateError(reply.code, reply.detail);
    await this.runner.applied(index);
    const nodes = this.state?.nodes() ?? [];
    return {
      clusterId: this.#config.identity.clusterId,
      nodeNo: this.state?.nodeNamed(name)?.nodeNo as number,
      peers: nodes.map((node) => ({
        name: node.name,
        host: node.address.host,
        port: node.address.peerPort,
      })),
    };
  }

  #changed(): void {
    this.#updatePeers();
    this.#config.onChange();
    this.#tellListeners();
  }

  #tellListeners(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #nodesSeen: unknown;
  #heardChanged = true;

  /** Who may be called, from the state; before it has come, from the admission and by hearing. */
  #updatePeers(): void {
    const nodes = this.state?.nodes();
    if (nodes === this.#nodesSeen && !this.#heardChanged) return;
    this.#nodesSeen = nodes;
    this.#heardChanged = false;
    const peers = new Map<NodeId, PeerAddress>();
    for (const { name, host, port } of this.#config.identity.peers) peers.set(name, { host, port });
    for (const { name, address } of nodes ?? []) {
      peers.set(name, { host: address.host, port: address.peerPort });
    }
    for (const [member, { name, address }] of this.#heard) {
      // What the member registered since is newer than what it said.
      const registered = this.state?.node(member)?.bootNumber ?? 0;
      if (registered >= (this.#lives.get(member)?.bootNumber ?? 0)) this.#heard.delete(member);
      else peers.set(name, address);
    }
    this.#ports.transport.setPeers(peers);
  }

  #send(to: MemberNo, message: Message): void {
    const name = this.nameOf(to);
    if (name === undefined) return;
    const entries = message.type === 'append' || message.type === 'append_accepted';
    const type = entries ? RAFT_APPEND : RAFT_BEAT;
    this.#ports.transport.send(name, type, { from: this.#speaker(), message });
  }

  #sendSnapshot(to: MemberNo): Promise<boolean> {
    const name = this.nameOf(to);
    if (name === undefined) return Promise.resolve(false);
    const { clock, transport } = this.#ports;
    const { term } = this.runner.raft.status();
    const speaker = this.#speaker();
    return sendSnapshot({ clock, transport, store: this.#store, speaker, term }, name);
  }

  #speaker(): Speaker {
    const { identity, life, address } = this.#config;
    return {
      member: identity.nodeNo,
      life,
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

function refusedStart(code: string, detail: string): string {
  return `the cluster refuses this start (${code}): ${detail}`;
}

function told({ bootNumber }: PeerLife): string {
  return `another member has heard this node at start ${bootNumber}, so its directory was put back to an older copy and may have forgotten what it promised; start it with an empty directory and a new name`;
}

function notAVoter(name: NodeId): QuorateError {
  return new QuorateError('bad_request', `${name} is no voter of the metadata group`);
}

function noLeader(): QuorateError {
  return new QuorateError('metadata_unavailable', 'the metadata group has no leader now');
}
