/**
 * What news about a member does here: memberlist's `aliveNode`, `suspectNode` and `deadNode`.
 * Whatever changed something is sent on; whatever did not, ends here.
 */

import { type Core, forget, noteChange, spread } from './core.ts';
import { isGone, type Member } from './member.ts';
import {
  type Dead,
  isSameAddress,
  isSound,
  type MemberNo,
  type News,
  type Presence,
  type Suspect,
} from './message.ts';
import { outranks, standingOf } from './precedence.ts';
import { hearOfSelf, refute } from './refuting.ts';
import { Suspicion, suspicionLimits } from './suspicion.ts';

export function hearNews(core: Core, news: readonly News[], from: MemberNo): void {
  for (const item of news) {
    if (item.type === 'alive') hearAlive(core, item, from);
    else if (item.type === 'suspect') hearSuspect(core, item, from);
    else hearDead(core, item, from);
  }
}

/** Of a member that says itself, or of whom others say that it said, that it lives. */
export function hearAlive(core: Core, presence: Presence, from: MemberNo): void {
  const { member: no, incarnation } = presence;
  if (no === core.options.self) {
    hearOfSelf(core, presence, from);
    return;
  }
  if (!isSound(presence)) return;
  const member = core.members.get(no) ?? rememberStranger(core, presence);
  if (member === undefined) return;
  const changed = takePresence(core, member, presence);
  const { state } = member;
  if (outranks({ state: 'alive', incarnation }, member)) {
    member.accuser = no;
    core.members.setState(member, 'alive', incarnation, core.time.nowMs);
    core.order.insert(no);
    spread(core, { ...presence, type: 'alive' });
    if (state === 'unheard') noteChange(core, 'joined', member);
    else if (state !== 'alive') noteChange(core, 'revived', member);
  }
  for (const kind of changed) noteChange(core, kind, member);
}

export function hearSuspect(core: Core, news: Suspect, from: MemberNo): void {
  const { member: no, incarnation, accuser } = news;
  if (no === core.options.self) {
    refute(core, incarnation, from);
    return;
  }
  const member = core.members.get(no);
  if (member === undefined) return;
  if (member.state === 'suspect' && member.incarnation === incarnation) {
    // The first accusations that count are sent on, so that they count elsewhere too.
    if (member.suspicion?.confirm(accuser)) spread(core, news);
    return;
  }
  if (!outranks(standingOf(news), member)) return;
  const { nowMs } = core.time;
  const wasSuspect = member.state === 'suspect';
  member.accuser = accuser;
  core.members.setState(member, 'suspect', incarnation, nowMs);
  const limits = suspicionLimits(core.options, core.members.reachable);
  member.suspicion = new Suspicion(accuser, limits, nowMs);
  core.order.insert(no);
  spread(core, news);
  if (!wasSuspect) noteChange(core, 'suspected', member);
}

export function hearDead(core: Core, news: Dead, from: MemberNo): void {
  const { member: no, incarnation, accuser } = news;
  if (no === core.options.self) {
    refute(core, incarnation, from);
    return;
  }
  const member = core.members.get(no);
  const told = standingOf(news);
  if (member === undefined || !outranks(told, member)) return;
  const before = member.state;
  member.accuser = accuser;
  core.members.setState(member, told.state, incarnation, core.time.nowMs);
  spread(core, news);
  if (before !== told.state) noteChange(core, told.state === 'left' ? 'left' : 'died', member);
}

/** Suspicions that nobody refuted in time. */
export function endSuspicions(core: Core): void {
  for (const { no, incarnation, suspicion } of [...core.members.suspects()]) {
    if (suspicion === undefined || suspicion.endsAtMs > core.time.nowMs) continue;
    const { self } = core.options;
    hearDead(core, { type: 'dead', member: no, incarnation, accuser: self }, self);
  }
}

/** Members that are known by gossip alone and have been gone for long. */
export function reap(core: Core): void {
  const { gossipToDeadMs } = core.options;
  for (const member of core.members.strangersGoneFor(gossipToDeadMs, core.time.nowMs)) {
    forget(core, member);
  }
}

function rememberStranger(core: Core, presence: Presence): Member | undefined {
  const member = core.members.rememberStranger(presence, core.time.nowMs);
  if (member === undefined) core.counters.strangersRefused += 1;
  return member;
}

/**
 * Newer word of the member about itself is believed however it stands.
 * @returns what has changed by it
 */
export function takePresence(
  core: Core,
  member: Member,
  presence: Presence,
): readonly ('moved' | 'facts')[] {
  const { incarnation, sequence, name, address, facts } = presence;
  const { heard, facts: knew } = member;
  const isOfIncarnation = incarnation === heard.incarnation;
  const hasMoved = !isSameAddress(member.address, address);
  if (isOfIncarnation && hasMoved && !isGone(member)) {
    // Two processes that say they are the same one: the first is kept to (AliveNode_Conflict).
    core.counters.addressConflicts += 1;
    return [];
  }
  if (isOfIncarnation ? sequence <= heard.sequence : incarnation < heard.incarnation) return [];
  member.heard = { incarnation, sequence };
  member.name = name;
  member.address = address;
  member.facts = facts;
  const hasNewFacts =
    knew.metadataIndex !== facts.metadataIndex || knew.hintHorizon !== facts.hintHorizon;
  return [...(hasMoved ? ['moved' as const] : []), ...(hasNewFacts ? ['facts' as const] : [])];
}
