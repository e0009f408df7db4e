/**
 * Which news about a member is believed (SWIM, section 4.2, with memberlist's rule that the
 * dead may return): the one of the higher (incarnation, rank), where in one incarnation a
 * suspicion ranks above being alive, death above a suspicion, and the own farewell above all.
 *
 * So alive needs a strictly higher incarnation than anything known, and suspect and dead an
 * equal or higher one than alive. It is a total order: whatever the order in which news
 * arrives, all who heard the same believe the same.
 */

import type { MemberState } from './effects.ts';
import type { News } from './message.ts';

const RANKS: Readonly<Record<MemberState, number>> = {
  unheard: 0,
  alive: 1,
  suspect: 2,
  dead: 3,
  left: 4,
};

export interface Standing {
  readonly state: MemberState;
  readonly incarnation: number;
}

export function outranks(told: Standing, held: Standing): boolean {
  if (told.incarnation !== held.incarnation) return told.incarnation > held.incarnation;
  return RANKS[told.state] > RANKS[held.state];
}

/** A member that says itself that it is dead has left (memberlist, `deadNode`). */
export function standingOf(news: News): Standing {
  const { type, incarnation } = news;
  const isFarewell = type === 'dead' && news.accuser === news.member;
  return { state: isFarewell ? 'left' : type, incarnation };
}
