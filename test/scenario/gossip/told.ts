/** Reads what scenarios say that members say: the words of `words.ts`, the other way round. */

import type { MemberNo, MemberRecord, News, Presence } from '../../../src/gossip/message.ts';
import { addressOf } from '../../sim/gossip/options.ts';

const SHAPE =
  /^(alive|suspect|dead|left) (\d+)@(\d+)(?: by (\d+))?(?: at (\w+))?(?: with facts (\d+)\/(\d+) #(\d+))?$/;

interface Told {
  readonly state: MemberRecord['state'];
  readonly presence: Presence;
  readonly accuser: MemberNo;
}

/** `alive 3@2 at h9, suspect 4@1 by 2` */
export function newsFrom(text: string): News[] {
  return toldIn(text).map(({ state, presence, accuser }) => {
    if (state === 'alive') return { type: 'alive', ...presence };
    const { member, incarnation } = presence;
    if (state === 'left') return { type: 'dead', member, incarnation, accuser: member };
    return { type: state, member, incarnation, accuser };
  });
}

export function recordsFrom(text: string): MemberRecord[] {
  return toldIn(text).map(({ state, presence, accuser }) => ({
    ...presence,
    state,
    stateIncarnation: presence.incarnation,
    accuser,
  }));
}

export function presenceFrom(text: string): Presence {
  const [told] = toldIn(`alive ${text}`);
  if (told === undefined) throw new Error(`a presence like 3@2: ${text}`);
  return told.presence;
}

function toldIn(text: string): Told[] {
  return text.split(', ').map(toldFrom);
}

function toldFrom(text: string): Told {
  const match = SHAPE.exec(text);
  if (match === null) throw new Error(`news like "suspect 3@1 by 2": ${text}`);
  const [, state, no, incarnation, accuser, host, index, horizon, sequence] = match;
  const member = Number(no);
  const home = addressOf(member);
  return {
    state: state as MemberRecord['state'],
    accuser: Number(accuser ?? no),
    presence: {
      member,
      name: `n${member}`,
      address: { ...home, host: host ?? home.host },
      incarnation: Number(incarnation),
      sequence: Number(sequence ?? 0),
      facts: { metadataIndex: Number(index ?? 0), hintHorizon: Number(horizon ?? 0) },
    },
  };
}
