/**
 * Faults at random. Each run meets only some of the kinds, but meets those often: what takes
 * several faults of one kind would drown among all the others (Groce and others, "Swarm
 * Testing", 2012).
 */

import type { MemberNo } from '../../../src/raft/entry.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Group } from './group.ts';
import { type DiskTiming, QUICK_DISK } from './sim-disk.ts';
import type { SimMember } from './sim-member.ts';
import { FINE, type NetworkWeather } from './sim-network.ts';

/** So slow that a power loss finds much that is not flushed, and elections overtake writes. */
const SLOW_DISKS: readonly DiskTiming[] = [
  { flushMin: 0, flushMax: 2 },
  { flushMin: 1, flushMax: 10 },
  { flushMin: 5, flushMax: 40 },
];

const BAD_WEATHERS: readonly NetworkWeather[] = [
  { delayMin: 0.02, delayMax: 3, loss: 0.05, duplicate: 0.1, straggler: 0.02 },
  { delayMin: 0.02, delayMax: 0.5, loss: 0.3, duplicate: 0, straggler: 0 },
  { delayMin: 0.02, delayMax: 8, loss: 0, duplicate: 0.2, straggler: 0.1 },
];

const LATE: NetworkWeather = {
  delayMin: 0.02,
  delayMax: 8,
  loss: 0,
  duplicate: 0,
  straggler: 0.2,
};

/** A lease holds only as long as clocks differ by less than this (`RaftOptions.leaseReads`). */
const RATES = { min: 0.8, max: 1.25 };
const RATES_WITH_LEASES = { min: 0.95, max: 1.05 };

type Strike = (victim: SimMember, others: readonly MemberNo[]) => void;

export class RandomFaults {
  readonly #group: Group;
  readonly #random: SeededRandom;
  readonly #strikes: readonly Strike[];
  #isOver = false;

  constructor(group: Group) {
    this.#group = group;
    this.#random = group.random.fork();
    const random = this.#random;
    const { leaseReads } = group.world.settings;
    const kinds = leaseReads && random.chance(0.5) ? this.#leaseBreakers() : this.#kinds();
    const chosen = kinds.filter(() => random.chance(0.4));
    this.#strikes = chosen.length === 0 ? kinds : chosen;
    this.#setPace();
    const drifting = random.chance(0.5);
    for (const member of group.members) {
      if (drifting) this.#skewClock(member);
      if (random.chance(0.2)) this.#slowDown(member);
    }
  }

  /** Whatever was to follow an earlier strike does not happen any more. */
  end(): void {
    this.#isOver = true;
  }

  #later(delay: number, act: () => void): void {
    this.#group.world.events.after(delay, () => this.#isOver || act());
  }

  /** Mends something or strikes. */
  next(): void {
    const random = this.#random;
    const { down, numbers, members, world } = this.#group;
    if (down.length > 0 && random.chance(0.5)) {
      this.#group.start(random.pick(down));
      return;
    }
    if (random.chance(0.2)) {
      world.network.heal();
      world.network.weather = FINE;
      return;
    }
    // Leaders are worth more than others: most of what can go wrong goes wrong with them.
    const { leaders } = this.#group;
    const pool = leaders.length > 0 && random.chance(0.3) ? leaders : members;
    const victim = random.pick(pool);
    const others = numbers.filter((no) => no !== victim.no);
    random.pick(this.#strikes)(victim, others);
  }

  #setPace(): void {
    const random = this.#random;
    const { pace } = this.#group.world;
    if (random.chance(0.3)) pace.lazy = 0.5;
    if (random.chance(0.4)) pace.applyMax = random.pick([0.5, 5, 20]);
    if (random.chance(0.5)) pace.streamFailure = 0.3;
    pace.streamMax = random.pick([0.5, 3, 20]);
  }

  #kinds(): readonly Strike[] {
    const group = this.#group;
    const { network } = group.world;
    const random = this.#random;
    const ifUp =
      (strike: Strike): Strike =>
      (victim, others) =>
        victim.isUp && strike(victim, others);
    return [
      ifUp((victim) => group.kill(victim)),
      ifUp((victim) => group.losePower(victim)),
      () => {
        for (const member of group.up) group.losePower(member);
      },
      ifUp((victim) => {
        group.losePower(victim);
        group.start(victim);
      }),
      (victim) => this.#slowDown(victim),
      (victim, others) => network.cutBothWays([victim.no], others),
      (victim, others) => network.cutOneWay([victim.no], others),
      (victim, others) => network.cutOneWay(others, [victim.no]),
      () => {
        const some = group.numbers.filter(() => random.chance(0.5));
        const others = group.numbers.filter((no) => !some.includes(no));
        network.cutBothWays(some, others);
      },
      () => {
        network.weather = random.pick(BAD_WEATHERS);
      },
      (victim) => this.#skewClock(victim),
      (victim) => victim.step((raft) => raft.campaign()),
    ];
  }

  /** What may bring a leader to think that it still leads: it must not serve reads then. */
  #leaseBreakers(): readonly Strike[] {
    const group = this.#group;
    const { network } = group.world;
    const random = this.#random;
    const leaderFalls = (act: Strike): Strike => {
      return () => {
        const leader = group.leaders.at(-1);
        if (leader === undefined) return;
        act(
          leader,
          group.numbers.filter((no) => no !== leader.no),
        );
      };
    };
    return [
      // Some late replies still come to it when it is cut off.
      leaderFalls((leader, others) => {
        network.weather = LATE;
        this.#later(LATE.delayMax, () => {
          network.weather = FINE;
          network.cutBothWays([leader.no], others);
        });
      }),
      // One that misses it for long asks others, who are restarted when they hear it no more.
      leaderFalls((leader, others) => {
        const lonely = random.pick(others);
        network.cutBothWays([leader.no], [lonely]);
        this.#later((1 + 2 * random.float()) * group.world.settings.electionTicks, () => {
          network.cutBothWays([leader.no], others);
          const bounced = group.up.filter(({ no }) => no !== leader.no && no !== lonely);
          for (const member of bounced) this.#bounce(member);
        });
      }),
      // A transfer that is given up, and then happens all the same.
      leaderFalls((leader, others) => {
        network.weather = LATE;
        leader.transfer(random.pick(others));
        this.#later(random.float() * 2 * group.world.settings.electionTicks, () =>
          network.cutOneWay(others, [leader.no]),
        );
      }),
      (victim) => this.#skewClock(victim),
    ];
  }

  #bounce(member: SimMember): void {
    this.#group.kill(member);
    this.#group.start(member);
  }

  #slowDown(victim: SimMember): void {
    victim.disk.timing = this.#random.pick([QUICK_DISK, ...SLOW_DISKS]);
  }

  #skewClock(victim: SimMember): void {
    const { leaseReads } = this.#group.world.settings;
    const { min, max } = leaseReads ? RATES_WITH_LEASES : RATES;
    victim.clockRate = min + this.#random.float() * (max - min);
  }
}
