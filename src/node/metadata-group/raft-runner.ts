/**
 * Runs the machine: gives it ticks and messages, and does what it asks for. Persisting,
 * sending and applying are begun in the order of the effects; effects of one turn are taken
 * together, so that proposals made at once become one write and one message.
 *
 * Invariant: nothing that tells of a write leaves before that write is on disk.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { CommandReply } from '../../metadata/command.ts';
import { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Effects, Envelope, Persist } from '../../raft/effects.ts';
import type { Entry, MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import { Raft } from '../../raft/raft.ts';
import type { Applied } from './group-messages.ts';
import type { RaftStore } from './raft-store.ts';
import { snapshotDue, trailingEntries } from './snapshot-policy.ts';

export interface RunnerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: RaftStore;
  /** Hands a message to the member; may lose it. */
  readonly send: (to: MemberNo, message: Message) => void;
  /** Streams the newest snapshot to the member; false: it did not arrive. */
  readonly sendSnapshot: (to: MemberNo) => Promise<boolean>;
  /** The state has changed. */
  readonly onApplied: () => void;
  readonly onFatal: (error: unknown) => void;
}

export const TICK_MS = 25;
const HEARTBEAT_TICKS = 3;
const ELECTION_TICKS = 12;

interface PendingProposal {
  readonly term: number;
  readonly resolve: (applied: Applied) => void;
  readonly reject: (error: QuorateError) => void;
}

interface IndexWaiter {
  readonly index: number;
  readonly resolve: () => void;
}

export class RaftRunner {
  readonly raft: Raft;
  state: MetadataState | undefined;
  readonly #ports: RunnerPorts;
  readonly #proposals = new Map<number, PendingProposal>();
  readonly #reads = new Map<number, PendingRead>();
  #waiters: IndexWaiter[] = [];
  #nextRead = 1;
  #since = { entries: 0, bytes: 0 };
  #flushing = false;
  #snapshotting = false;
  #stopped = false;

  constructor(self: MemberNo, ports: RunnerPorts) {
    this.#ports = ports;
    const { store, random } = ports;
    const recovered = store.recover();
    if (recovered.snapshot.index > 0)
      this.state = MetadataState.decode(store.chunks(store.snapshot));
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
  }

  start(): void {
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    for (const { reject } of this.#proposals.values()) reject(lostLeadership());
    for (const { reject } of this.#reads.values()) reject(lostLeadership());
    this.#proposals.clear();
    this.#reads.clear();
  }

  receive(from: MemberNo, message: Message): void {
    if (this.#stopped) return;
    this.raft.receive(from, message);
    this.flushSoon();
  }

  /** Resolves with the reply once the command is applied here. Rejects with `not_leader`. */
  propose(data: Uint8Array): Promise<Applied> {
    const proposed = this.raft.propose([data]);
    if (!proposed.accepted) return Promise.reject(refusal(proposed.reason));
    this.flushSoon();
    return new Promise((resolve, reject) => {
      this.#proposals.set(proposed.firstIndex, { term: proposed.term, resolve, reject });
    });
  }

  /** The index that everything acknowledged before this call is at or below. */
  readIndex(): Promise<number> {
    const id = this.#nextRead++;
    if (!this.raft.read(id)) return Promise.reject(lostLeadership());
    this.flushSoon();
    return new Promise((resolve, reject) => {
      this.#reads.set(id, { resolve, reject });
    });
  }

  /** Resolves when this node has applied the index. */
  applied(index: number): Promise<void> {
    if ((this.state?.index ?? 0) >= index) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ index, resolve });
    });
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
    if (effects.restore !== undefined) this.#restore();
    if (effects.committed.length > 0) this.#apply(effects.committed);
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

  #apply(entries: readonly Entry[]): void {
    const { state } = this;
    invariant(state !== undefined, 'entries before the first snapshot');
    for (const entry of entries) {
      this.#since.entries++;
      if (entry.type === 'command') {
        this.#since.bytes += entry.data.length;
        this.#answer(entry, state.apply(entry.index, entry.data));
      } else {
        state.skip(entry.index);
        this.#supersede(entry);
      }
    }
    this.#afterChange(state.index);
    if (snapshotDue(this.#since, state.values.bytes)) void this.#snapshot(state);
  }

  #answer(entry: Entry, reply: CommandReply): void {
    const pending = this.#proposals.get(entry.index);
    if (pending === undefined) return;
    this.#proposals.delete(entry.index);
    if (pending.term === entry.term) pending.resolve({ index: entry.index, reply });
    else pending.reject(lostLeadership());
  }

  /** Another entry stands where a proposal was: that proposal is certainly not in the log. */
  #supersede(entry: Entry): void {
    const pending = this.#proposals.get(entry.index);
    if (pending === undefined) return;
    this.#proposals.delete(entry.index);
    pending.reject(lostLeadership());
  }

  #restore(): void {
    const { store } = this.#ports;
    const state = MetadataState.decode(store.chunks(store.snapshot));
    this.state = state;
    for (const [index, { reject }] of this.#proposals) {
      if (index > state.index) continue;
      this.#proposals.delete(index);
      reject(new QuorateError('metadata_unknown', 'a snapshot took the place of the log'));
    }
    this.#afterChange(state.index);
  }

  #afterChange(index: number): void {
    this.raft.applied(index);
    this.#ports.onApplied();
    const ready = this.#waiters.filter((waiter) => waiter.index <= index);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.index > index);
    for (const { resolve } of ready) resolve();
  }

  #takeRead(id: number): PendingRead | undefined {
    const pending = this.#reads.get(id);
    this.#reads.delete(id);
    return pending;
  }

  async #streamSnapshot(to: MemberNo): Promise<void> {
    const { index } = this.#ports.store.snapshot;
    const ok = await this.#ports.sendSnapshot(to).catch((error: unknown) => {
      this.#ports.onFatal(error);
      return false;
    });
    if (this.#stopped) return;
    this.raft.snapshotSent(to, index, ok);
    this.flushSoon();
  }

  /** Of this node's own state, chunk by chunk, while it goes on changing; then the log is cut. */
  async #snapshot(state: MetadataState): Promise<void> {
    if (this.#snapshotting) return;
    this.#snapshotting = true;
    const { store, onFatal } = this.#ports;
    const kept = trailingEntries(this.#since);
    this.#since = { entries: 0, bytes: 0 };
    try {
      const { index } = state;
      const term = this.raft.termAt(index);
      // A snapshot of the leader is about to take the place of the log: there is no need of ours.
      if (term === undefined) return;
      const meta = { index, term, configuration: this.raft.configurationAt(index) };
      const chunks = state.snapshot();
      await store.beginStaging(index);
      let chunkCount = 0;
      for (const chunk of chunks) await store.stageChunk(index, chunkCount++, chunk);
      if (this.#stopped || store.snapshot.index >= index) return;
      await store.finishSnapshot({ ...meta, chunkCount });
      const firstKept = Math.max(1, index + 1 - kept);
      this.raft.compacted(meta, firstKept);
      await store.compact(firstKept);
    } catch (error) {
      onFatal(error);
    } finally {
      this.#snapshotting = false;
    }
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
