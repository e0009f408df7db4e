/** A group of members, some of them not in it yet, on one heap of events. */

import type { MemberNo, SnapshotMeta } from '../../../src/raft/entry.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { newCoverage } from './coverage.ts';
import { EventHeap } from './event-heap.ts';
import { Promises } from './promises.ts';
import { Reads } from './reads.ts';
import { Safety } from './safety.ts';
import { type Lies, QUICK_DISK, SimDisk } from './sim-disk.ts';
import { SimMember } from './sim-member.ts';
import { FINE, SimNetwork } from './sim-network.ts';
import { SnapshotStreams } from './snapshot-streams.ts';
import type { MakeRaft, World } from './world.ts';

/** A newcomer knows nothing, and so the group was founded with a snapshot at index 1. */
const NEWCOMER: SnapshotMeta = {
  index: 0,
  term: 0,
  configuration: { voters: [], outgoing: [], learners: [] },
};

export class Group {
  readonly random: SeededRandom;
  readonly world: World;
  readonly members: readonly SimMember[];
  readonly numbers: readonly MemberNo[];

  /** @param leases whether reads go by leases; else the seed decides */
  constructor(seed: number, makeRaft: MakeRaft, lies: Lies, leases: boolean | undefined) {
    const random = new SeededRandom(seed);
    this.random = random;
    const voters = 3 + 2 * random.below(3);
    const others = random.below(3);
    this.numbers = Array.from({ length: voters + others }, (_, i) => i + 1);
    const first = {
      voters: this.numbers.slice(0, voters),
      outgoing: [],
      learners: this.numbers.slice(voters).filter(() => random.chance(0.5)),
    };
    const founding = { index: 1, term: 1, configuration: first };
    this.world = this.#makeWorld(makeRaft, founding, leases);
    const streams = new SnapshotStreams(this.world, (no) => this.members[no - 1]);
    this.members = this.numbers.map((no) => {
      const belongs = [...first.voters, ...first.learners].includes(no);
      const snapshot = belongs ? founding : NEWCOMER;
      const disk = new SimDisk(this.world.events, random.fork(), lies, snapshot);
      return new SimMember(no, disk, this.world, streams);
    });
    for (const member of this.members) member.start();
  }

  get up(): readonly SimMember[] {
    return this.members.filter((member) => member.isUp);
  }

  get down(): readonly SimMember[] {
    return this.members.filter((member) => !member.isUp);
  }

  /** Who thinks that it leads; of the latest term last. */
  get leaders(): readonly SimMember[] {
    return this.members
      .filter((member) => member.isLeader)
      .sort((a, b) => a.raft.status().term - b.raft.status().term);
  }

  kill(member: SimMember): void {
    member.stop();
    member.disk.kill();
    this.world.coverage.kills++;
  }

  losePower(member: SimMember): void {
    member.stop();
    const { writesLost } = member.disk.losePower();
    this.world.coverage.powerLosses++;
    if (writesLost > 0) this.world.coverage.powerLossesWithWritesLost++;
  }

  start(member: SimMember): void {
    member.start();
    this.world.coverage.restarts++;
  }

  /** Everything works from now on; clocks go on drifting. */
  heal(): void {
    const { network, pace } = this.world;
    network.heal();
    network.weather = FINE;
    Object.assign(pace, { lazy: 0.1, applyMax: 0, streamMax: 1, streamFailure: 0 });
    for (const member of this.members) member.disk.timing = QUICK_DISK;
    for (const member of this.down) this.start(member);
  }

  #makeWorld(makeRaft: MakeRaft, founding: SnapshotMeta, leases: boolean | undefined): World {
    const { random } = this;
    const events = new EventHeap();
    const coverage = newCoverage();
    const network = new SimNetwork(events, random.fork(), (to, from, message) =>
      this.members[to - 1]?.receive(from, message),
    );
    const diskOf = (no: MemberNo) => (this.members[no - 1] as SimMember).disk.durable;
    return {
      events,
      random: random.fork(),
      network,
      safety: new Safety(coverage, founding, diskOf),
      promises: new Promises(),
      reads: new Reads(coverage),
      coverage,
      pace: { lazy: 0, applyMax: 0, streamMax: 2, streamFailure: 0 },
      makeRaft,
      settings: settingsOf(random, leases),
    };
  }
}

/** Small limits, so that they are met. */
function settingsOf(random: SeededRandom, leases: boolean | undefined): World['settings'] {
  const leasesByChance = random.chance(0.25);
  return {
    heartbeatTicks: 1 + random.below(2),
    electionTicks: 5 + random.below(6),
    appendBytesMax: random.pick([1, 50, 1_000]),
    inflightAppendsMax: 1 + random.below(4),
    inflightBytesMax: random.pick([100, 10_000]),
    uncommittedBytesMax: random.pick([400, 10_000]),
    leaseReads: leases ?? leasesByChance,
  };
}
