/**
 * One member on the stage: a machine, a disk that is quick or waits to be told, and a state
 * machine that applies at once. It does what the effects ask and tells the stage about it.
 */

import type { Effects, Persist, SnapshotWanted } from '../../../src/raft/effects.ts';
import type { MemberNo, SnapshotMeta } from '../../../src/raft/entry.ts';
import type { Message, SnapshotArrived } from '../../../src/raft/message.ts';
import type { RaftOptions } from '../../../src/raft/options.ts';
import { Raft } from '../../../src/raft/raft.ts';
import { DiskImage } from '../../sim/raft/disk-image.ts';
import { entryWords, messageWords, positionWords, roleWords, writeWords } from './words.ts';

/** What an actor needs of the stage. */
export interface Surroundings {
  tell(line: string): void;
  /** Puts the message on the wire. */
  send(from: MemberNo, to: MemberNo, message: Message): void;
}

export class Actor {
  readonly no: MemberNo;
  durable: DiskImage;
  /** The latest snapshot that went to a member. */
  readonly sent = new Map<MemberNo, SnapshotArrived>();
  readonly #wanted = new Map<MemberNo, SnapshotWanted>();
  readonly #options: RaftOptions;
  readonly #stage: Surroundings;
  #raft: Raft | undefined;
  #applied = 0;
  #diskIsSlow = false;
  #writing: Persist[] = [];
  #toldRole = '';
  #toldCommit = 0;

  constructor(options: RaftOptions, snapshot: SnapshotMeta, stage: Surroundings) {
    this.no = options.self;
    this.#options = options;
    this.#stage = stage;
    this.durable = new DiskImage(snapshot);
    this.start();
  }

  /** Undefined while it is down. */
  get raft(): Raft | undefined {
    return this.#raft;
  }

  start(): void {
    this.#raft = new Raft(this.#options, this.durable.recovered());
    this.#applied = this.durable.snapshot.index;
    this.#toldRole = roleWords(this.#raft.status());
    this.#toldCommit = this.#raft.status().commit;
    this.act(() => {});
  }

  /** @param keepsWrites whether what was begun reaches the disk, as when only the process ends */
  stop(keepsWrites: boolean): void {
    for (const write of keepsWrites ? this.#writing : []) this.durable.write(write);
    this.#writing = [];
    this.#raft = undefined;
    this.#wanted.clear();
  }

  set diskIsSlow(isSlow: boolean) {
    this.#diskIsSlow = isSlow;
    this.persist(isSlow ? 0 : this.#writing.length);
  }

  /** So many writes of a slow disk end. */
  persist(count: number): void {
    for (const write of this.#writing.splice(0, count)) {
      this.#tell(`has on disk: ${writeWords(write) || 'all before'}`);
      this.#onDisk(write);
      this.act(() => {});
    }
  }

  /** Shows what the member does, and what comes of it. Nothing if it is down. */
  act(does: (raft: Raft) => void): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    does(raft);
    this.#tellChanges(raft);
    for (;;) {
      const written = this.#diskIsSlow ? undefined : this.#writing.shift();
      if (written !== undefined) this.#onDisk(written);
      else if (raft.hasEffects) this.#begin(raft.effects());
      else return;
      this.#tellChanges(raft);
    }
  }

  /** Of all that is applied; on disk at once. */
  compact(firstIndexKept: number | undefined): void {
    this.act((raft) => {
      const index = this.#applied;
      const term = raft.termAt(index) as number;
      const meta = { index, term, configuration: raft.configurationAt(index) };
      const first = firstIndexKept ?? index + 1;
      this.durable.compact(meta, first);
      raft.compacted(meta, first);
      this.#tell(`has snapshot ${positionWords(meta)}, and entries from ${first} on`);
    });
  }

  /** Of all that is applied, if the machine wants one sent there. */
  snapshotFor(to: MemberNo): SnapshotArrived | undefined {
    const raft = this.#raft;
    if (raft === undefined || !this.#wanted.delete(to)) return undefined;
    const index = this.#applied;
    const configuration = raft.configurationAt(index);
    const meta = { index, term: raft.termAt(index) as number, configuration };
    return { type: 'snapshot', term: raft.status().term, meta };
  }

  #begin(effects: Effects): void {
    for (const { to, message } of effects.messages) this.#send(to, message);
    if (effects.persist !== undefined) this.#write(effects.persist);
    if (effects.restore !== undefined) {
      this.#applied = effects.restore.index;
      this.#tell(`takes its state from snapshot ${positionWords(effects.restore)}`);
      this.#raft?.applied(this.#applied);
    }
    if (effects.committed.length > 0) {
      this.#tell(`applies ${effects.committed.map(entryWords).join(', ')}`);
      this.#applied = effects.committed.at(-1)?.index ?? this.#applied;
      this.#raft?.applied(this.#applied);
    }
    for (const { id, index } of effects.readsReady) this.#tell(`serves read ${id} at ${index}`);
    for (const id of effects.readsLost) this.#tell(`loses read ${id}`);
    for (const wanted of effects.snapshotsWanted) {
      this.#wanted.set(wanted.to, wanted);
      this.#tell(`wants to send ${wanted.to} a snapshot that reaches to ${wanted.index}`);
    }
  }

  #write(persist: Persist): void {
    this.#writing.push(persist);
    const words = writeWords(persist);
    if (this.#diskIsSlow) {
      this.#tell(`begins to write: ${words || 'nothing, to know when all before is on disk'}`);
    } else if (words !== '') {
      this.#tell(`writes ${words}`);
    }
  }

  #onDisk(persist: Persist): void {
    this.durable.write(persist);
    for (const { to, message } of persist.messages) this.#send(to, message);
    this.#raft?.persisted(persist.acknowledgement);
  }

  #send(to: MemberNo, message: Message): void {
    this.#stage.send(this.no, to, message);
  }

  #tell(what: string): void {
    this.#stage.tell(`${this.no} ${what}`);
  }

  #tellChanges(raft: Raft): void {
    const status = raft.status();
    const role = roleWords(status);
    if (status.commit !== this.#toldCommit) this.#tell(`commits up to ${status.commit}`);
    this.#toldCommit = status.commit;
    if (role !== this.#toldRole) this.#tell(role);
    this.#toldRole = role;
  }

  /** What the wire shows when the message is read. */
  receive(from: MemberNo, message: Message): void {
    this.#stage.tell(`${from} -> ${this.no} ${messageWords(message)}`);
    this.act((raft) => raft.receive(from, message));
  }
}
