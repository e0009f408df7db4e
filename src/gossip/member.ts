/** One other member as it is known here. `Members` changes how it stands, `hearing.ts` the rest. */

import type { MemberState, MemberView } from './effects.ts';
import type { Address, Facts, MemberNo, MemberRecord, News } from './message.ts';
import type { Suspicion } from './suspicion.ts';

/** How old the newest word of the member about itself is. */
export interface Heard {
  readonly incarnation: number;
  readonly sequence: number;
}

export interface Member {
  readonly no: MemberNo;
  name: string;
  address: Address;
  facts: Facts;
  heard: Heard;
  state: MemberState;
  /** Of the state, which others may have told: it can be above that of what was heard. */
  incarnation: number;
  /** Since when it stands so. */
  sinceMs: number;
  /** Who brought the state about: the first accuser, who found it dead, or itself. */
  accuser: MemberNo;
  /** While it is a suspect. */
  suspicion: Suspicion | undefined;
  /** The metadata group has it. */
  inRoster: boolean;
  /** When it was last told, out of turn, what it must refute. */
  answeredMs: number;
}

export function newMember(no: MemberNo, name: string, address: Address, nowMs: number): Member {
  return {
    no,
    name,
    address,
    facts: { metadataIndex: 0, hintHorizon: 0 },
    heard: { incarnation: 0, sequence: 0 },
    state: 'unheard',
    incarnation: 0,
    sinceMs: nowMs,
    accuser: no,
    suspicion: undefined,
    inRoster: false,
    answeredMs: Number.NEGATIVE_INFINITY,
  };
}

/** Takes part as far as is known: it is probed, gossiped to, and counted. */
export function isReachable({ state }: Member): boolean {
  return state === 'alive' || state === 'suspect';
}

export function isGone({ state }: Member): boolean {
  return state === 'dead' || state === 'left';
}

export function viewOf(member: Member): MemberView {
  const { no, name, address, state, incarnation, facts, inRoster } = member;
  return { member: no, name, address, state, incarnation, facts, inRoster };
}

/** What the member would have to refute; undefined where nothing is held against it. */
export function accusationOf(member: Member): News | undefined {
  const { no, incarnation, accuser, state } = member;
  if (state === 'suspect') return { type: 'suspect', member: no, incarnation, accuser };
  if (isGone(member)) return { type: 'dead', member: no, incarnation, accuser };
  return undefined;
}

/** For push-pulls; undefined where nothing is known. */
export function recordOf(member: Member): MemberRecord | undefined {
  const { no, name, address, facts, heard, state, incarnation, accuser } = member;
  if (state === 'unheard') return undefined;
  const presence = { member: no, name, address, facts, ...heard };
  return { ...presence, state, stateIncarnation: incarnation, accuser };
}
