/**
 * The state, and what changes it: committed entries in the order of the log, and snapshots
 * that take its place.
 *
 * Few entries are applied in the turn that they come in. Many, or a snapshot, are taken up
 * over several turns, so that the node does other things meanwhile; what comes after waits.
 *
 * Invariant: an entry is applied to the state that has everything before it.
 */

import { invariant } from '../../kernel/invariant.ts';
import type { CommandReply } from '../../metadata/reply.ts';
import { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entry, SnapshotMeta } from '../../raft/entry.ts';
import type { RaftStore } from './raft-store.ts';

/** A few milliseconds' work. */
const ENTRIES_A_TURN = 500;

export interface ApplierPorts {
  readonly clock: Clock;
  readonly store: RaftStore;
  /** The entry was applied; without a reply it was none of a command. */
  readonly onEntry: (entry: Entry, reply: CommandReply | undefined) => void;
  /** A snapshot has taken the state's place. */
  readonly onRestored: (index: number) => void;
  /** The state has changed, and has everything up to the index. */
  readonly onApplied: (index: number) => void;
  readonly onFatal: (error: unknown) => void;
}

interface IndexWaiter {
  readonly index: number;
  readonly reached: () => void;
}

type Work =
  | { readonly type: 'apply'; readonly entries: readonly Entry[] }
  | { readonly type: 'restore'; readonly snapshot: SnapshotMeta };

export class Applier {
  #state: MetadataState | undefined;
  readonly #ports: ApplierPorts;
  #queue: Work[] = [];
  #working = false;
  /** The state is behind a snapshot that could not be taken up, since a newer one came. */
  #superseded = false;
  readonly #waiters = new Set<IndexWaiter>();
  #stopped = false;

  /** Begins with the newest snapshot of the store, all in this turn. */
  constructor(ports: ApplierPorts) {
    this.#ports = ports;
    const { store } = ports;
    if (store.snapshot.index > 0) this.#state = MetadataState.decode(store.chunks(store.snapshot));
  }

  /** Undefined before a new member has received it. */
  get state(): MetadataState | undefined {
    return this.#state;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** To be called in the order of the machine's effects. */
  take(restore: SnapshotMeta | undefined, committed: readonly Entry[]): void {
    if (restore !== undefined) this.#queue.push({ type: 'restore', snapshot: restore });
    if (committed.length > 0) this.#queue.push({ type: 'apply', entries: committed });
    if (this.#queue.length > 0 && !this.#working) this.#work().catch(this.#ports.onFatal);
  }

  /** Resolves with true when the state has the index, false at the deadline. */
  applied(index: number, deadline: number): Promise<boolean> {
    if ((this.#state?.index ?? 0) >= index) return Promise.resolve(true);
    const { clock } = this.#ports;
    return new Promise((resolve) => {
      const timer = clock.setTimer(Math.max(0, deadline - clock.now()), () => {
        this.#waiters.delete(waiter);
        resolve(false);
      });
      const reached = () => {
        timer.cancel();
        resolve(true);
      };
      const waiter = { index, reached };
      this.#waiters.add(waiter);
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let work = this.#queue.shift(); work !== undefined; work = this.#queue.shift()) {
      if (work.type === 'restore') await this.#restore(work.snapshot);
      else await this.#apply(work.entries);
      if (this.#stopped) return;
    }
    this.#working = false;
  }

  async #apply(entries: readonly Entry[]): Promise<void> {
    for (let first = 0; first < entries.length; first += ENTRIES_A_TURN) {
      if (first > 0) await this.#nextTurn();
      // The log that they stand in is being replaced, and so will be the state.
      if (this.#stopped || this.#superseded) return;
      this.#applyNow(entries.slice(first, first + ENTRIES_A_TURN));
    }
  }

  #applyNow(entries: readonly Entry[]): void {
    const state = this.#state;
    invariant(state !== undefined, 'entries before the first snapshot');
    for (const entry of entries) {
      if (entry.type === 'command') {
        this.#ports.onEntry(entry, state.apply(entry.index, entry.data));
      } else {
        state.skip(entry.index);
        this.#ports.onEntry(entry, undefined);
      }
    }
    this.#changed(state.index);
  }

  async #restore(snapshot: SnapshotMeta): Promise<void> {
    const chunks = await this.#chunksOf(snapshot);
    if (chunks === undefined) return;
    const decoding = MetadataState.decodeInSteps(chunks);
    let step = decoding.next();
    while (!step.done) {
      await this.#nextTurn();
      if (this.#stopped) return;
      step = decoding.next();
    }
    this.#state = step.value;
    this.#superseded = false;
    this.#ports.onRestored(step.value.index);
    this.#changed(step.value.index);
  }

  /** Undefined where a newer one has taken its place: its own turn will come. */
  async #chunksOf({ index }: SnapshotMeta): Promise<Uint8Array[] | undefined> {
    const { store } = this.#ports;
    const chunks: Uint8Array[] = [];
    for (let chunk = 0; ; chunk++) {
      if (this.#stopped) return undefined;
      if (store.snapshot.index !== index) {
        this.#superseded = true;
        return undefined;
      }
      if (chunk === store.snapshot.chunkCount) return chunks;
      chunks.push(store.chunk(index, chunk));
      await this.#nextTurn();
    }
  }

  #changed(index: number): void {
    this.#ports.onApplied(index);
    for (const waiter of this.#waiters) {
      if (waiter.index > index) continue;
      this.#waiters.delete(waiter);
      waiter.reached();
    }
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.clock.setTimer(0, resolve);
    });
  }
}
