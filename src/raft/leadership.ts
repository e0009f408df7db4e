/**
 * The work of a leader on its own log: what it appends, and what it may call committed (Raft,
 * sections 5.3, 5.4.2 and 6).
 *
 * Invariants: a leader never changes what is in its log; it counts members only for entries of
 * its own term (figure 8); an entry of its own counts when it is on its disk.
 */

import { invariant } from '../kernel/invariant.ts';
import { isJoint, isVoter, membersOf, withoutOutgoing } from './configuration.ts';
import { appendEntries, type Core, hasCommittedInTerm, type Leadership } from './core.ts';
import { type Configuration, type Entry, type MemberNo, NOBODY, type Position } from './entry.ts';
import { entryBytes } from './entry-size.ts';
import { Progress } from './progress.ts';
import { reachedByQuorum } from './quorum.ts';
import { ReadQueue } from './read-queue.ts';
import { admitRead } from './reads.ts';
import { becomeFollower } from './roles.ts';
import { sendAppends } from './sending.ts';

/** Begins with an empty entry: committing it commits all that came before (section 5.4.2). */
export function becomeLeader(core: Core): void {
  invariant(core.role.name === 'candidate', 'who leads was elected');
  invariant(core.disk.isTermDurable(core.term), 'who leads has voted for itself, on disk');
  const leadership: Leadership = {
    name: 'leader',
    progress: new Map(),
    reads: new ReadQueue(),
    ticksToBeat: core.options.heartbeatTicks,
    beatDue: false,
    uncommittedBytes: 0,
    transfer: undefined,
    mayLease: true,
  };
  core.role = leadership;
  core.leader = core.options.self;
  // A leader keeps to itself; when it is one no longer, it keeps to nobody.
  core.silentTicks = core.options.electionTicks;
  for (let index = core.log.commit + 1; index <= core.log.lastIndex; index++) {
    leadership.uncommittedBytes += commandBytes(core.log.entryAt(index));
  }
  followConfiguration(core, leadership);
  appendAsLeader(core, leadership, [(at) => ({ type: 'empty', ...at })]);
}

/** An entry, but for the place in the log that it will get. */
export type Draft = (at: Position) => Entry;

/** @returns the index of the first */
export function appendAsLeader(
  core: Core,
  leadership: Leadership,
  drafts: readonly Draft[],
): number {
  const firstIndex = core.log.lastIndex + 1;
  const entries = drafts.map((draft, place) =>
    draft({ index: firstIndex + place, term: core.term }),
  );
  appendEntries(core, entries);
  for (const entry of entries) leadership.uncommittedBytes += commandBytes(entry);
  return firstIndex;
}

/** In force at once; the smaller of two quorums may have been waited for, so counts anew. */
export function appendConfiguration(
  core: Core,
  leadership: Leadership,
  configuration: Configuration,
): number {
  const draft: Draft = (at) => ({ type: 'configuration', ...at, configuration });
  const index = appendAsLeader(core, leadership, [draft]);
  followConfiguration(core, leadership);
  advanceCommit(core, leadership);
  return index;
}

/** Progress is kept for the members of the configuration in force, and for nobody else. */
function followConfiguration(core: Core, leadership: Leadership): void {
  const { self } = core.options;
  const progress = new Map<MemberNo, Progress>();
  for (const member of membersOf(core.configurations.latest)) {
    const known = leadership.progress.get(member);
    progress.set(member, known ?? new Progress(core.log.lastIndex + 1, core.options));
  }
  leadership.progress = progress;
  progress.get(self)?.accept(core.disk.durable, 0);
  const target = leadership.transfer?.target;
  if (target !== undefined && !core.configurations.latest.voters.includes(target)) {
    leadership.transfer = undefined;
  }
}

/** More of the leader's own log is on its disk. */
export function advanceOwnMatch(core: Core, leadership: Leadership): void {
  const own = leadership.progress.get(core.options.self);
  if (own?.accept(core.disk.durable, 0)) advanceCommit(core, leadership);
}

/** Commits what a quorum has, and does what was waiting for it. */
export function advanceCommit(core: Core, leadership: Leadership): void {
  const { log, configurations } = core;
  const reached = reachedByQuorum(
    configurations.latest,
    (member) => leadership.progress.get(member)?.match ?? 0,
  );
  // A quorum that has an entry of an earlier term may still lose it to another leader.
  if (reached <= log.commit || log.termAt(reached) !== core.term) return;
  for (let index = log.commit + 1; index <= reached; index++) {
    leadership.uncommittedBytes -= commandBytes(log.entryAt(index));
  }
  log.commitTo(reached);
  for (const id of leadership.reads.takeEarly()) admitRead(core, leadership, id);
  concludeChange(core, leadership);
}

/** A configuration that is committed and joint is left; one that is final may be without us. */
function concludeChange(core: Core, leadership: Leadership): void {
  const { latest, latestIndex } = core.configurations;
  if (latestIndex > core.log.commit || !hasCommittedInTerm(core)) return;
  if (isJoint(latest)) {
    appendConfiguration(core, leadership, withoutOutgoing(latest));
    return;
  }
  if (!isVoter(latest, core.options.self)) leave(core, leadership);
}

/**
 * Steps down, being a voter no longer (section 6). The voter that has most of the log begins an
 * election at once, and all learn what is committed, rather than miss their leader first.
 */
function leave(core: Core, leadership: Leadership): void {
  let heir: MemberNo = NOBODY;
  let heirMatch = 0;
  for (const member of core.configurations.latest.voters) {
    const match = leadership.progress.get(member)?.match ?? 0;
    if (match <= heirMatch) continue;
    heir = member;
    heirMatch = match;
  }
  sendAppends(core, leadership);
  if (heir !== NOBODY) core.outbox.atOnce(heir, { type: 'timeout_now', term: core.term });
  becomeFollower(core, core.term, NOBODY);
}

function commandBytes(entry: Entry | undefined): number {
  return entry?.type === 'command' ? entryBytes(entry) : 0;
}
