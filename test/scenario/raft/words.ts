/** How scenarios write what members say, write and do: `3@2` is index 3 of term 2. */

import { unreachable } from '../../../src/kernel/invariant.ts';
import type { Persist } from '../../../src/raft/effects.ts';
import { type Configuration, type Entry, NOBODY, type Position } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import type { RaftStatus } from '../../../src/raft/status.ts';

export function positionWords({ index, term }: Position): string {
  return `${index}@${term}`;
}

export function entryWords(entry: Entry): string {
  const at = positionWords(entry);
  if (entry.type === 'command') return `${at} "${Buffer.from(entry.data).toString()}"`;
  if (entry.type === 'empty') return `${at} empty`;
  return `${at} configuration ${configurationWords(entry.configuration)}`;
}

export function configurationWords({ voters, outgoing, learners }: Configuration): string {
  const lists = [`voters ${voters.join(',') || 'none'}`];
  if (outgoing.length > 0) lists.push(`outgoing ${outgoing.join(',')}`);
  if (learners.length > 0) lists.push(`learners ${learners.join(',')}`);
  return `(${lists.join(', ')})`;
}

export function messageWords(message: Message): string {
  return `${message.type}: ${[`term ${message.term}`, ...detailWords(message)].join(', ')}`;
}

function detailWords(message: Message): readonly string[] {
  switch (message.type) {
    case 'vote':
    case 'pre_vote': {
      const last = `last ${message.lastIndex}@${message.lastTerm}`;
      return message.transfer ? [last, 'the leader wants it'] : [last];
    }
    case 'vote_reply':
    case 'pre_vote_reply':
      return [message.granted ? 'granted' : 'refused'];
    case 'append': {
      const { prevIndex, prevTerm, entries, commit } = message;
      const carried = entries.length === 0 ? 'nothing' : entries.map(entryWords).join(', ');
      return [`after ${prevIndex}@${prevTerm}`, carried, `commit ${commit}`];
    }
    case 'committed_request':
      return [`after ${message.prevIndex}@${message.prevTerm}`];
    case 'committed_entries': {
      const { prevIndex, prevTerm, entries } = message;
      return [`after ${prevIndex}@${prevTerm}`, entries.map(entryWords).join(', ')];
    }
    case 'append_accepted':
      return [`up to ${message.matchIndex}`];
    case 'append_rejected':
      return [`not after ${message.prevIndex}`, `try ${message.hintIndex}@${message.hintTerm}`];
    case 'heartbeat':
      return [`commit ${message.commit}`, `round ${message.round}`];
    case 'heartbeat_reply':
      return [`round ${message.round}`];
    case 'snapshot':
      return [positionWords(message.meta), configurationWords(message.meta.configuration)];
    case 'timeout_now':
      return [];
    default:
      return unreachable(message);
  }
}

/** Empty when the write changes nothing, and messages only wait for the writes before it. */
export function writeWords({ hardState, snapshot, entries }: Persist): string {
  const words: string[] = [];
  if (hardState !== undefined) {
    const vote = hardState.vote === NOBODY ? 'no vote' : `vote ${hardState.vote}`;
    words.push(`term ${hardState.term}, ${vote}, commit ${hardState.commit}`);
  }
  if (snapshot !== undefined) words.push(`snapshot ${positionWords(snapshot)} for its log`);
  if (entries.length > 0) words.push(entries.map(entryWords).join(', '));
  return words.join('; ');
}

export function roleWords({ role, term, leader, self }: RaftStatus): string {
  if (role === 'leader') return `leads term ${term}`;
  if (role !== 'follower') return `is ${role} in term ${term}`;
  return leader === NOBODY || leader === self
    ? `follows nobody in term ${term}`
    : `follows ${leader} in term ${term}`;
}

export function statusWords(status: RaftStatus): string {
  const { firstIndex, lastIndex, lastTerm, commit, applied, vote, transferTarget } = status;
  const words = [
    roleWords(status),
    vote === NOBODY ? 'no vote' : `vote ${vote}`,
    `log ${firstIndex}..${lastIndex}@${lastTerm}`,
    `commit ${commit}`,
    `applied ${applied}`,
    configurationWords(status.configuration),
  ];
  if (transferTarget !== undefined) words.push(`handing over to ${transferTarget}`);
  return words.join(', ');
}
