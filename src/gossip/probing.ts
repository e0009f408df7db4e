/**
 * Is it there? One member after the other is pinged; without an ack in time others are asked
 * to ping it, and without any ack by the end of the interval it is a suspect (SWIM, section
 * 3.1). Acks change nothing about a suspect: it must refute.
 */

import { offsetOf } from './clock-offsets.ts';
import type { Core } from './core.ts';
import { newsFor } from './dissemination.ts';
import { hearSuspect, reap } from './hearing.ts';
import { nackRelaysTo } from './indirect.ts';
import { accusationOf, isReachable, type Member } from './member.ts';
import type { Ack, MemberNo, News } from './message.ts';
import { sample } from './sample.ts';

export interface Probe {
  readonly number: number;
  readonly target: MemberNo;
  /** The one that would be accused: a refutation that comes meanwhile is believed. */
  readonly incarnation: number;
  /** By the host's clock. */
  readonly sentHostMs: number;
  readonly directUntilMs: number;
  readonly endsMs: number;
  /** Undefined until they are asked. */
  proxies: readonly MemberNo[] | undefined;
  readonly nacks: Set<MemberNo>;
}

export function probeNext(core: Core): void {
  const { due, time, awareness, options } = core;
  if (due.probeMs > time.nowMs) return;
  due.probeMs = time.nowMs + awareness.scale(options.probeIntervalMs);
  const target = nextTarget(core);
  if (target === undefined) return;
  const { number } = beginProbe(core, target);
  sendPing(core, number, target.no, newsFor(core, target));
}

/** @param number under which the ack is awaited */
export function sendPing(
  core: Core,
  number: number,
  target: MemberNo,
  news: readonly News[],
): void {
  const { self, options } = core;
  const wallTimeMs = options.wallTimeMs();
  const sender = self.presence;
  core.outbox.send(target, { type: 'ping', probe: number, target, sender, wallTimeMs, news });
}

export function nextProbeNumber(core: Core): number {
  core.lastProbe += 1;
  return core.lastProbe;
}

/**
 * In a large cluster gossip misses somebody now and then, and the turn of a suspect to be
 * probed may not come before its time is over. So whoever is about to take it for dead asks it
 * itself: its ack tells the incarnation that refutes, or the accusation brings one about. No
 * other news goes with it: that would likely be lost.
 */
export function callSuspects(core: Core): void {
  for (const member of core.members.suspects()) {
    const accusation = accusationOf(member);
    if (accusation === undefined || !member.suspicion?.call(core.time.nowMs)) continue;
    sendPing(core, nextProbeNumber(core), member.no, [accusation]);
  }
}

/** Asks others, or gives up, when it is time to. */
export function endWaits(core: Core): void {
  const { nowMs } = core.time;
  for (const probe of core.probes.values()) {
    if (probe.proxies === undefined && probe.directUntilMs <= nowMs) askProxies(core, probe);
    if (probe.endsMs <= nowMs) fail(core, probe);
  }
}

export function hearAck(core: Core, from: MemberNo, ack: Ack): void {
  const probe = core.probes.get(ack.probe);
  if (probe?.target !== from) return;
  const tripMs = core.time.hostMs - probe.sentHostMs;
  core.clocks.add(offsetOf(from, ack.pingWallTimeMs, ack.wallTimeMs, tripMs));
  succeed(core, probe);
}

export function hearIndirectAck(core: Core, from: MemberNo, number: number): void {
  const probe = core.probes.get(number);
  if (probe?.proxies?.includes(from)) succeed(core, probe);
}

export function hearNack(core: Core, from: MemberNo, number: number): void {
  const probe = core.probes.get(number);
  if (probe?.proxies?.includes(from)) probe.nacks.add(from);
}

/**
 * Nobody listens at the member's address: as if its ping had gone without an ack, now. It may
 * be about to start again, so it is no more than that.
 */
export function hearRefusal(core: Core, no: MemberNo): void {
  core.counters.refusals += 1;
  nackRelaysTo(core, no);
  const member = core.members.get(no);
  if (core.hasTakenLeave || member === undefined || !isReachable(member)) return;
  const underWay = probeOf(core, no);
  if (underWay?.proxies !== undefined) return;
  if (underWay === undefined && member.suspicion?.isAccusedBy(core.options.self)) return;
  const probe = underWay ?? beginProbe(core, member);
  askProxies(core, probe);
  if (probe.proxies?.length === 0) fail(core, probe);
}

/** The ping did not leave this node: that says nothing about its target (memberlist #242). */
export function hearSendFailure(core: Core, no: MemberNo): void {
  core.counters.sendFailures += 1;
  const probe = probeOf(core, no);
  if (probe !== undefined && probe.proxies === undefined) core.probes.delete(probe.number);
}

export function nextProbeWake(core: Core): number {
  let wakeMs = core.due.probeMs;
  for (const { proxies, directUntilMs, endsMs } of core.probes.values()) {
    wakeMs = Math.min(wakeMs, proxies === undefined ? Math.min(directUntilMs, endsMs) : endsMs);
  }
  return wakeMs;
}

function nextTarget(core: Core): Member | undefined {
  const isProbed = (no: MemberNo) => {
    const member = core.members.get(no);
    return member !== undefined && isReachable(member);
  };
  let no = core.order.next(isProbed);
  if (no === undefined) {
    reap(core);
    core.order.renew(isProbed);
    no = core.order.next(isProbed);
  }
  return no === undefined ? undefined : core.members.get(no);
}

function beginProbe(core: Core, { no, incarnation }: Member): Probe {
  const { options, time, awareness } = core;
  const number = nextProbeNumber(core);
  const probe: Probe = {
    number,
    target: no,
    incarnation,
    sentHostMs: time.hostMs,
    directUntilMs: time.nowMs + options.probeTimeoutMs,
    endsMs: time.nowMs + awareness.scale(options.probeIntervalMs),
    proxies: undefined,
    nacks: new Set(),
  };
  core.probes.set(number, probe);
  return probe;
}

function askProxies(core: Core, probe: Probe): void {
  const { members, options } = core;
  const able = members.numbersWhere(({ no, state }) => state === 'alive' && no !== probe.target);
  probe.proxies = sample(able, options.proxies, options.random);
  for (const proxy of probe.proxies) {
    core.outbox.send(proxy, { type: 'indirect_ping', probe: probe.number, target: probe.target });
  }
}

function succeed(core: Core, probe: Probe): void {
  core.probes.delete(probe.number);
  core.awareness.add(-1);
}

/**
 * Proxies that did not even nack are a sign that the fault is here (Lifeguard, section IV-A);
 * where there was none to ask, the failed probe itself is (memberlist).
 */
function fail(core: Core, probe: Probe): void {
  const { number, target: member, incarnation, proxies = [], nacks } = probe;
  core.probes.delete(number);
  core.counters.probesFailed += 1;
  core.awareness.add(proxies.length === 0 ? 1 : proxies.length - nacks.size);
  const { self } = core.options;
  hearSuspect(core, { type: 'suspect', member, incarnation, accuser: self }, self);
}

function probeOf(core: Core, target: MemberNo): Probe | undefined {
  for (const probe of core.probes.values()) if (probe.target === target) return probe;
  return undefined;
}
