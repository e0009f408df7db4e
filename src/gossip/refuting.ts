/**
 * What others say of this member: where it is wrong, an incarnation above theirs refutes it
 * (SWIM, section 4.2), as soon as that is on disk. Having to refute is a sign of being slow
 * (Lifeguard, section IV-A).
 */

import { type Core, spread } from './core.ts';
import { isSameAddress, type MemberNo, type Presence } from './message.ts';

/** Accusers that are told directly; all others hear it in time. */
const TOLD_FIRST_MAX = 8;

/** This member was said to be suspect, dead or gone in the incarnation. */
export function refute(core: Core, incarnation: number, from: MemberNo): void {
  const { self, toldFirst } = core;
  if (core.hasTakenLeave || incarnation < self.incarnation) return;
  if (from !== core.options.self && toldFirst.size < TOLD_FIRST_MAX) toldFirst.add(from);
  if (!self.riseAbove(incarnation)) return;
  core.awareness.add(1);
  core.counters.refutations += 1;
}

/**
 * This member was said to live. An incarnation that it has not reached is of a directory that
 * was put back to an older copy, or of a second one; the same one with other words too
 * (memberlist, `aliveNode`).
 */
export function hearOfSelf(core: Core, presence: Presence, from: MemberNo): void {
  const own = core.self.presence;
  if (presence.incarnation < own.incarnation) return;
  const isOwnWord =
    presence.incarnation === own.incarnation &&
    presence.sequence <= own.sequence &&
    presence.name === own.name &&
    isSameAddress(presence.address, own.address);
  if (!isOwnWord) refute(core, presence.incarnation, from);
}

/** The incarnation is on disk: it may be told. Whoever accused hears it first. */
export function adoptIncarnation(core: Core, incarnation: number): void {
  core.self.persisted(incarnation);
  if (core.hasTakenLeave) return;
  const alive = { ...core.self.presence, type: 'alive' } as const;
  spread(core, alive);
  for (const accuser of core.toldFirst)
    core.outbox.send(accuser, { type: 'gossip', news: [alive] });
  core.toldFirst.clear();
}
