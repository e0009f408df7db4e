/**
 * The commands of scenarios about gossip. Every line that comes of them begins with the time
 * in milliseconds; time stands still but for `pass`.
 *
 * - `members 1 2 3 [puppets=4,5] [roster=1,2,3] [seed=1] [strangers=2] [per-message=1]
 *   [queue=4] [relays=1] [replies=1] [per-push-pull=2] [peers=1]
 *   [last-calls=0]`: comes first. All start in
 *   this order, with the figures of a LAN, and join. Puppets say what the script lets them
 *   say. Without a seed chance is 0: all is done in the order of the numbers.
 * - `show ping ack`, `show all`, `show changes`: which messages are told from now on
 * - `pass 1500`, `freeze 1` (its process stands still), `thaw 1`
 * - `says 2->1 alive 3@2 at h9, suspect 4@1 by 2, left 5@1` (gossip of a puppet),
 *   `tells-all 2->1 dead 3@1 by 2` (its push-pull; `of-cluster c2` at the end: of another one),
 *   `pings 2->1 target 3 as 2@1`, `acks 2->1 probe 4 as 2@1 [with facts 7/3 #1]`,
 *   `asks 2->1 to ping 3` (indirectly), `relays-ack 2->1 probe 4`, `nacks 2->1 probe 4`
 * - `cut 1->2`, `partition 1 2 | 3`, `heal`; `hold 1->2 [ping]`, `release`, `drop`, `deliver`,
 *   `wire`
 * - `refused 1 2` (1 finds nobody listening at 2), `send-failed 1 2`
 * - `crash 3`, `restart 3 [incarnation=0]` (an older copy of its disk), `start 4` (another one);
 *   `slow-disk 1`: incarnations are on disk only after `persist 1`; `quick-disk 1`
 * - `leave 3`, `facts 1 7 3`, `move 1 h9`, `roster 1 2 3 [at=1] [moved=3]`, `seeds 1 4`
 * - `view [1 ...]` (how it sees the others), `status [1 ...]`
 */

import type { Message } from '../../../src/gossip/message.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { CLUSTER, optionsFor, rosterOf } from '../../sim/gossip/options.ts';
import type { Arguments } from '../arguments.ts';
import { type Commands, runFrom } from '../command-line.ts';
import type { Scene } from '../run-scenario.ts';
import { Actor } from './actor.ts';
import { Stage } from './stage.ts';
import { newsFrom, presenceFrom, recordsFrom } from './told.ts';
import { statusWords, viewWords } from './words.ts';

const COMMANDS: Commands<Stage> = {
  members: bringOn,
  start: (stage, given) => {
    const no = given.member();
    bringOnOne(stage, no, stage.actors.values().next().value?.roster ?? [], {});
  },
  show: (stage, given) => {
    const types = given.rest();
    stage.shownTypes = types[0] === 'all' ? undefined : types;
  },
  pass: (stage, given) => stage.pass(given.number()),
  freeze: (stage, given) => {
    const actor = stage.actor(given.member());
    actor.isFrozen = true;
    stage.hold(({ to }) => to === actor.no);
  },
  thaw: (stage, given) => {
    const actor = stage.actor(given.member());
    actor.isFrozen = false;
    actor.act((machine) => machine.tick(stage.nowMs));
    stage.release();
  },
  says: (stage, given) => {
    const link = given.link();
    play(stage, link, { type: 'gossip', news: newsFrom(given.rest().join(' ')) });
  },
  'tells-all': (stage, given) => {
    const link = given.link();
    const [told = '', cluster = CLUSTER] = given.rest().join(' ').split(' of-cluster ');
    play(stage, link, { type: 'push_pull', isReply: false, cluster, members: recordsFrom(told) });
  },
  pings: (stage, given) => {
    const link = given.link();
    const [, target, , ...who] = given.rest();
    const sender = presenceFrom(who.join(' '));
    play(stage, link, {
      type: 'ping',
      probe: 1,
      target: Number(target),
      sender,
      wallTimeMs: 0,
      news: [],
    });
  },
  acks: (stage, given) => {
    const link = given.link();
    const [, probe, , ...who] = given.rest();
    const sender = presenceFrom(who.join(' '));
    const times = { pingWallTimeMs: 0, wallTimeMs: 0 };
    play(stage, link, { type: 'ack', probe: Number(probe), sender, ...times, news: [] });
  },
  asks: (stage, given) => {
    const link = given.link();
    const target = Number(given.rest().at(-1));
    play(stage, link, { type: 'indirect_ping', probe: 1, target });
  },
  'relays-ack': (stage, given) => {
    const link = given.link();
    play(stage, link, { type: 'indirect_ack', probe: Number(given.rest().at(-1)) });
  },
  nacks: (stage, given) => {
    const link = given.link();
    play(stage, link, { type: 'nack', probe: Number(given.rest().at(-1)) });
  },
  deliver: (stage, given) => {
    stage.deliver(given.letters());
  },
  drop: (stage, given) => stage.drop(given.letters()),
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
  refused: (stage, given) => {
    const actor = stage.actor(given.member());
    const other = given.member();
    actor.act((machine) => machine.refused(other, stage.nowMs));
  },
  'send-failed': (stage, given) => {
    const actor = stage.actor(given.member());
    const other = given.member();
    actor.act((machine) => machine.sendFailed(other, stage.nowMs));
  },
  crash: (stage, given) => stage.actor(given.member()).stop(),
  restart: (stage, given) => {
    const actor = stage.actor(given.member());
    actor.incarnation = given.option('incarnation') ?? actor.incarnation;
    actor.start();
  },
  'slow-disk': (stage, given) => {
    stage.actor(given.member()).diskIsSlow = true;
  },
  'quick-disk': (stage, given) => {
    const actor = stage.actor(given.member());
    actor.diskIsSlow = false;
    actor.persist();
  },
  persist: (stage, given) => stage.actor(given.member()).persist(),
  leave: (stage, given) => {
    stage.actor(given.member()).act((machine) => machine.leave(stage.nowMs));
  },
  facts: (stage, given) => {
    const actor = stage.actor(given.member());
    const facts = { metadataIndex: given.number(), hintHorizon: given.number() };
    actor.act((machine) => machine.setFacts(facts));
  },
  move: (stage, given) => {
    const actor = stage.actor(given.member());
    const [host = ''] = given.rest();
    actor.act((machine) => machine.setAddress({ host, peerPort: 7_000, clientPort: 8_000 }));
  },
  roster: setRoster,
  seeds: (stage, given) => {
    const actor = stage.actor(given.member());
    actor.act((machine) => machine.setSeeds(given.rest().map(Number)));
  },
  view: (stage, given) => {
    for (const { no, machine } of chosen(stage, given)) {
      const words = machine === undefined ? 'nothing: it is down' : viewWords(machine.status());
      stage.tell(`${no} sees ${words}`);
    }
  },
  status: (stage, given) => {
    for (const { no, machine } of chosen(stage, given)) {
      stage.tell(`${no} ${machine === undefined ? 'is down' : statusWords(machine.status())}`);
    }
  },
};

/** Whatever a line does is done before the next. */
export function gossipScene(): Scene {
  const stage = new Stage();
  return {
    run(line) {
      runFrom(COMMANDS, stage, line);
      stage.deliverAll();
    },
    takeLines: () => stage.takeLines(),
  };
}

const BOUNDS = {
  strangers: 'strangersMax',
  'per-message': 'newsPerMessageMax',
  queue: 'newsQueueMax',
  relays: 'relaysMax',
  replies: 'pushPullRepliesMax',
  'per-push-pull': 'pushPullMembersMax',
  peers: 'gossipPeers',
  'last-calls': 'lastCalls',
} as const;

function bringOn(stage: Stage, given: Arguments): void {
  const puppets = given.list('puppets');
  const named = given.list('roster');
  const seed = given.option('seed');
  const bounds: Record<string, number> = {};
  for (const [word, name] of Object.entries(BOUNDS)) {
    const bound = given.option(word);
    if (bound !== undefined) bounds[name] = bound;
  }
  const members = given.rest().map(Number);
  for (const puppet of puppets) stage.puppets.add(puppet);
  const everybody = [...members, ...puppets].sort((a, b) => a - b);
  const roster = rosterOf(...(named.length > 0 ? named : everybody));
  for (const no of members) bringOnOne(stage, no, roster, bounds, seed);
}

function bringOnOne(
  stage: Stage,
  no: number,
  roster: Actor['roster'],
  bounds: Readonly<Record<string, number>>,
  seed?: number,
): void {
  const chance = seed === undefined ? undefined : new SeededRandom(seed + no);
  const random = () => chance?.float() ?? 0;
  const actor = new Actor(optionsFor(no, { ...bounds, random }), roster, stage);
  stage.actors.set(no, actor);
  actor.start();
  stage.deliverAll();
}

function setRoster(stage: Stage, given: Arguments): void {
  const at = given.option('at');
  const moved = given.list('moved');
  const roster = rosterOf(...given.rest().map(Number)).map((entry) =>
    moved.includes(entry.member)
      ? { ...entry, address: { ...entry.address, host: `${entry.address.host}b` } }
      : entry,
  );
  for (const actor of stage.actors.values()) {
    if (at !== undefined && actor.no !== at) continue;
    actor.roster = roster;
    actor.act((machine) => machine.setRoster(roster, stage.nowMs));
  }
}

function chosen(stage: Stage, given: Arguments): readonly Actor[] {
  const numbers = given.rest().map(Number);
  if (numbers.length === 0) return [...stage.actors.values()];
  return numbers.map((no) => stage.actor(no));
}

/** A puppet says it now. */
function play(stage: Stage, [from, to]: [number, number], message: Message): void {
  stage.send(from, to, message);
}

function cutAll(stage: Stage, some: readonly number[], others: readonly number[]): void {
  for (const from of some) for (const to of others) stage.cut(from, to);
}
