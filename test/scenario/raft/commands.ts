/**
 * The commands of scenarios about Raft.
 *
 * - `members 1 2 3 [learners=4] [outsiders=5] [newcomers=6] [election=10] [heartbeat=1]
 *   [append=bytes] [inflight=appends] [inflight-bytes=bytes] [uncommitted=bytes] [leases=1]
 *   [seed=1]`: comes first. All begin with the snapshot by which the group was founded, 1@1;
 *   outsiders too, but they do not belong to it, and newcomers have nothing at all. Without a
 *   seed nobody waits longer than `election`.
 * - `tick 1 5`, `pass 5` (so often: all tick, all is delivered), `campaign 1`, `elect 4 with 5 6`
 *   (they miss their leader, 4 runs and hears of 5 and 6 alone; what it then sends stays on the wire)
 * - `ask 3 2`: 3 asks 2 for what is committed and unknown to it
 * - `propose 1 x y`, `configuration 1 voters=1,2 [learners=3]`, `read 1 7`, `transfer 1 2`
 * - `deliver` (until the wire is empty), `deliver 1->2 [append]`, `deliver ->2`, `deliver 1->`
 *   (what is on the wire now); `drop` and `repeat` (a second time) likewise; `wire` shows it
 * - `hold 1->2 [append]` until `release`; `cut 1->2`, `partition 1 2 | 3` until `heal`;
 *   `unreachable 1 2` tells 1 that 2 cannot be reached
 * - `slow-disk 1`: writes end only by `persist 1 [how many]` or `quick-disk 1`
 * - `crash 1` (what it began to write is written), `power-loss 1` (it is not), `restart 1`
 * - `compact 1 [keep=first index]`, `stream 1->3 [fails|unreported|again]`
 * - `status [1 ...]`, `progress 1` (what the leader knows), `log 1` (on disk)
 */

import { utf8 } from '../../../src/kernel/bytes.ts';
import type { MemberNo } from '../../../src/raft/entry.ts';
import type { Proposed } from '../../../src/raft/proposals.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Arguments } from '../arguments.ts';
import { type Commands, runFrom } from '../command-line.ts';
import type { Scene } from '../run-scenario.ts';
import type { Letter, LetterFilter, Said } from '../wire.ts';
import { Actor } from './actor.ts';
import { Stage } from './stage.ts';
import { configurationWords, entryWords, positionWords, statusWords } from './words.ts';

const COMMANDS: Commands<Stage> = {
  members: bringOn,
  tick: (stage, given) => {
    const actor = stage.actor(given.member());
    for (let times = given.number(1); times > 0; times--) actor.act((raft) => raft.tick());
  },
  pass: (stage, given) => {
    for (let times = given.number(1); times > 0; times--) {
      for (const actor of stage.actors.values()) actor.act((raft) => raft.tick());
      stage.deliverAll();
    }
  },
  elect,
  campaign: (stage, given) => stage.actor(given.member()).act((raft) => raft.campaign()),
  propose: (stage, given) => {
    const no = given.member();
    const values = given.rest();
    stage.actor(no).act((raft) => {
      tellProposed(stage, no, raft.propose(values.map((value) => utf8(value))));
    });
  },
  configuration: (stage, given) => {
    const no = given.member();
    const target = { voters: given.list('voters'), learners: given.list('learners') };
    stage.actor(no).act((raft) => tellProposed(stage, no, raft.proposeConfiguration(target)));
  },
  read: (stage, given) => {
    const no = given.member();
    const id = given.number();
    stage.actor(no).act((raft) => {
      if (!raft.read(id)) stage.tell(`${no} does not take read ${id}`);
    });
  },
  ask: (stage, given) => {
    const actor = stage.actor(given.member());
    const from = given.member();
    actor.act((raft) => raft.requestCommitted(from));
  },
  transfer: (stage, given) => {
    const no = given.member();
    const to = given.member();
    stage.actor(no).act((raft) => {
      if (!raft.transfer(to)) stage.tell(`${no} does not hand over to ${to}`);
    });
  },
  deliver: (stage, given) => {
    if (given.isEmpty) stage.deliverAll();
    else stage.deliver(given.letters());
  },
  drop: (stage, given) => stage.drop(given.letters()),
  repeat: (stage, given) => stage.repeat(given.letters()),
  wire: (stage) => stage.show(),
  hold: (stage, given) => stage.hold(given.letters()),
  release: (stage) => stage.release(),
  cut: (stage, given) => stage.cut(...given.link()),
  partition: (stage, given) => {
    const sides = given.sides();
    for (const side of sides) {
      for (const other of sides) if (other !== side) cutAll(stage, side, other);
    }
  },
  heal: (stage) => stage.heal(),
  unreachable: (stage, given) => {
    const actor = stage.actor(given.member());
    const to = given.member();
    actor.act((raft) => raft.unreachable(to));
  },
  'slow-disk': (stage, given) => {
    stage.actor(given.member()).diskIsSlow = true;
  },
  'quick-disk': (stage, given) => {
    stage.actor(given.member()).diskIsSlow = false;
  },
  persist: (stage, given) => stage.actor(given.member()).persist(given.number(1_000)),
  crash: (stage, given) => stage.actor(given.member()).stop(true),
  'power-loss': (stage, given) => stage.actor(given.member()).stop(false),
  restart: (stage, given) => stage.actor(given.member()).start(),
  compact: (stage, given) => {
    const actor = stage.actor(given.member());
    actor.compact(given.option('keep'));
  },
  stream,
  status: (stage, given) => {
    const chosen = given.isEmpty ? [...stage.actors.keys()] : given.rest().map(Number);
    for (const no of chosen) {
      const raft = stage.actor(no).raft;
      stage.tell(`${no} ${raft === undefined ? 'is down' : statusWords(raft.status())}`);
    }
  },
  progress: (stage, given) => {
    for (const one of stage.actor(given.member()).raft?.status().members ?? []) {
      const { member, role, match, next, state, inflight } = one;
      stage.tell(
        `${member} ${role}: match ${match}, next ${next}, ${state}, ${inflight} in flight`,
      );
    }
  },
  log: (stage, given) => {
    const { snapshot, entries } = stage.actor(given.member()).durable;
    const words = configurationWords(snapshot.configuration);
    if (snapshot.index > 0) stage.tell(`snapshot ${positionWords(snapshot)} ${words}`);
    for (const entry of entries) stage.tell(entryWords(entry));
  },
};

export function raftScene(): Scene {
  const stage = new Stage();
  return { run: (line) => runFrom(COMMANDS, stage, line), takeLines: () => stage.takeLines() };
}

function bringOn(stage: Stage, given: Arguments): void {
  const learners = given.list('learners');
  const outsiders = given.list('outsiders');
  const newcomers = given.list('newcomers');
  const settings = {
    heartbeatTicks: given.option('heartbeat') ?? 1,
    electionTicks: given.option('election') ?? 10,
    appendBytesMax: given.option('append') ?? 1_000,
    inflightAppendsMax: given.option('inflight') ?? 100,
    inflightBytesMax: given.option('inflight-bytes') ?? 100_000,
    uncommittedBytesMax: given.option('uncommitted') ?? 100_000,
    leaseReads: given.option('leases') === 1,
  };
  const seed = given.option('seed');
  stage.electionTicks = settings.electionTicks;
  const voters = given.rest().map(Number);
  const all = [...voters, ...learners, ...outsiders, ...newcomers];
  const founding = { index: 1, term: 1, configuration: { voters, outgoing: [], learners } };
  const none = { index: 0, term: 0, configuration: { voters: [], outgoing: [], learners: [] } };
  for (const self of all.sort((a, b) => a - b)) {
    const chance = seed === undefined ? undefined : new SeededRandom(seed + self);
    const random = () => chance?.float() ?? 0;
    const snapshot = newcomers.includes(self) ? none : founding;
    stage.actors.set(self, new Actor({ ...settings, self, random }, snapshot, stage));
  }
}

/** A candidate learns the present term from those who refuse it, and wins at the next try. */
const ELECTION_TRIES = 3;

function elect(stage: Stage, given: Arguments): void {
  const candidate = given.member();
  const [, ...words] = given.rest();
  const voters = words.map(Number);
  const leads = () => stage.actor(candidate).raft?.status().role === 'leader';
  for (let tries = 0; tries < ELECTION_TRIES && !leads(); tries++) {
    tryElection(stage, candidate, voters);
  }
  stage.takeLines();
  const { term } = stage.actor(candidate).raft?.status() ?? { term: 0 };
  stage.tell(`${candidate} ${leads() ? `leads term ${term}` : `is not elected, in term ${term}`}`);
}

function tryElection(stage: Stage, candidate: MemberNo, voters: readonly MemberNo[]): void {
  const before = new Set<Letter<Said>>(stage.lettersOnWire);
  const isNew: LetterFilter = (letter) => !before.has(letter);
  for (const no of [candidate, ...voters]) {
    for (let ticks = stage.electionTicks; ticks > 0; ticks--) {
      stage.actor(no).act((raft) => raft.tick());
    }
  }
  stage.forget(isNew);
  stage.actor(candidate).act((raft) => raft.campaign());
  const isVoting: LetterFilter = (letter) => isNew(letter) && letter.message.type.includes('vote');
  const isBetween: LetterFilter = ({ from, to }) =>
    (from === candidate && voters.includes(to)) || (to === candidate && voters.includes(from));
  for (;;) {
    const delivered = stage.deliver((letter) => isVoting(letter) && isBetween(letter));
    if (delivered === 0) break;
  }
  stage.forget(isVoting);
}

function tellProposed(stage: Stage, no: MemberNo, proposed: Proposed): void {
  const { accepted } = proposed;
  if (accepted) stage.tell(`${no} takes it as ${proposed.firstIndex}@${proposed.term}`);
  else stage.tell(`${no} refuses: ${proposed.reason}`);
}

function cutAll(stage: Stage, some: readonly MemberNo[], others: readonly MemberNo[]): void {
  for (const from of some) for (const to of others) stage.cut(from, to);
}

/**
 * What 1 has applied arrives at 3. `fails`: it does not; `unreported`: 1 hears nothing of it;
 * `again`: the one that was sent last arrives a second time.
 */
function stream(stage: Stage, given: Arguments): void {
  const [from, to] = given.link();
  const how = given.rest()[0];
  const sender = stage.actor(from);
  const { raft } = sender;
  const snapshot = how === 'again' ? sender.sent.get(to) : sender.snapshotFor(to);
  if (raft === undefined || snapshot === undefined) throw new Error('no snapshot is wanted');
  sender.sent.set(to, snapshot);
  if (how !== 'fails') stage.actor(to).receive(from, snapshot);
  if (how === 'unreported' || how === 'again') return;
  sender.act(() => raft.snapshotSent(to, snapshot.meta.index, how !== 'fails'));
}
