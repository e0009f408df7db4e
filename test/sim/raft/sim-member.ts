/**
 * One member: a machine, the disk it remembers by, its state and its clock. It does
 * with the effects what their contract says, and shows each step to the checks.
 */

import { utf8 } from '../../../src/kernel/bytes.ts';
import type { Effects, Persist } from '../../../src/raft/effects.ts';
import type { Configuration, MemberNo, SnapshotMeta } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import type { Raft } from '../../../src/raft/raft.ts';
import type { SimDisk } from './sim-disk.ts';
import { SimState } from './sim-state.ts';
import type { SnapshotStreams } from './snapshot-streams.ts';
import { must } from './violation.ts';
import type { World } from './world.ts';

const PUMP_ROUNDS_MAX = 1_000;

export class SimMember {
  readonly no: MemberNo;
  readonly disk: SimDisk;
  /** Ticks of its clock in one tick of a right one. */
  clockRate = 1;
  readonly #world: World;
  readonly #streams: SnapshotStreams;
  #raft: Raft | undefined;
  /** Whatever was planned in an earlier life does not happen. */
  #life = 0;
  #state: SimState;
  #pumpPlanned = false;

  constructor(no: MemberNo, disk: SimDisk, world: World, streams: SnapshotStreams) {
    this.no = no;
    this.disk = disk;
    this.#world = world;
    this.#streams = streams;
    this.#state = this.#newState(0);
  }

  get isUp(): boolean {
    return this.#raft !== undefined;
  }

  get life(): number {
    return this.#life;
  }

  /** Throws when it is down. */
  get raft(): Raft {
    must(this.#raft !== undefined, () => `member ${this.no} is down`);
    return this.#raft;
  }

  get isLeader(): boolean {
    return this.#raft?.status().role === 'leader';
  }

  get applied(): number {
    return this.#state.applied;
  }

  start(): void {
    const { makeRaft, settings, random, safety, events } = this.#world;
    const recovered = this.disk.recover();
    const life = ++this.#life;
    safety.started(this.no, recovered.hardState.term);
    const chance = random.fork();
    const options = { ...settings, self: this.no, random: () => chance.float() };
    this.#raft = makeRaft(options, recovered);
    this.#state = this.#newState(recovered.snapshot.index);
    this.step(() => {});
    events.after(random.float(), () => this.#tick(life));
  }

  /** The process ends; what is on its disk is the disk's affair. */
  stop(): void {
    this.#raft = undefined;
    this.#life++;
    this.#state.stop();
    this.#pumpPlanned = false;
    this.#world.reads.crashed(this.no);
  }

  receive(from: MemberNo, message: Message): void {
    const before = this.#raft?.status().commit ?? 0;
    this.step((raft) => raft.receive(from, message));
    const after = this.#raft?.status().commit ?? 0;
    if (message.type === 'committed_entries' && after > before) {
      this.#world.coverage.committedTaken++;
    }
  }

  propose(values: readonly string[]): number | undefined {
    let index: number | undefined;
    this.step((raft) => {
      const proposed = raft.propose(values.map((value) => utf8(value)));
      if (proposed.accepted) index = proposed.firstIndex;
    });
    const { coverage } = this.#world;
    coverage[index === undefined ? 'proposalsRefused' : 'proposalsAccepted']++;
    return index;
  }

  read(): void {
    const { reads, safety } = this.#world;
    this.step((raft) => reads.begin(this.no, safety.commit, (id) => raft.read(id)));
  }

  transfer(to: MemberNo): void {
    this.step((raft) => {
      if (raft.transfer(to)) this.#world.coverage.transfersBegun++;
    });
  }

  /** Makes a snapshot of what is applied, and forgets entries before `firstIndexKept`. */
  compact(chooseFirstKept: (snapshotIndex: number) => number): void {
    const meta = this.snapshotNow();
    if (meta === undefined || meta.index <= this.disk.written.snapshot.index) return;
    const firstIndexKept = chooseFirstKept(meta.index);
    const life = this.#life;
    this.disk.write(
      (image) => image.compact(meta, firstIndexKept),
      () => {
        if (life !== this.#life || this.disk.written.snapshot.index !== meta.index) return;
        this.#world.coverage.snapshotsTaken++;
        this.step((raft) => raft.compacted(meta, firstIndexKept));
      },
    );
  }

  /** Of the state machine as it is; undefined where the log cannot say what that stands for. */
  snapshotNow(): SnapshotMeta | undefined {
    const index = this.applied;
    const term = this.raft.termAt(index);
    const configuration: Configuration | undefined = this.raft.configurationAt(index);
    if (term === undefined || configuration === undefined) return undefined;
    return { index, term, configuration };
  }

  /** Does nothing when the member is down. */
  step(act: (raft: Raft) => void): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    act(raft);
    this.#world.safety.observe(this.no, raft);
    const { random, pace, events } = this.#world;
    if (!random.chance(pace.lazy)) {
      this.#pump(raft);
      return;
    }
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    const life = this.#life;
    events.after(random.float(), () => {
      if (life !== this.#life) return;
      this.#pumpPlanned = false;
      this.#pump(raft);
    });
  }

  #newState(applied: number): SimState {
    return new SimState(this.no, applied, this.#world, {
      disk: this.disk,
      tell: (index) => this.step((raft) => raft.applied(index)),
    });
  }

  #tick(life: number): void {
    if (life !== this.#life) return;
    this.step((raft) => raft.tick());
    this.#world.events.after(1 / this.clockRate, () => this.#tick(life));
  }

  #pump(raft: Raft): void {
    for (let rounds = 0; raft.hasEffects; rounds++) {
      must(rounds < PUMP_ROUNDS_MAX, () => `${this.no} never runs out of effects`);
      this.#begin(raft.effects());
      this.#world.safety.observe(this.no, raft);
    }
  }

  #begin(effects: Effects): void {
    if (effects.persist !== undefined) this.#persist(effects.persist);
    for (const { to, message } of effects.messages) this.#send(to, message);
    this.#state.take(effects);
    for (const wanted of effects.snapshotsWanted) this.#streams.begin(this, wanted);
  }

  #persist(persist: Persist): void {
    const { safety, promises, coverage } = this.#world;
    const { written } = this.disk;
    const first = persist.entries[0];
    const before = written.hardState;
    const lastBefore = written.lastIndex;
    if (persist.hardState !== undefined) promises.writes(this.no, before, persist.hardState);
    const replaced = first === undefined ? undefined : written.entryAt(first.index);
    const replacedEntries = first === undefined ? [] : written.entriesFrom(first.index);
    this.disk.write(
      (image) => image.write(persist),
      () => {
        if (persist.snapshot !== undefined) coverage.snapshotsInstalled++;
        for (const { to, message } of persist.messages) this.#send(to, message);
        this.step((raft) => raft.persisted(persist.acknowledgement));
      },
    );
    if (first === undefined) return;
    safety.log.written(persist.entries, written.termAt(first.index - 1));
    if (replaced === undefined || persist.snapshot !== undefined) return;
    safety.truncates(this.no, first, replaced, lastBefore <= written.lastIndex);
    if (replaced.term === first.term) return;
    coverage.truncations++;
    const takenBack = replacedEntries.filter((entry) => entry.type === 'configuration');
    coverage.configurationsRolledBack += takenBack.length;
  }

  #send(to: MemberNo, message: Message): void {
    const { promises, safety, network, random, events } = this.#world;
    promises.said(this.no, to, message, this.disk.durable);
    if (message.type === 'vote' && message.transfer) {
      safety.campaignsAtRequest(this.no, message.term);
    }
    if (network.send(this.no, to, message) || !random.chance(0.2)) return;
    const life = this.#life;
    events.after(random.float(), () => {
      if (life === this.#life) this.step((raft) => raft.unreachable(to));
    });
  }
}
