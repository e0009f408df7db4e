/** What clients and operators ask of the group: values, reads, changes, transfers, snapshots. */

import type { Configuration, MemberNo } from '../../../src/raft/entry.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Group } from './group.ts';
import type { SimMember } from './sim-member.ts';

type Job = (member: SimMember) => void;

export class RandomWork {
  readonly #group: Group;
  readonly #random: SeededRandom;
  /** A job stands in it as often as its weight says. */
  readonly #jobs: readonly Job[];
  readonly #questions: SeededRandom;
  /** Members ask others than the leader for what is committed. */
  readonly #asks: boolean;
  #lastValue = 0;

  /** @param questions of its own, so that a seed without questions runs as if there were none */
  constructor(group: Group, questions: SeededRandom) {
    this.#group = group;
    this.#random = group.random.fork();
    this.#questions = questions;
    this.#asks = questions.chance(0.4);
    const random = this.#random;
    const read: Job = () => {
      // Everyone who thinks that it leads: only one of them is right.
      for (const member of group.leaders) member.read();
    };
    const rare: Job[] = [
      read,
      (member) => this.#reconfigure(member),
      (member) => member.transfer(random.pick(group.numbers)),
      (member) => this.#compact(member),
    ];
    const chosen = rare.filter(() => random.chance(0.6));
    const propose: Job = (member) => this.propose(member);
    const manyReads = group.world.settings.leaseReads ? [read, read, read] : [];
    this.#jobs = [propose, propose, propose, ...manyReads, ...chosen];
  }

  next(): void {
    const random = this.#random;
    const { up, leaders } = this.#group;
    if (up.length === 0) return;
    const member = random.pick(leaders.length > 0 && random.chance(0.85) ? leaders : up);
    random.pick(this.#jobs)(member);
    if (random.chance(0.05)) this.#compact(random.pick(up));
    if (this.#asks && this.#questions.chance(0.5)) this.#ask(this.#questions.pick(up));
  }

  /** @returns the index of the first value, if the member took it */
  propose(member: SimMember): number | undefined {
    const count = 1 + this.#random.below(4);
    const values = Array.from({ length: count }, () => `v${++this.#lastValue}`);
    return member.propose(values);
  }

  #compact(member: SimMember): void {
    const random = this.#random;
    member.compact((index) => {
      const first = member.disk.written.entries[0]?.index ?? index + 1;
      if (random.chance(0.5)) return index + 1;
      return Math.min(index + 1, first + random.below(index + 2 - first));
    });
  }

  #ask(member: SimMember): void {
    const other = this.#questions.pick(this.#group.numbers.filter((no) => no !== member.no));
    member.step((raft) => raft.requestCommitted(other));
  }

  #reconfigure(member: SimMember): void {
    member.step((raft) => {
      const current = raft.configurationAt(raft.status().lastIndex);
      raft.proposeConfiguration(this.#change(member.no, current));
    });
  }

  /** One member more or fewer, the leader out, other learners, or anything at all. */
  #change(
    leader: MemberNo,
    { voters, learners }: Configuration,
  ): { voters: MemberNo[]; learners: MemberNo[] } {
    const random = this.#random;
    const all = this.#group.numbers;
    const chosen = new Set(voters);
    const one = random.pick(all);
    const kind = random.below(4);
    if (kind === 0 && !chosen.delete(one)) chosen.add(one);
    if (kind === 1) chosen.delete(leader);
    if (kind === 2) {
      chosen.clear();
      for (const no of all) if (random.chance(0.5)) chosen.add(no);
    }
    if (chosen.size === 0) chosen.add(one);
    const rest = all.filter((no) => !chosen.has(no));
    const learning = rest.filter((no) => (kind === 0 ? learners.includes(no) : random.chance(0.5)));
    return { voters: [...chosen].sort((a, b) => a - b), learners: learning };
  }
}
