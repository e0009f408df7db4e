/**
 * What a leader sends, made at the end of a turn rather than when the reason for it came up:
 * so all that was proposed in one turn goes to a member in one message, and news of a commit
 * travels with entries if there are any (thesis, section 10.2).
 *
 * Leaders may send entries before they have them on disk themselves (section 10.2.1).
 */

import type { Core, Leadership } from './core.ts';
import type { MemberNo } from './entry.ts';
import { totalBytes } from './entry-size.ts';
import type { Progress } from './progress.ts';

/** Whether `sendAppends` would send anything. */
export function hasAppends(core: Core, leadership: Leadership): boolean {
  for (const [member, progress] of leadership.progress) {
    if (member !== core.options.self && wants(core, progress)) return true;
  }
  return false;
}

/** Everything that is due and that the windows allow. */
export function sendAppends(core: Core, leadership: Leadership): void {
  for (const [member, progress] of leadership.progress) {
    if (member === core.options.self) continue;
    while (wants(core, progress)) sendAppend(core, member, progress);
  }
}

function wants(core: Core, progress: Progress): boolean {
  return progress.wantsAppend(core.log.lastIndex, core.log.commit);
}

function sendAppend(core: Core, member: MemberNo, progress: Progress): void {
  const { log, options } = core;
  const prevIndex = progress.next - 1;
  const prevTerm = log.termAt(prevIndex);
  if (prevTerm === undefined || progress.next < log.firstSendable) {
    wantSnapshot(core, member, progress);
    return;
  }
  const mayCarry = progress.state === 'probe' || !progress.isFull;
  const entries = mayCarry ? log.slice(progress.next, log.lastIndex, options.appendBytesMax) : [];
  const { term } = core;
  const commit = log.commit;
  core.outbox.atOnce(member, { type: 'append', term, prevIndex, prevTerm, entries, commit });
  progress.sent(prevIndex + entries.length, totalBytes(entries), commit);
}

/** Entries that the member needs are gone: only a snapshot has them. */
function wantSnapshot(core: Core, member: MemberNo, progress: Progress): void {
  if (progress.silentTicks >= core.options.electionTicks) {
    // Not to somebody who does not even answer heartbeats.
    progress.becomeProbe(progress.next);
    progress.pause();
    return;
  }
  progress.becomeSnapshot();
  core.snapshotsWanted.push({ to: member, index: core.log.snapshot.index });
}

/** One heartbeat to each of the members that are given. */
export function sendHeartbeats(
  core: Core,
  leadership: Leadership,
  members: Iterable<MemberNo>,
  round: number,
): void {
  const { term } = core;
  for (const member of members) {
    if (member === core.options.self) continue;
    const match = leadership.progress.get(member)?.match ?? 0;
    // The log of a member may differ from the leader's beyond what they agreed on.
    const commit = Math.min(match, core.log.commit);
    core.outbox.atOnce(member, { type: 'heartbeat', term, commit, round });
  }
}
