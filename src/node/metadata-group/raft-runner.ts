/**
 * Runs the machine: gives it ticks and messages, and does what it asks for. Persisting,
 * sending and applying are begun in the order of the effects; effects of one turn are taken
 * together, so that proposals made at once become one write and one message.
 *
 * Invariant: nothing that tells of a write leaves before that write is on disk.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { demandUnderstood } from '../../metadata/cluster-version.ts';
import { versionOf } from '../../metadata/command-codec.ts';
import type { CommandReply } from '../../metadata/reply.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Effects, Envelope, Persist } from '../../raft/effects.ts';
import type { Entry, MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import { Raft } from '../../raft/raft.ts';
import { Applier } from './applier.ts';
import type { Applied } from './group-messages.ts';
import type { StoredSnapshot } from './raft-codec.ts';
import type { RaftStore } from './raft-store.ts';
import { SnapshotMaker } from './snapshot-maker.ts';

export interface RunnerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: RaftStore;
  /** Hands a message to the member; may lose it. */
  readonly send: (to: MemberNo, message: Message) => void;
  /** Streams the snapshot to the member as long as it is wanted; false: it did not arrive. */
  readonly sendSnapshot: (
    to: MemberNo,
    snapshot: StoredSnapshot,
    isWanted: () => boolean,
  ) => Promise<boolean>;
  /** The state has changed. */
  readonly onApplied: () => void;
  readonly onFatal: (error: unknown) => void;
}

export const TICK_MS = 25;
const HEARTBEAT_TICKS = 3;
export const ELECTION_TICKS = 12;

interface PendingProposal {
  readonly term: number;
  readonly resolve: (applied: Applied) => void;
  readonly reject: (error: QuorateError) => void;
}

export class RaftRunner {
  readonly raft: Raft;
  readonly #applier: Applier;
  readonly #snapshots: SnapshotMaker;
  readonly #ports: RunnerPorts;
  readonly #proposals = new Map<number, PendingProposal>();
  readonly #reads = new Map<number, PendingRead>();
  readonly #streams = new Map<MemberNo, Promise<void>>();
  #nextRead = 1;
  #flushing = false;
  #stopped = false;

  constructor(self: MemberNo, ports: RunnerPorts) {
    this.#ports = ports;
    const { clock, store, random, onFatal } = ports;
    const recovered = store.recover();
    this.raft = new Raft(
      {
        self,
        heartbeatTicks: HEARTBEAT_TICKS,
        electionTicks: ELECTION_TICKS,
        appendBytesMax: 512 * 1024,
        inflightAppendsMax: 64,
        inflightBytesMax: 4 * 1024 * 1024,
        uncommittedBytesMax: 16 * 1024 * 1024,
        leaseReads: false,
        random: () => random.float(),
      },
      recovered,
    );
    this.#snapshots = new SnapshotMaker({ raft: this.raft, store, onFatal });
    this.#applier = new Applier({
      clock,
      store,
      onEntry: (entry, reply) => this.#onEntry(entry, reply),
      onRestored: (index) => this.#onRestored(index),
      onApplied: (index) => this.#onApplied(index),
      onFatal,
    });
  }

  /** Undefined until a new member has received it. */
  get state(): MetadataState | undefined {
    return this.#applier.state;
  }

  start(): void {
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#applier.stop();
    this.#snapshots.stop();
    for (const { reject } of this.#proposals.values()) {
      reject(
        new QuorateError('metadata_unknown', 'the leader stops; the command may be carried out'),
      );
    }
    for (const { reject } of this.#reads.values()) reject(lostLeadership());
    this.#proposals.clear();
    this.#reads.clear();
  }

  receive(from: MemberNo, message: Message): void {
    if (this.#stopped) return;
    this.raft.receive(from, message);
    this.flushSoon();
  }

  /** Asks the member for entries that are committed and that this node lacks. */
  requestCommitted(from: MemberNo): void {
    if (this.#stopped) return;
    this.raft.requestCommitted(from);
    this.flushSoon();
  }

  /**
   * Resolves with the reply once the command is applied here. Rejects with `not_leader`, and with
   * `cluster_upgrading` where a member would not understand it.
   */
  async propose(data: Uint8Array): Promise<Applied> {
    if (this.#stopped) throw lostLeadership();
    demandUnderstood(versionOf(data), this.state?.members() ?? []);
    const proposed = this.raft.propose([data]);
    if (!proposed.accepted) throw refusal(proposed.reason);
    this.flushSoon();
    return new Promise((resolve, reject) => {
      this.#proposals.set(proposed.firstIndex, { term: proposed.term, resolve, reject });
    });
  }

  /** The index that everything acknowledged before this call is at or below. */
  readIndex(): Promise<number> {
    if (this.#stopped) return Promise.reject(lostLeadership());
    const id = this.#nextRead++;
    if (!this.raft.read(id)) return Promise.reject(lostLeadership());
    this.flushSoon();
    return new Promise((resolve, reject) => {
      this.#reads.set(id, { resolve, reject });
    });
  }

  /** Resolves with true when this node has applied the index, false at the deadline. */
  applied(index: number, deadline: number): Promise<boolean> {
    return this.#applier.applied(index, deadline);
  }

  /** Does what the machine asks for at the end of this turn's work. */
  flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    Promise.resolve()
      .then(() => {
        this.#flushing = false;
        this.#flush();
      })
      .catch(this.#ports.onFatal);
  }

  #tick(): void {
    if (this.#stopped) return;
    this.raft.tick();
    this.flushSoon();
    this.#ports.clock.setTimer(TICK_MS, () => this.#tick());
  }

  #flush(): void {
    while (!this.#stopped && this.raft.hasEffects) this.#carryOut(this.raft.effects());
  }

  #carryOut(effects: Effects): void {
    if (effects.persist !== undefined) this.#persist(effects.persist);
    this.#send(effects.messages);
    this.#applier.take(effects.restore, effects.committed);
    for (const { id, index } of effects.readsReady) this.#takeRead(id)?.resolve(index);
    for (const id of effects.readsLost) this.#takeRead(id)?.reject(lostLeadership());
    for (const { to } of effects.snapshotsWanted) void this.#streamSnapshot(to);
  }

  #persist(persist: Persist): void {
    this.#ports.store
      .persist(persist)
      .then(() => {
        if (this.#stopped) return;
        this.#send(persist.messages);
        this.raft.persisted(persist.acknowledgement);
        this.flushSoon();
      })
      .catch(this.#ports.onFatal);
  }

  #send(envelopes: readonly Envelope[]): void {
    for (const { to, message } of envelopes) this.#ports.send(to, message);
  }

  /** What became of a proposal, where there was one of this node for the entry. */
  #onEntry(entry: Entry, reply: CommandReply | undefined): void {
    this.#snapshots.count(entry);
    const pending = this.#proposals.get(entry.index);
    if (pending === undefined) return;
    this.#proposals.delete(entry.index);
    if (reply !== undefined && pending.term === entry.term) {
      pending.resolve({ index: entry.index, reply });
    } else {
      // Another entry stands in its place: it is certainly not in the log.
      pending.reject(lostLeadership());
    }
  }

  #onRestored(restored: number): void {
    this.#snapshots.restored();
    for (const [index, { reject }] of this.#proposals) {
      if (index > restored) continue;
      this.#proposals.delete(index);
      reject(new QuorateError('metadata_unknown', 'a snapshot took the place of the log'));
    }
  }

  #onApplied(index: number): void {
    if (this.#stopped) return;
    this.raft.applied(index);
    this.#ports.onApplied();
    if (this.state !== undefined) this.#snapshots.makeIfDue(this.state);
  }

  #takeRead(id: number): PendingRead | undefined {
    const pending = this.#reads.get(id);
    this.#reads.delete(id);
    return pending;
  }

  /** One stream to a member at a time: one of an earlier term ends before the next begins. */
  async #streamSnapshot(to: MemberNo): Promise<void> {
    const { term } = this.raft.status();
    const earlier = this.#streams.get(to);
    const stream = (earlier ?? Promise.resolve()).then(() => this.#stream(to, term));
    const ended = stream.catch(this.#ports.onFatal);
    this.#streams.set(to, ended);
    await ended;
    if (this.#streams.get(to) === ended) this.#streams.delete(to);
  }

  async #stream(to: MemberNo, term: number): Promise<void> {
    const isWanted = () => !this.#stopped && this.raft.status().term === term;
    if (!isWanted()) return;
    const { store, sendSnapshot } = this.#ports;
    const { snapshot } = store;
    const unpin = store.pin(snapshot);
    const ok = await sendSnapshot(to, snapshot, isWanted).finally(unpin);
    // What a stream of an earlier term came to says nothing about the present one.
    if (!isWanted()) return;
    this.raft.snapshotSent(to, snapshot.index, ok);
    this.flushSoon();
  }
}

interface PendingRead {
  readonly resolve: (index: number) => void;
  readonly reject: (error: QuorateError) => void;
}

function refusal(reason: string): QuorateError {
  if (reason === 'too_much_uncommitted') {
    return new QuorateError('metadata_overloaded', 'too much waits to be committed: try again');
  }
  return new QuorateError('not_leader', `this node cannot take the command now: ${reason}`);
}

function lostLeadership(): QuorateError {
  return new QuorateError('not_leader', 'this node does not lead the metadata group now');
}
