/**
 * Who is reachable, at what address, with which facts: SWIM (Das, Gupta, Motivala 2002) with
 * Lifeguard (Dadgar, Phillips, Currey 2018), shaped after hashicorp/memberlist, as a step
 * machine. Inputs are methods that run to completion; `effects` then says what to persist and
 * send, and what has changed. It decides nothing about who is a member: the roster does.
 *
 * What a host must do: `persisted` when an incarnation is on disk; `tick` at `nextWakeMs`, or
 * a little later; take the effects after every input, and send. Messages may be lost. All
 * times are milliseconds of one monotonic clock.
 */

import { invariant } from '../kernel/invariant.ts';
import type { ClockOffset } from './clock-offsets.ts';
import { type Core, forget, newCore, noteChange } from './core.ts';
import { receiveMessage } from './dispatch.ts';
import { gossip, takeLeave } from './dissemination.ts';
import type { Effects, MemberView } from './effects.ts';
import { endSuspicions } from './hearing.ts';
import { endRelays, nextRelayWake } from './indirect.ts';
import { viewOf } from './member.ts';
import type { RosterEntry } from './members.ts';
import type { Address, Facts, MemberNo, Message } from './message.ts';
import type { GossipOptions, Recovered } from './options.ts';
import {
  callSuspects,
  endWaits,
  hearRefusal,
  hearSendFailure,
  nextProbeWake,
  probeNext,
} from './probing.ts';
import { pushPull } from './push-pull.ts';
import { adoptIncarnation } from './refuting.ts';
import { rejoin } from './rejoin.ts';
import { type GossipStatus, statusOf } from './status.ts';

export class Gossip {
  readonly #core: Core;

  constructor(options: GossipOptions, recovered: Recovered) {
    invariant(options.probeTimeoutMs < options.probeIntervalMs, 'proxies have time to answer');
    invariant(options.stallMs > options.gossipIntervalMs, 'a turn of gossip is no pause');
    this.#core = newCore(options, recovered);
  }

  /** The incarnation that the effects asked for would survive a power cut. The first starts all. */
  persisted(incarnation: number, nowMs: number): void {
    this.#advance(nowMs);
    const isFirst = !this.#core.self.hasStarted;
    adoptIncarnation(this.#core, incarnation);
    if (isFirst && !this.#core.hasTakenLeave) this.#start();
  }

  /** To be called at this time; later and earlier calls do no harm. */
  get nextWakeMs(): number {
    return this.#core.time.toHostMs(this.#dueMs());
  }

  tick(nowMs: number): void {
    this.#advance(nowMs);
    const core = this.#core;
    endRelays(core);
    endWaits(core);
    callSuspects(core);
    endSuspicions(core);
    probeNext(core);
    gossip(core);
    pushPull(core);
    rejoin(core);
  }

  /** From anyone in the cluster; what comes before the start is as good as lost. */
  receive(from: MemberNo, message: Message, nowMs: number): void {
    invariant(from !== this.#core.options.self, 'messages come from others');
    this.#advance(nowMs);
    if (this.#core.self.hasStarted) receiveMessage(this.#core, from, message);
  }

  /** Who the members are, as the metadata group has it; the own entry does not matter. */
  setRoster(roster: readonly RosterEntry[], nowMs: number): void {
    this.#advance(nowMs);
    const core = this.#core;
    const { removed, moved } = core.members.setRoster(roster, core.time.nowMs);
    for (const member of removed) forget(core, member);
    for (const member of moved) noteChange(core, 'moved', member);
  }

  /** Members that were found in other ways: they too are tried for ever. */
  setSeeds(seeds: readonly MemberNo[]): void {
    this.#core.seeds = seeds;
  }

  /** They travel on pings, acks and push-pulls; nothing is sent for them. */
  setFacts(facts: Facts): void {
    this.#core.self.setFacts(facts);
  }

  /** In force, and told to all, with the next incarnation. */
  setAddress(address: Address): void {
    this.#core.self.setAddress(address);
  }

  /** The transport found nobody listening there. */
  refused(member: MemberNo, nowMs: number): void {
    this.#advance(nowMs);
    hearRefusal(this.#core, member);
  }

  /** A message for the member did not leave this node. */
  sendFailed(member: MemberNo, nowMs: number): void {
    this.#advance(nowMs);
    hearSendFailure(this.#core, member);
  }

  /** Tells all that it goes. It is through with it when `status().leave` is `told`. */
  leave(nowMs: number): void {
    this.#advance(nowMs);
    takeLeave(this.#core);
  }

  get hasEffects(): boolean {
    const { changes, outbox, self } = this.#core;
    return !outbox.isEmpty || changes.length > 0 || self.wantsPersisting;
  }

  /** What has accumulated since the last call. */
  effects(): Effects {
    const core = this.#core;
    const { changes } = core;
    core.changes = [];
    return {
      persistIncarnation: core.self.takePersist(),
      messages: core.outbox.take(),
      changes,
    };
  }

  /** All others that are known here. */
  members(): readonly MemberView[] {
    return [...this.#core.members.all()].map(viewOf);
  }

  member(member: MemberNo): MemberView | undefined {
    const known = this.#core.members.get(member);
    return known === undefined ? undefined : viewOf(known);
  }

  /** How far the wall clocks of others stand from the own, of those that answered pings. */
  clockOffsets(): readonly ClockOffset[] {
    return this.#core.clocks.best();
  }

  status(): GossipStatus {
    return statusOf(this.#core);
  }

  /** Members that start together do not act together: each begins at a time of its own. */
  #start(): void {
    const { due, options, time } = this.#core;
    const { nowMs } = time;
    due.probeMs = nowMs + options.random() * options.probeIntervalMs;
    due.gossipMs = nowMs + options.random() * options.gossipIntervalMs;
    due.pushPullMs = nowMs + options.random() * options.pushPullIntervalMs;
    due.rejoinMs = nowMs;
    rejoin(this.#core);
  }

  #dueMs(): number {
    const core = this.#core;
    const { due } = core;
    let dueMs = Math.min(due.gossipMs, due.pushPullMs, due.rejoinMs);
    dueMs = Math.min(dueMs, nextProbeWake(core), nextRelayWake(core));
    for (const { suspicion } of core.members.suspects()) {
      if (suspicion !== undefined)
        dueMs = Math.min(dueMs, suspicion.endsAtMs, suspicion.nextCallMs);
    }
    return dueMs;
  }

  #advance(nowMs: number): void {
    const core = this.#core;
    if (!core.time.advance(nowMs, () => this.#dueMs())) return;
    core.counters.stalls += 1;
    core.awareness.add(1);
  }
}
