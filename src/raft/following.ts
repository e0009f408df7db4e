/**
 * A member takes what the leader of its term sends: entries, heartbeats, snapshots (Raft,
 * sections 5.3 and 7).
 *
 * Invariants: the log is truncated only where it differs from the leader's; an acceptance
 * leaves only when what it tells of is on disk.
 */

import { invariant } from '../kernel/invariant.ts';
import { appendEntries, type Core } from './core.ts';
import type { MemberNo } from './entry.ts';
import type { AppendRequest, Heartbeat, SnapshotArrived } from './message.ts';
import { followLeader } from './roles.ts';

export function handleAppend(core: Core, from: MemberNo, request: AppendRequest): void {
  followLeader(core, from);
  const { log } = core;
  const { prevIndex, prevTerm, entries } = request;
  if (prevIndex < log.commit) {
    // An old message: what is committed agrees with every later leader's log.
    accept(core, from, log.commit);
    return;
  }
  if (log.termAt(prevIndex) !== prevTerm) {
    reject(core, from, prevIndex, prevTerm);
    return;
  }
  appendEntries(core, log.missingOf(entries));
  const matchIndex = prevIndex + entries.length;
  log.commitTo(Math.min(request.commit, matchIndex));
  accept(core, from, matchIndex);
}

export function handleHeartbeat(core: Core, from: MemberNo, request: Heartbeat): void {
  followLeader(core, from);
  // A leader tells each member only of what that member said to have.
  invariant(
    request.commit <= core.log.lastIndex,
    'entries that this member acknowledged are not in its log: its directory was rolled back to an older copy; bring it back as a new member, with an empty directory and a new name',
  );
  core.log.commitTo(request.commit);
  const { round } = request;
  core.outbox.afterTerm(from, { type: 'heartbeat_reply', term: core.term, round });
}

/** The snapshot is whole on this disk, but not yet in the place of the log. */
export function handleSnapshot(core: Core, from: MemberNo, arrived: SnapshotArrived): void {
  followLeader(core, from);
  const { log, disk, configurations } = core;
  const { meta } = arrived;
  if (log.termAt(meta.index) === meta.term) {
    // Nothing is in it that is not in the log, so nothing is worth replacing.
    log.commitTo(meta.index);
  } else if (meta.index > log.commit) {
    log.replace(meta);
    configurations.replace(meta, core.applied, core.handedOut);
    disk.replaced(meta);
  }
  accept(core, from, log.commit);
}

function accept(core: Core, to: MemberNo, matchIndex: number): void {
  const message = { type: 'append_accepted', term: core.term, matchIndex } as const;
  if (matchIndex <= core.disk.durable) core.outbox.afterTerm(to, message);
  else core.outbox.afterWrites(to, message);
}

function reject(core: Core, to: MemberNo, prevIndex: number, prevTerm: number): void {
  const hint = core.log.lastAtMost(prevIndex, prevTerm);
  core.outbox.afterTerm(to, {
    type: 'append_rejected',
    term: core.term,
    prevIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}
