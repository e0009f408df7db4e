/** How scenarios write what members say: `3@2` is member 3 in incarnation 2. */

import type { MemberChange } from '../../../src/gossip/effects.ts';
import type { MemberRecord, Message, News, Presence } from '../../../src/gossip/message.ts';
import { standingOf } from '../../../src/gossip/precedence.ts';
import type { GossipStatus, MemberStatus } from '../../../src/gossip/status.ts';
import { unreachable } from '../../../src/kernel/invariant.ts';
import { addressOf } from '../../sim/gossip/options.ts';

export function messageWords(message: Message): string {
  switch (message.type) {
    case 'ping':
      return `ping ${message.target} (probe ${message.probe})${withWords(message.sender, message.news)}`;
    case 'ack':
      return `ack (probe ${message.probe})${withWords(message.sender, message.news)}`;
    case 'indirect_ping':
      return `indirect_ping ${message.target} (probe ${message.probe})`;
    case 'indirect_ack':
    case 'nack':
      return `${message.type} (probe ${message.probe})`;
    case 'gossip':
      return `gossip: ${message.news.map(newsWords).join(', ')}`;
    case 'push_pull': {
      const name = message.isReply ? 'push_pull reply' : 'push_pull';
      return `${name}: ${message.members.map(recordWords).join(', ')}`;
    }
    default:
      return unreachable(message);
  }
}

function withWords(sender: Presence, news: readonly News[]): string {
  return `: ${[presenceWords(sender), ...news.map(newsWords)].join(', ')}`;
}

export function presenceWords({ member, incarnation, address, facts, sequence }: Presence): string {
  const words = [`${member}@${incarnation}`];
  if (address.host !== addressOf(member).host) words.push(`at ${address.host}`);
  if (sequence > 0) words.push(`with facts ${factsWords(facts)}`);
  return words.join(' ');
}

function factsWords({ metadataIndex, hintHorizon }: Presence['facts']): string {
  return `${metadataIndex}/${hintHorizon}`;
}

export function newsWords(news: News): string {
  if (news.type === 'alive') return `alive ${presenceWords(news)}`;
  const { state } = standingOf(news);
  return accusedWords(state, news);
}

export function recordWords(record: MemberRecord): string {
  const { member, state, stateIncarnation: incarnation, accuser } = record;
  if (state === 'alive') return `alive ${presenceWords(record)}`;
  return accusedWords(state, { member, incarnation, accuser });
}

function accusedWords(
  state: string,
  { member, incarnation, accuser }: { member: number; incarnation: number; accuser: number },
): string {
  return `${state} ${member}@${incarnation}${accuser === member ? '' : ` by ${accuser}`}`;
}

export function changeWords({ kind, view }: MemberChange): string {
  const who = `${view.member}@${view.incarnation}`;
  if (kind === 'moved') return `sees that ${who} moved to ${view.address.host}`;
  if (kind === 'facts') return `sees facts of ${who}: ${factsWords(view.facts)}`;
  if (kind === 'suspected') return `suspects ${who}`;
  if (kind === 'forgotten') return `forgets ${who}`;
  return `sees that ${who} ${kind}`;
}

export function viewWords(status: GossipStatus): string {
  return status.members.map(memberWords).join(', ') || 'nobody';
}

function memberWords(member: MemberStatus): string {
  const { member: no, state, incarnation, accusers, deadInMs, inRoster, address } = member;
  const words = [state === 'unheard' ? `${no} unheard` : `${no}@${incarnation} ${state}`];
  if (address.host !== addressOf(no).host) words.push(`at ${address.host}`);
  if (deadInMs !== undefined) {
    words.push(`(by ${accusers.join(' and ')}, dead in ${Math.round(deadInMs)} ms)`);
  }
  if (!inRoster) words.push('(stranger)');
  return words.join(' ');
}

/** Counters that are not 0. */
export function statusWords(status: GossipStatus): string {
  const { incarnation, awareness, reachable, leave, newsQueued, counters } = status;
  const words = [
    `incarnation ${incarnation}`,
    `awareness ${awareness}`,
    `${reachable} reachable`,
    `${newsQueued} news queued`,
  ];
  if (leave !== 'no') words.push(`leave ${leave}`);
  for (const [name, count] of Object.entries(counters))
    if (count > 0) words.push(`${name} ${count}`);
  return words.join(', ');
}
