/**
 * News goes from member to member (SWIM, section 4.1): on pings and acks, and in messages of
 * its own (Lifeguard's, as in memberlist), so that it does not wait for the next probe.
 */

import { type Core, nextTurn, spread } from './core.ts';
import { accusationOf, isReachable, type Member } from './member.ts';
import type { MemberNo, News } from './message.ts';
import { sendsMax } from './news-queue.ts';
import { sample } from './sample.ts';

export function gossip(core: Core): void {
  const { due, members, options, time } = core;
  if (due.gossipMs > time.nowMs) return;
  due.gossipMs = nextTurn(due.gossipMs, options.gossipIntervalMs, time.nowMs);
  core.pushPullReplies = 0;
  if (core.news.size === 0) return;
  const peers = members.numbersWhere((member) => isGossipedTo(core, member));
  for (const peer of sample(peers, options.gossipPeers, options.random)) {
    const news = takeNews(core, options.newsPerMessageMax);
    if (news.length === 0) return;
    core.outbox.send(peer, { type: 'gossip', news });
  }
}

/** News for a ping or an ack; first what the receiver must refute (Lifeguard, section IV-C). */
export function newsFor(core: Core, member: Member): readonly News[] {
  const accusation = accusationOf(member);
  if (accusation === undefined) return takeNews(core, core.options.newsPerMessageMax);
  const others = takeNews(core, core.options.newsPerMessageMax - 1);
  return [accusation, ...others.filter((news) => news.member !== member.no)];
}

/**
 * Who is dead here and speaks does not know it, or was not heard to be back: it is told what
 * to refute, or else its news would be ignored for ever (memberlist #311).
 */
export function answerTheDead(core: Core, from: MemberNo): void {
  const { nowMs } = core.time;
  const member = core.members.get(from);
  if (member?.state !== 'dead') return;
  if (nowMs - member.answeredMs < core.options.probeIntervalMs) return;
  member.answeredMs = nowMs;
  const accusation = accusationOf(member);
  if (accusation !== undefined) core.outbox.send(from, { type: 'gossip', news: [accusation] });
}

/** The member goes: its own word that it is dead (memberlist, `Leave`). */
export function takeLeave(core: Core): void {
  const { due, self, options } = core;
  if (core.hasTakenLeave) return;
  core.hasTakenLeave = true;
  if (!self.hasStarted) return;
  due.probeMs = Number.POSITIVE_INFINITY;
  due.pushPullMs = Number.POSITIVE_INFINITY;
  due.rejoinMs = Number.POSITIVE_INFINITY;
  core.probes.clear();
  const { self: member } = options;
  spread(core, { type: 'dead', member, incarnation: self.incarnation, accuser: member });
  due.gossipMs = core.time.nowMs;
  gossip(core);
}

export type LeaveState = 'no' | 'being_told' | 'told';

export function leaveState(core: Core): LeaveState {
  if (!core.hasTakenLeave) return 'no';
  const hasReceivers = core.members.reachable > 1;
  return hasReceivers && core.news.has(core.options.self) ? 'being_told' : 'told';
}

function takeNews(core: Core, count: number): readonly News[] {
  return core.news.take(count, sendsMax(core.options.retransmitMult, core.members.reachable));
}

function isGossipedTo(core: Core, member: Member): boolean {
  if (isReachable(member)) return true;
  const goneMs = core.time.nowMs - member.sinceMs;
  return member.state === 'dead' && goneMs <= core.options.gossipToDeadMs;
}
