/**
 * A member that does not hear from the leader takes what is committed from any other member:
 * the two may be cut off from each other alone, or the group may have lost its majority. (Raft
 * has nothing of the kind; protocols.md, section 6.)
 *
 * Why it is safe. What is committed at an index is the same everywhere and for ever (Raft,
 * figure 3, State Machine Safety), so the entries are right whoever tells them; what stands in
 * their place here can never be committed (Log Matching: neither can what follows it), and
 * goes. The log stays one that Raft could have made, with more of what every later leader has
 * (Leader Completeness), so elections, in which only the log's end and the vote count, go on as
 * before: nothing that somebody counted on this member to keep is lost.
 *
 * The term matters. The answer bears that of its sender, which is not earlier than the one in
 * which the entries were committed: who learns of a commit, from a leader or in this way, is in
 * that term by then. Who takes them goes over to it, as after any message. So nobody is in an
 * earlier term than an entry of its log; and whoever leads the term that this member is in, or
 * a later one, has in its log what is committed here, so that a member's next acceptance, which
 * reaches to its commit index, is true. To a leader of an earlier term it would be a lie. Where
 * the answer's term is the earlier one, nothing of this is in question: it is taken too.
 *
 * Neither the vote nor the timer of elections is touched: a member that was told so much has
 * still not heard a leader. Nothing is accepted towards a leader: it hears of the entries when
 * it next sends some itself.
 */

import { invariant } from '../kernel/invariant.ts';
import { appendEntries, type Core } from './core.ts';
import type { MemberNo } from './entry.ts';
import type { CommittedEntries, CommittedRequest } from './message.ts';

/** Asks for what is committed after what is known to be so here. Who leads asks nobody. */
export function requestCommitted(core: Core, from: MemberNo): void {
  const { log, term, role } = core;
  if (role.name === 'leader') return;
  const prevIndex = log.commit;
  const prevTerm = log.termAt(prevIndex) ?? 0;
  core.outbox.afterTerm(from, { type: 'committed_request', term, prevIndex, prevTerm });
}

/** One piece of what is applied here; nothing where there is no more, or it is compacted. */
export function answerCommitted(
  core: Core,
  to: MemberNo,
  { prevIndex, prevTerm }: CommittedRequest,
): void {
  const { log, term, applied, options } = core;
  if (prevIndex + 1 < log.firstIndex || log.termAt(prevIndex) !== prevTerm) return;
  const entries = log.slice(prevIndex + 1, applied, options.appendBytesMax);
  if (entries.length === 0) return;
  core.outbox.afterTerm(to, { type: 'committed_entries', term, prevIndex, prevTerm, entries });
}

/** Who leads, or runs with the log that it has told of, goes by its own log. */
export function handleCommitted(core: Core, answer: CommittedEntries): void {
  const { log, role } = core;
  if (role.name === 'leader' || role.name === 'candidate') return;
  const { prevIndex, prevTerm, entries } = answer;
  // Asked for before a restart, which may know less.
  if (prevIndex > log.commit) return;
  const known = log.commit - prevIndex;
  if (known >= entries.length) return;
  const termOfCommit = known === 0 ? prevTerm : entries[known - 1]?.term;
  invariant(
    termOfCommit === log.termAt(log.commit),
    'what is committed is the same on all members',
  );
  appendEntries(core, log.missingOf(entries.slice(known)));
  log.commitTo(prevIndex + entries.length);
}
