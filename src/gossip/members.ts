/**
 * The other members that are known here.
 *
 * Who is one, the metadata group says (`setRoster`): those stay, however long they are dead,
 * and go when it removes them. It may have admitted somebody whom this member has not heard
 * of yet: such a stranger is remembered by gossip, within a bound, and only with a number above
 * all that the roster ever had. Numbers rise and are never reused, so any other was removed.
 */

import { invariant } from '../kernel/invariant.ts';
import type { MemberState } from './effects.ts';
import { isGone, isReachable, type Member, newMember } from './member.ts';
import { type Address, isSameAddress, type MemberNo, type Presence } from './message.ts';

/** A member as the metadata group has it. */
export interface RosterEntry {
  readonly member: MemberNo;
  readonly name: string;
  readonly address: Address;
}

export interface RosterDifference {
  /** To be forgotten. */
  readonly removed: readonly Member[];
  /** They are tried at another address from now on. */
  readonly moved: readonly Member[];
}

export class Members {
  readonly #self: MemberNo;
  readonly #strangersMax: number;
  readonly #byNo = new Map<MemberNo, Member>();
  readonly #suspects = new Set<Member>();
  #roster: ReadonlyMap<MemberNo, RosterEntry> = new Map();
  #highestInRoster = 0;
  #reachable = 0;
  #strangers = 0;

  constructor(self: MemberNo, strangersMax: number) {
    this.#self = self;
    this.#strangersMax = strangersMax;
  }

  get(member: MemberNo): Member | undefined {
    return this.#byNo.get(member);
  }

  all(): IterableIterator<Member> {
    return this.#byNo.values();
  }

  suspects(): IterableIterator<Member> {
    return this.#suspects.values();
  }

  numbersWhere(is: (member: Member) => boolean): readonly MemberNo[] {
    const numbers: MemberNo[] = [];
    for (const member of this.#byNo.values()) if (is(member)) numbers.push(member.no);
    return numbers;
  }

  /** Those that are not dead, the own among them. */
  get reachable(): number {
    return this.#reachable + 1;
  }

  /** The one way to change how a member stands. A suspicion is over with it. */
  setState(member: Member, state: MemberState, incarnation: number, nowMs: number): void {
    this.#count(member, -1);
    if (member.state !== state) member.sinceMs = nowMs;
    member.state = state;
    member.incarnation = incarnation;
    member.suspicion = undefined;
    this.#count(member, 1);
  }

  setRoster(roster: readonly RosterEntry[], nowMs: number): RosterDifference {
    const before = this.#roster;
    this.#roster = new Map(roster.map((entry) => [entry.member, entry]));
    for (const no of this.#roster.keys())
      this.#highestInRoster = Math.max(this.#highestInRoster, no);
    const removed = [...this.#byNo.values()].filter(({ no }) => !this.#mayBeMember(no));
    const moved: Member[] = [];
    for (const entry of roster) {
      if (entry.member !== this.#self && this.#enrol(entry, before.get(entry.member), nowMs)) {
        moved.push(this.#byNo.get(entry.member) as Member);
      }
    }
    return { removed, moved };
  }

  /** Undefined where it cannot be a member, or too many are known by gossip alone. */
  rememberStranger({ member, name, address }: Presence, nowMs: number): Member | undefined {
    invariant(!this.#byNo.has(member) && member !== this.#self, 'a stranger is not known');
    if (!this.#mayBeMember(member) || this.#strangers >= this.#strangersMax) return undefined;
    return this.#add(newMember(member, name, address, nowMs));
  }

  forget(member: Member): void {
    invariant(this.#byNo.delete(member.no), 'a member is forgotten once');
    this.#count(member, -1);
    if (!member.inRoster) this.#strangers -= 1;
  }

  /** Strangers that have been gone for longer than this (memberlist #253: those that left too). */
  strangersGoneFor(ms: number, nowMs: number): readonly Member[] {
    return [...this.#byNo.values()].filter(
      (member) => !member.inRoster && isGone(member) && nowMs - member.sinceMs > ms,
    );
  }

  #mayBeMember(no: MemberNo): boolean {
    return this.#roster.has(no) || no > this.#highestInRoster;
  }

  /**
   * What a living member says of its address goes before the roster. For others the roster is
   * believed when it changes: they may have come back elsewhere, out of reach of gossip.
   * @returns whether it moved
   */
  #enrol(entry: RosterEntry, before: RosterEntry | undefined, nowMs: number): boolean {
    const { member: no, name, address } = entry;
    const known = this.#byNo.get(no);
    const member = known ?? this.#add(newMember(no, name, address, nowMs));
    if (!member.inRoster) this.#strangers -= 1;
    member.inRoster = true;
    if (known === undefined || isReachable(member)) return false;
    if (before !== undefined && isSameAddress(before.address, address)) return false;
    if (isSameAddress(member.address, address)) return false;
    member.address = address;
    return true;
  }

  #add(member: Member): Member {
    this.#byNo.set(member.no, member);
    this.#strangers += 1;
    return member;
  }

  #count(member: Member, sign: 1 | -1): void {
    if (isReachable(member)) this.#reachable += sign;
    if (sign === 1 && member.state === 'suspect') this.#suspects.add(member);
    else this.#suspects.delete(member);
  }
}
