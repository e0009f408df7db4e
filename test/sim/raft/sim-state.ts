/**
 * The state of one member as far as the checks care: how much of the log it has applied, and
 * the reads that wait for more. Applying takes time, and ends in the order in which it began.
 */

import type { Effects, ReadReady } from '../../../src/raft/effects.ts';
import type { Entry, MemberNo, SnapshotMeta } from '../../../src/raft/entry.ts';
import type { SimDisk } from './sim-disk.ts';
import { must } from './violation.ts';
import type { World } from './world.ts';

type Work = Pick<Effects, 'restore' | 'committed'>;

interface Host {
  readonly disk: SimDisk;
  /** Everything up to the index is applied. */
  readonly tell: (index: number) => void;
}

export class SimState {
  readonly #no: MemberNo;
  readonly #world: World;
  readonly #host: Host;
  #applied: number;
  #toDo: Work[] = [];
  #waitingReads: ReadReady[] = [];
  #isStopped = false;

  constructor(no: MemberNo, applied: number, world: World, host: Host) {
    this.#no = no;
    this.#applied = applied;
    this.#world = world;
    this.#host = host;
  }

  get applied(): number {
    return this.#applied;
  }

  stop(): void {
    this.#isStopped = true;
  }

  take(effects: Effects): void {
    const { restore, committed, readsReady, readsLost } = effects;
    const { reads } = this.#world;
    if (restore !== undefined || committed.length > 0) {
      this.#toDo.push({ restore, committed });
      this.#plan();
    }
    for (const read of readsReady) {
      reads.ready(this.#no, read.id);
      this.#waitingReads.push(read);
    }
    for (const id of readsLost) reads.lost(this.#no, id);
    this.#serveReads();
  }

  #plan(): void {
    const { pace, events, random } = this.#world;
    if (pace.applyMax === 0) {
      this.#work();
      return;
    }
    events.after(random.float() * pace.applyMax, () => this.#isStopped || this.#work());
  }

  #work(): void {
    const before = this.#applied;
    for (const { restore, committed } of this.#toDo.splice(0)) {
      if (restore !== undefined) this.#restore(restore);
      for (const entry of committed) this.#apply(entry);
    }
    if (this.#applied === before) return;
    this.#serveReads();
    this.#host.tell(this.#applied);
  }

  #apply(entry: Entry): void {
    const { index, term } = entry;
    this.#world.safety.applied(this.#no, entry, this.#applied);
    must(
      this.#host.disk.durable.holds(index, term),
      () => `${this.#no} applies ${index}, which is not on its disk`,
    );
    this.#applied = index;
  }

  #restore(meta: SnapshotMeta): void {
    this.#world.safety.snapshot(this.#no, meta);
    must(meta.index > this.#applied, () => `${this.#no} goes back to snapshot ${meta.index}`);
    this.#applied = meta.index;
  }

  #serveReads(): void {
    if (this.#waitingReads.length === 0) return;
    const servable = this.#waitingReads.filter((read) => read.index <= this.#applied);
    this.#waitingReads = this.#waitingReads.filter((read) => read.index > this.#applied);
    for (const { id, index } of servable) this.#world.reads.served(this.#no, id, index);
  }
}
