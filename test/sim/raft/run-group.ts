/**
 * One seed: first faults and work at random, then everything is healed, and the group must
 * get on: commit something new that all of its members apply, and leave any joint
 * configuration. What happens is decided by the seed alone.
 */

import { Raft } from '../../../src/raft/raft.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Coverage } from './coverage.ts';
import { Group } from './group.ts';
import { RandomFaults } from './random-faults.ts';
import { RandomWork } from './random-work.ts';
import { HONEST, type Lies } from './sim-disk.ts';
import { must } from './violation.ts';
import type { MakeRaft } from './world.ts';

export interface RunReport {
  readonly seed: number;
  /** Undefined when everything held. */
  readonly violation: string | undefined;
  readonly coverage: Coverage;
  /** Equal for equal runs. */
  readonly digest: number;
  readonly events: number;
}

export interface RunOptions {
  readonly makeRaft?: MakeRaft;
  readonly lies?: Lies;
  /** Whether reads go by leases; by default the seed decides. */
  readonly leases?: boolean;
}

/** In ticks. */
const CHAOS_MIN = 60;
const CHAOS_MAX = 300;
const HEALING_MAX = 600;
const SETTLING = 2;

export function runGroup(seed: number, options: RunOptions = {}): RunReport {
  const makeRaft = options.makeRaft ?? ((settings, recovered) => new Raft(settings, recovered));
  const group = new Group(seed, makeRaft, options.lies ?? HONEST, options.leases);
  const { coverage, events } = group.world;
  let violation: string | undefined;
  try {
    const work = new RandomWork(group, new SeededRandom(-seed));
    chaos(group, work);
    healing(group, work);
  } catch (error) {
    violation = `seed ${seed}, tick ${events.now.toFixed(2)}: ${textOf(error)}`;
  }
  return { seed, violation, coverage, digest: events.digest, events: events.eventsRun };
}

/** The line that runs a seed again. */
export function replayLine(seed: number): string {
  return `FIRST_SEED=${seed} SEEDS=1 npx vitest run --config vitest.soak.config.ts raft.soak`;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'Violation') return error.message;
  return `${error.stack?.split('\n').slice(0, 4).join(' | ')}`;
}

function chaos(group: Group, work: RandomWork): void {
  const { events } = group.world;
  const random = group.random.fork();
  const faults = new RandomFaults(group);
  const end = CHAOS_MIN + random.below(CHAOS_MAX - CHAOS_MIN);
  const workEvery = random.pick([0.3, 1, 3]);
  const strikeEvery = random.pick([2, 6, 15]);
  const repeat = (every: number, act: () => void) => {
    events.after(random.float() * 2 * every, () => {
      if (events.now >= end) return;
      act();
      repeat(every, act);
    });
  };
  repeat(workEvery, () => work.next());
  repeat(strikeEvery, () => faults.next());
  events.runUntil(end);
  faults.end();
}

function healing(group: Group, work: RandomWork): void {
  const { events, reads } = group.world;
  group.heal();
  const deadline = events.now + HEALING_MAX;
  const state: { goal: number | undefined } = { goal: undefined };
  const push = () => {
    if (events.now >= deadline) return;
    const leader = group.leaders.at(-1);
    if (leader !== undefined) state.goal = work.propose(leader) ?? state.goal;
    leader?.read();
    events.after(10, push);
  };
  push();
  let healed = false;
  events.runUntil(deadline, () => {
    healed = state.goal !== undefined && hasHealed(group, state.goal);
    return healed;
  });
  must(healed, () => `nothing gets on ${HEALING_MAX} ticks after the last fault: ${about(group)}`);
  // What is lost is told in the next turn of the host.
  events.runUntil(events.now + SETTLING);
  for (const member of group.members) {
    const open = reads.openAt(member.no);
    must(member.isLeader || open.length === 0, () => `${member.no} forgot reads ${open}`);
  }
}

/** Everyone in the latest leader's configuration, which is not joint, applied something new. */
function hasHealed(group: Group, goal: number): boolean {
  const leader = group.leaders.at(-1);
  if (leader === undefined || leader.applied < goal) return false;
  const { raft } = leader;
  const { lastIndex, commit, term } = raft.status();
  const { voters, outgoing, learners } = raft.configurationAt(lastIndex);
  const members = group.members.filter(({ no }) => voters.includes(no) || learners.includes(no));
  return (
    outgoing.length === 0 &&
    raft.termAt(commit) === term &&
    members.every((member) => member.applied >= goal)
  );
}

function about(group: Group): string {
  const { safety } = group.world;
  const members = group.members.map((member) => {
    const { term, role, commit, lastIndex, lastTerm, configuration } = member.raft.status();
    const { voters, outgoing, learners } = configuration;
    const lists = `${voters}/${outgoing}/${learners}`;
    return `${member.no} ${role} of ${term}, commit ${commit}, log to ${lastIndex}@${lastTerm}, ${lists}`;
  });
  return `committed ${safety.commit}; ${members.join('; ')}`;
}
