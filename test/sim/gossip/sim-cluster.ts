/** A cluster of gossip machines in virtual time, over links that delay and lose messages. */

import type { MemberChange } from '../../../src/gossip/effects.ts';
import { Gossip } from '../../../src/gossip/gossip.ts';
import type { MemberNo, Message } from '../../../src/gossip/message.ts';
import { type GossipOptions, LAN } from '../../../src/gossip/options.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { EventHeap } from '../raft/event-heap.ts';
import { optionsFor, rosterOf } from './options.ts';

export interface SimSettings {
  readonly seed: number;
  readonly members: number;
  /** Of messages that are lost. */
  readonly loss?: number;
  readonly options?: Partial<GossipOptions>;
}

export interface Observed {
  readonly atMs: number;
  /** Where it was seen. */
  readonly at: MemberNo;
  readonly change: MemberChange;
}

/** One way, of a LAN whose nodes are busy. */
const DELAY_MIN_MS = 1;
const DELAY_SPREAD_MS = 9;
const FSYNC_MS = 4;

interface SimMember {
  readonly machine: Gossip;
  wakeMs: number;
}

export class SimCluster {
  readonly observed: Observed[] = [];
  messagesSent = 0;
  newsInMessageMax = 0;
  readonly #heap = new EventHeap();
  readonly #random: SeededRandom;
  readonly #settings: SimSettings;
  readonly #members = new Map<MemberNo, SimMember>();
  readonly #disks = new Map<MemberNo, number>();
  readonly #sides = new Map<MemberNo, number>();

  constructor(settings: SimSettings) {
    this.#settings = settings;
    this.#random = new SeededRandom(settings.seed);
    for (let no = 1; no <= settings.members; no++) this.start(no);
  }

  get nowMs(): number {
    return this.#heap.now;
  }

  get digest(): number {
    return this.#heap.digest;
  }

  /** Of those that run. */
  machines(): readonly Gossip[] {
    return [...this.#members.values()].map(({ machine }) => machine);
  }

  machine(no: MemberNo): Gossip {
    const member = this.#members.get(no);
    if (member === undefined) throw new Error(`member ${no} is down`);
    return member.machine;
  }

  start(no: MemberNo): void {
    const random = this.#random.fork();
    const { options = {}, members } = this.#settings;
    const machine = new Gossip(
      optionsFor(no, { ...LAN, random: () => random.float(), ...options }),
      { incarnation: this.#disks.get(no) ?? 0 },
    );
    this.#members.set(no, { machine, wakeMs: -1 });
    const everybody = Array.from({ length: members }, (_, at) => at + 1);
    this.act(no, () => machine.setRoster(rosterOf(...everybody), this.nowMs));
  }

  kill(no: MemberNo): void {
    this.#members.delete(no);
  }

  /** Members of different sides do not hear each other. */
  partition(...sides: readonly (readonly MemberNo[])[]): void {
    for (const [side, members] of sides.entries()) {
      for (const no of members) this.#sides.set(no, side);
    }
  }

  heal(): void {
    this.#sides.clear();
  }

  runFor(ms: number, enough?: () => boolean): void {
    this.#heap.runUntil(this.nowMs + ms, enough);
  }

  act(no: MemberNo, does: (machine: Gossip) => void): void {
    const member = this.#members.get(no);
    if (member === undefined) return;
    does(member.machine);
    if (member.machine.hasEffects) this.#carryOut(no, member.machine);
    this.#wake(no, member);
  }

  #carryOut(no: MemberNo, machine: Gossip): void {
    const { persistIncarnation, messages, changes } = machine.effects();
    for (const change of changes) this.observed.push({ atMs: this.nowMs, at: no, change });
    for (const { to, message } of messages) this.#send(no, to, message);
    if (persistIncarnation === undefined) return;
    this.#heap.after(FSYNC_MS, () => {
      if (this.#members.get(no)?.machine !== machine) return;
      this.#disks.set(no, persistIncarnation);
      this.act(no, () => machine.persisted(persistIncarnation, this.nowMs));
    });
  }

  #send(from: MemberNo, to: MemberNo, message: Message): void {
    this.messagesSent += 1;
    if ('news' in message) {
      this.newsInMessageMax = Math.max(this.newsInMessageMax, message.news.length);
    }
    if (this.#random.chance(this.#settings.loss ?? 0)) return;
    const delayMs = DELAY_MIN_MS + this.#random.below(DELAY_SPREAD_MS + 1);
    this.#heap.after(delayMs, () => {
      if (this.#sides.get(from) !== this.#sides.get(to)) return;
      this.act(to, (machine) => machine.receive(from, message, this.nowMs));
    });
  }

  #wake(no: MemberNo, member: SimMember): void {
    const wakeMs = Math.max(Math.ceil(member.machine.nextWakeMs), this.nowMs);
    if (!Number.isFinite(wakeMs) || wakeMs === member.wakeMs) return;
    member.wakeMs = wakeMs;
    this.#heap.after(wakeMs - this.nowMs, () => {
      if (this.#members.get(no) !== member || member.wakeMs !== wakeMs) return;
      member.wakeMs = -1;
      this.act(no, (machine) => machine.tick(this.nowMs));
    });
  }
}
