/** One machine, number 1, and others whose lines the test says. Chance is 0. */

import type { Effects, MemberChange, MemberState } from '../../../src/gossip/effects.ts';
import { Gossip } from '../../../src/gossip/gossip.ts';
import type { Alive, MemberNo, MemberRecord, Message, News } from '../../../src/gossip/message.ts';
import type { GossipOptions } from '../../../src/gossip/options.ts';
import { addressOf, CLUSTER, optionsFor, rosterOf } from '../../sim/gossip/options.ts';

export class Table {
  readonly gossip: Gossip;
  nowMs = 0;

  /** Started, in incarnation 1 unless the disk remembers more; what it did so far is forgotten. */
  constructor(roster: readonly MemberNo[], options: Partial<GossipOptions> = {}, onDisk = 0) {
    this.gossip = new Gossip(optionsFor(1, options), { incarnation: onDisk });
    this.gossip.setRoster(rosterOf(...roster), 0);
    this.persist();
    this.gossip.effects();
  }

  /** What it asked for is on disk. */
  persist(): Effects {
    const effects = this.gossip.effects();
    if (effects.persistIncarnation !== undefined) {
      this.gossip.persisted(effects.persistIncarnation, this.nowMs);
    }
    return effects;
  }

  /** The others are alive in incarnation 1, and this was gossiped on. */
  joined(...members: MemberNo[]): void {
    for (const no of members) this.tellAll(no, [recordOf('alive', no, 1)]);
    this.gossip.effects();
  }

  say(from: MemberNo, ...news: News[]): void {
    this.gossip.receive(from, { type: 'gossip', news }, this.nowMs);
  }

  tellAll(from: MemberNo, members: readonly MemberRecord[]): void {
    const message = { type: 'push_pull', isReply: true, cluster: CLUSTER, members } as const;
    this.gossip.receive(from, message, this.nowMs);
  }

  ack(from: MemberNo, probe: number, incarnation = 1, wallTimeMs = 0): void {
    const sender = aliveOf(from, incarnation);
    this.gossip.receive(
      from,
      { type: 'ack', probe, sender, pingWallTimeMs: 0, wallTimeMs, news: [] },
      this.nowMs,
    );
  }

  /** Wakes it whenever it wants to be. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.gossip.nextWakeMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.gossip.nextWakeMs);
      this.gossip.tick(this.nowMs);
    }
    this.nowMs = endMs;
  }

  /** Since the last time. */
  messages(): readonly { to: MemberNo; message: Message }[] {
    return this.gossip.effects().messages;
  }

  changes(): readonly MemberChange[] {
    return this.gossip.effects().changes;
  }

  stateOf(member: MemberNo): MemberState | undefined {
    return this.gossip.member(member)?.state;
  }
}

export function aliveOf(member: MemberNo, incarnation: number): Alive {
  const facts = { metadataIndex: 0, hintHorizon: 0 };
  const name = `n${member}`;
  const address = addressOf(member);
  return { type: 'alive', member, name, address, incarnation, sequence: 0, facts };
}

export function suspectOf(member: MemberNo, incarnation: number, accuser: MemberNo): News {
  return { type: 'suspect', member, incarnation, accuser };
}

export function deadOf(member: MemberNo, incarnation: number, accuser: MemberNo): News {
  return { type: 'dead', member, incarnation, accuser };
}

export function recordOf(
  state: MemberRecord['state'],
  member: MemberNo,
  incarnation: number,
  accuser = member,
): MemberRecord {
  const { type: _, ...presence } = aliveOf(member, incarnation);
  return { ...presence, state, stateIncarnation: incarnation, accuser };
}
