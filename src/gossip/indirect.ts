/**
 * Pinging for others, whose own pings had no answer (SWIM, section 3.1). The proxy passes the
 * ack on, or says in time that it is itself well (Lifeguard, section IV-A).
 */

import type { Core } from './core.ts';
import { newsFor } from './dissemination.ts';
import type { IndirectPing, MemberNo } from './message.ts';
import { nextProbeNumber, sendPing } from './probing.ts';

export interface Relay {
  readonly origin: MemberNo;
  readonly originProbe: number;
  readonly target: MemberNo;
  readonly nackMs: number;
  readonly endsMs: number;
  hasNacked: boolean;
}

/** Of the probe timeout, so that the nack arrives before the probe ends. */
const NACK_SHARE = 0.8;

export function hearIndirectPing(core: Core, from: MemberNo, asked: IndirectPing): void {
  const { options, time } = core;
  const target = core.members.get(asked.target);
  if (target === undefined) {
    core.outbox.send(from, { type: 'nack', probe: asked.probe });
    return;
  }
  if (core.relays.size >= options.relaysMax) {
    core.counters.relaysRefused += 1;
    return;
  }
  const number = nextProbeNumber(core);
  core.relays.set(number, {
    origin: from,
    originProbe: asked.probe,
    target: asked.target,
    nackMs: time.nowMs + NACK_SHARE * options.probeTimeoutMs,
    endsMs: time.nowMs + options.probeTimeoutMs,
    hasNacked: false,
  });
  sendPing(core, number, target.no, newsFor(core, target));
}

export function relayAck(core: Core, from: MemberNo, number: number): void {
  const relay = core.relays.get(number);
  if (relay === undefined || relay.target !== from) return;
  core.relays.delete(number);
  core.outbox.send(relay.origin, { type: 'indirect_ack', probe: relay.originProbe });
}

/** An ack that comes after the nack is still passed on, for a while. */
export function endRelays(core: Core): void {
  const { nowMs } = core.time;
  for (const [number, relay] of core.relays) {
    if (relay.nackMs <= nowMs) nack(core, relay);
    if (relay.endsMs <= nowMs) core.relays.delete(number);
  }
}

/** There will be no ack. */
export function nackRelaysTo(core: Core, target: MemberNo): void {
  for (const relay of core.relays.values()) if (relay.target === target) nack(core, relay);
}

export function nextRelayWake(core: Core): number {
  let wakeMs = Number.POSITIVE_INFINITY;
  for (const { hasNacked, nackMs, endsMs } of core.relays.values()) {
    wakeMs = Math.min(wakeMs, hasNacked ? endsMs : nackMs);
  }
  return wakeMs;
}

function nack(core: Core, relay: Relay): void {
  if (relay.hasNacked) return;
  relay.hasNacked = true;
  core.outbox.send(relay.origin, { type: 'nack', probe: relay.originProbe });
}
