/**
 * Now and then two members exchange all they know (memberlist, push-pull): gossip alone may
 * miss somebody, and a member that comes back has missed everything.
 */

import { type Core, nextTurn, noteChange } from './core.ts';
import { hearAlive, hearDead, hearSuspect, takePresence } from './hearing.ts';
import { isReachable, type Member, recordOf } from './member.ts';
import type { MemberNo, MemberRecord, Presence, PushPull } from './message.ts';
import { hearOfSelf, refute } from './refuting.ts';
import { sample } from './sample.ts';

/** Up to here the interval is not lengthened. */
const SCALED_FROM = 32;

/** So that the work of all members together grows no faster than their number times its log. */
export function pushPullInterval(intervalMs: number, members: number): number {
  if (members <= SCALED_FROM) return intervalMs;
  return intervalMs * (Math.ceil(Math.log2(members) - Math.log2(SCALED_FROM)) + 1);
}

export function pushPull(core: Core): void {
  const { due, members, options, time } = core;
  if (due.pushPullMs > time.nowMs) return;
  const intervalMs = pushPullInterval(options.pushPullIntervalMs, members.reachable);
  due.pushPullMs = nextTurn(due.pushPullMs, intervalMs, time.nowMs);
  const alive = members.numbersWhere(({ state }) => state === 'alive');
  const [peer] = sample(alive, 1, options.random);
  if (peer !== undefined) sendAll(core, peer, false);
}

export function sendAll(core: Core, to: MemberNo, isReply: boolean): void {
  const { cluster } = core.options;
  core.outbox.send(to, { type: 'push_pull', isReply, cluster, members: records(core) });
}

export function hearPushPull(core: Core, from: MemberNo, message: PushPull): void {
  const { cluster, pushPullRepliesMax } = core.options;
  if (message.cluster !== cluster) {
    core.counters.pushPullsRefused += 1;
    return;
  }
  for (const record of message.members) merge(core, record, from);
  if (message.isReply) return;
  if (core.pushPullReplies >= pushPullRepliesMax) {
    core.counters.pushPullsRefused += 1;
    return;
  }
  core.pushPullReplies += 1;
  sendAll(core, from, true);
}

/** The own record is always among them. */
function records(core: Core): readonly MemberRecord[] {
  const { options, self } = core;
  const { presence } = self;
  const others: MemberRecord[] = [];
  for (const member of core.members.all()) {
    const record = recordOf(member);
    if (record !== undefined) others.push(record);
  }
  const own: MemberRecord = {
    ...presence,
    state: core.hasTakenLeave ? 'left' : 'alive',
    stateIncarnation: presence.incarnation,
    accuser: presence.member,
  };
  const room = options.pushPullMembersMax - 1;
  return [own, ...(others.length > room ? sample(others, room, options.random) : others)];
}

/**
 * The other side may have been cut off and have taken everyone for dead. So who is dead there
 * and not here is a suspect here, and has the time to refute; only what it said itself, that
 * it left, is believed at once (memberlist, `mergeState`).
 */
function merge(core: Core, record: MemberRecord, from: MemberNo): void {
  const { member: no, state } = record;
  if (no === core.options.self) {
    if (state === 'alive') hearOfSelf(core, record, from);
    else refute(core, record.stateIncarnation, from);
  } else if (state === 'alive') {
    hearAlive(core, presenceOf(record), from);
  } else {
    const member = core.members.get(no);
    if (member !== undefined) mergeAccused(core, member, record, from);
  }
}

function mergeAccused(core: Core, member: Member, record: MemberRecord, from: MemberNo): void {
  const { state, stateIncarnation: incarnation, accuser } = record;
  const { no } = member;
  const changed = takePresence(core, member, presenceOf(record));
  if (state === 'suspect') {
    hearSuspect(core, { type: 'suspect', member: no, incarnation, accuser }, from);
  } else if (state === 'dead' && isReachable(member)) {
    hearSuspect(core, { type: 'suspect', member: no, incarnation, accuser: from }, from);
  } else {
    const witness = state === 'left' ? no : accuser;
    hearDead(core, { type: 'dead', member: no, incarnation, accuser: witness }, from);
  }
  for (const kind of changed) noteChange(core, kind, member);
}

function presenceOf(record: MemberRecord): Presence {
  const { member, name, address, incarnation, sequence, facts } = record;
  return { member, name, address, incarnation, sequence, facts };
}
