/**
 * What a member says must be true of its disk at that moment: a vote, a term, entries that it
 * accepts (Raft, figure 2, "respond after updating stable storage"). And a member votes for
 * one candidate a term, whatever crashes lie between.
 */

import { type HardState, type MemberNo, NOBODY } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import type { DiskImage } from './disk-image.ts';
import { must } from './violation.ts';

export class Promises {
  /** By voter and term. */
  readonly #votes = new Map<string, MemberNo>();

  said(no: MemberNo, to: MemberNo, message: Message, disk: DiskImage): void {
    switch (message.type) {
      case 'vote':
        this.#voted(no, no, message.term, disk);
        return;
      case 'vote_reply':
        if (message.granted) this.#voted(no, to, message.term, disk);
        return;
      case 'append_accepted':
        this.#knowsTerm(no, message.term, disk);
        // In a later term the entries may be gone again before their acceptance leaves. It is
        // true all the same: had a majority them, nobody without them could lead that term.
        must(
          message.term < disk.hardState.term || message.matchIndex <= disk.lastIndex,
          () => `${no} accepts up to ${message.matchIndex}, its disk ends at ${disk.lastIndex}`,
        );
        return;
      default:
        return;
    }
  }

  /** Terms, and votes within a term, do not go back. */
  writes(no: MemberNo, before: HardState, after: HardState): void {
    const change = () => `${no} writes ${JSON.stringify(after)} over ${JSON.stringify(before)}`;
    must(after.term >= before.term && after.commit >= before.commit, change);
    const voteKept = after.vote === before.vote || before.vote === NOBODY;
    must(after.term > before.term || voteKept, change);
  }

  #voted(voter: MemberNo, candidate: MemberNo, term: number, disk: DiskImage): void {
    this.#knowsTerm(voter, term, disk);
    const key = `${voter} ${term}`;
    const before = this.#votes.get(key) ?? candidate;
    must(before === candidate, () => `${voter} votes for ${before} and ${candidate} in ${term}`);
    this.#votes.set(key, candidate);
    const { vote, term: diskTerm } = disk.hardState;
    must(
      diskTerm > term || vote === candidate,
      () => `${voter} votes for ${candidate} in ${term}, its disk says ${vote}`,
    );
  }

  #knowsTerm(no: MemberNo, term: number, disk: DiskImage): void {
    must(
      disk.hardState.term >= term,
      () => `${no} speaks in term ${term}, its disk knows ${disk.hardState.term}`,
    );
  }
}
