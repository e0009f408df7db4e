/**
 * A Raft group for tests: machines, a queue of messages between them, and disks that write at
 * once or when told. Nothing is random: member n times out after n - 1 + ELECTION_TICKS ticks.
 */

import type { Envelope, Persist, ReadReady, SnapshotWanted } from '../../../src/raft/effects.ts';
import {
  type Configuration,
  type Entry,
  type HardState,
  type MemberNo,
  NOBODY,
  type SnapshotMeta,
} from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import type { RaftOptions, Recovered } from '../../../src/raft/options.ts';
import { Raft } from '../../../src/raft/raft.ts';

export const ELECTION_TICKS = 10;

export const voters = (...members: MemberNo[]): Configuration => ({
  voters: members,
  outgoing: [],
  learners: [],
});

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const command = (index: number, term: number, text = ''): Entry => ({
  type: 'command',
  index,
  term,
  data: bytes(text),
});

export const textOf = (entry: Entry): string =>
  entry.type === 'command' ? new TextDecoder().decode(entry.data) : entry.type;

/** Entries from index 2 on, one of each given term; the founding snapshot is at 1. */
export const logOf = (...terms: number[]): Entry[] =>
  terms.map((term, place) => command(place + 2, term));

/** Like a group that was just founded: a snapshot at index 1 of term 1 names the members. */
export function founded(configuration: Configuration, entries: Entry[] = []): Recovered {
  const term = entries.at(-1)?.term ?? 1;
  const snapshot = { index: 1, term: 1, configuration };
  return { hardState: { term, vote: NOBODY, commit: 1 }, snapshot, entries };
}

/** A member that knows nothing yet. */
export const BLANK: Recovered = {
  hardState: { term: 0, vote: NOBODY, commit: 0 },
  snapshot: { index: 0, term: 0, configuration: voters() },
  entries: [],
};

export const optionsFor = (self: MemberNo, changes: Partial<RaftOptions> = {}): RaftOptions => ({
  self,
  heartbeatTicks: 1,
  electionTicks: ELECTION_TICKS,
  appendBytesMax: 4096,
  inflightAppendsMax: 8,
  inflightBytesMax: 65536,
  uncommittedBytesMax: 65536,
  leaseReads: false,
  // Each one tick later than the one before: no votes are split unless a test wants it.
  random: () => (self - 1) / ELECTION_TICKS,
  ...changes,
});

/** One machine with its disk and its host. */
export class Member {
  readonly no: MemberNo;
  raft: Raft;
  readonly options: RaftOptions;
  hardState: HardState;
  snapshot: SnapshotMeta;
  entries: Entry[];
  /** Writes stay on their way until `flush`. */
  slowDisk = false;
  writing: Persist[] = [];
  applied: string[] = [];
  restored: number[] = [];
  reads: ReadReady[] = [];
  readsLost: number[] = [];
  wanted: SnapshotWanted[] = [];
  /** Everything that ever left, for tests that look at messages. */
  sent: Envelope[] = [];

  constructor(options: RaftOptions, recovered: Recovered) {
    this.no = options.self;
    this.options = options;
    this.hardState = recovered.hardState;
    this.snapshot = recovered.snapshot;
    this.entries = [...recovered.entries];
    this.raft = new Raft(options, recovered);
  }

  get status() {
    return this.raft.status();
  }

  tick(count = 1): void {
    for (let done = 0; done < count; done++) this.raft.tick();
  }

  /** Runs one turn; the messages that may leave. */
  turn(): Envelope[] {
    const out: Envelope[] = [];
    while (this.raft.hasEffects) {
      const effects = this.raft.effects();
      if (effects.persist !== undefined) this.writing.push(effects.persist);
      out.push(...effects.messages);
      if (effects.restore !== undefined) {
        this.restored.push(effects.restore.index);
        this.raft.applied(effects.restore.index);
      }
      for (const entry of effects.committed) {
        this.applied.push(textOf(entry));
        this.raft.applied(entry.index);
      }
      this.reads.push(...effects.readsReady);
      this.readsLost.push(...effects.readsLost);
      this.wanted.push(...effects.snapshotsWanted);
      if (!this.slowDisk) out.push(...this.flush());
    }
    this.sent.push(...out);
    return out;
  }

  /** The oldest writes reach the disk. */
  flush(count = this.writing.length): Envelope[] {
    const out: Envelope[] = [];
    for (const persist of this.writing.splice(0, count)) {
      this.#write(persist);
      this.raft.persisted(persist.acknowledgement);
      out.push(...persist.messages);
    }
    return out;
  }

  #write({ hardState, snapshot, entries }: Persist): void {
    if (hardState !== undefined) this.hardState = hardState;
    if (snapshot !== undefined) {
      this.snapshot = snapshot;
      this.entries = [];
    }
    const first = entries[0];
    if (first === undefined) return;
    this.entries = [...this.entries.filter((entry) => entry.index < first.index), ...entries];
  }

  /** Power is cut: only what is on the disk remains. */
  restart(): void {
    this.writing = [];
    this.applied = [];
    const { hardState, snapshot, entries } = this;
    this.raft = new Raft(this.options, { hardState, snapshot, entries });
  }

  /** Everything that is applied becomes a snapshot; so many entries are kept. */
  compact(kept = 0): SnapshotMeta {
    const { applied: index } = this.status;
    const term = this.raft.termAt(index) ?? 0;
    const meta = { index, term, configuration: this.raft.configurationAt(index) };
    const firstKept = index + 1 - kept;
    this.raft.compacted(meta, firstKept);
    this.snapshot = meta;
    this.entries = this.entries.filter((entry) => entry.index >= firstKept);
    return meta;
  }
}

interface InTransit extends Envelope {
  readonly from: MemberNo;
}

export class Group {
  readonly members = new Map<MemberNo, Member>();
  #queue: InTransit[] = [];
  #cut = new Set<string>();
  /** Messages that it is true for are lost. */
  drops: (message: Message, from: MemberNo, to: MemberNo) => boolean = () => false;

  constructor(members: readonly Member[] = []) {
    for (const member of members) this.members.set(member.no, member);
  }

  /** A new group of voters with numbers from 1 on. */
  static of(count: number, changes: Partial<RaftOptions> = {}): Group {
    const numbers = Array.from({ length: count }, (_, place) => place + 1);
    const recovered = founded(voters(...numbers));
    return new Group(numbers.map((no) => new Member(optionsFor(no, changes), recovered)));
  }

  /** A group whose members have the logs of the given terms, from index 2 on. */
  static withLogs(logs: readonly (readonly number[])[]): Group {
    const configuration = voters(...logs.map((_, place) => place + 1));
    return new Group(
      logs.map(
        (terms, place) =>
          new Member(optionsFor(place + 1), founded(configuration, logOf(...terms))),
      ),
    );
  }

  at(no: MemberNo): Member {
    const member = this.members.get(no);
    if (member === undefined) throw new Error(`no member ${no}`);
    return member;
  }

  add(no: MemberNo, changes: Partial<RaftOptions> = {}): Member {
    const member = new Member(optionsFor(no, changes), BLANK);
    this.members.set(no, member);
    return member;
  }

  /** Delivers messages until nobody has anything to say. */
  settle(): void {
    for (;;) {
      for (const member of this.members.values()) this.#collect(member);
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (this.#isLost(next)) continue;
      this.members.get(next.to)?.raft.receive(next.from, next.message);
    }
  }

  #collect(member: Member): void {
    for (const envelope of member.turn()) this.#queue.push({ ...envelope, from: member.no });
  }

  #isLost({ from, to, message }: InTransit): boolean {
    return this.#cut.has(`${from}>${to}`) || this.drops(message, from, to);
  }

  /** Slow disks write what they have, and the group goes on. */
  flush(no: MemberNo, count?: number): void {
    const member = this.at(no);
    for (const envelope of member.flush(count)) this.#queue.push({ ...envelope, from: no });
    this.settle();
  }

  tick(count = 1, only: Iterable<MemberNo> = this.members.keys()): void {
    const numbers = [...only];
    for (let done = 0; done < count; done++) {
      for (const no of numbers) this.at(no).tick();
      this.settle();
    }
  }

  /** The member times out, and the group settles. */
  elect(no: MemberNo): void {
    this.at(no).raft.campaign();
    this.settle();
  }

  propose(no: MemberNo, ...texts: string[]): void {
    const proposed = this.at(no).raft.propose(texts.map(bytes));
    if (!proposed.accepted) throw new Error(`refused: ${proposed.reason}`);
    this.settle();
  }

  isolate(no: MemberNo): void {
    for (const other of this.members.keys()) {
      this.#cut.add(`${no}>${other}`);
      this.#cut.add(`${other}>${no}`);
    }
  }

  heal(): void {
    this.#cut.clear();
    this.drops = () => false;
  }

  /** Hands a snapshot of the one to the other, as the host's stream would. */
  stream(from: MemberNo, to: MemberNo): void {
    const leader = this.at(from);
    const { snapshot, status } = leader;
    this.at(to).raft.receive(from, { type: 'snapshot', term: status.term, meta: snapshot });
    leader.raft.snapshotSent(to, snapshot.index, true);
    this.settle();
  }

  get leaders(): MemberNo[] {
    return [...this.members.values()]
      .filter((member) => member.status.role === 'leader')
      .map((member) => member.no);
  }
}
