/**
 * The state of one member that all parts of the machine share, and the few ways to change it
 * that belong to none of them. What a leader knows beyond it is in `Leadership`, which lives
 * exactly as long as the leadership does.
 *
 * Invariants: `term` never falls; `vote` changes at most once in a term; all loops over
 * members run in rising order, so that equal inputs give equal outputs.
 */

import { invariant } from '../kernel/invariant.ts';
import { ConfigurationHistory, membersOf, votersOf } from './configuration.ts';
import { Disk } from './disk.ts';
import type { ReadReady, SnapshotWanted } from './effects.ts';
import { type Entry, type HardState, type MemberNo, NOBODY, type SnapshotMeta } from './entry.ts';
import type { RaftOptions, Recovered } from './options.ts';
import { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';
import { RaftLog } from './raft-log.ts';
import type { ReadQueue } from './read-queue.ts';

export interface Following {
  readonly name: 'follower';
}

/** `pre_candidate` asks whether it would win, `candidate` runs (thesis, section 9.6). */
export interface Campaign {
  readonly name: 'pre_candidate' | 'candidate';
  readonly votes: Map<MemberNo, boolean>;
}

export interface Transfer {
  readonly target: MemberNo;
  elapsedTicks: number;
  /** The target was told to begin its election. */
  asked: boolean;
}

export interface Leadership {
  readonly name: 'leader';
  /** Of all members of the configuration in force, this one too; rising. */
  progress: ReadonlyMap<MemberNo, Progress>;
  readonly reads: ReadQueue;
  ticksToBeat: number;
  /** A heartbeat goes to everyone at the end of this turn. */
  beatDue: boolean;
  /** Of commands that are in the log and not committed. */
  uncommittedBytes: number;
  transfer: Transfer | undefined;
  /** Nobody was told in this term to run against what members promised this leader. */
  mayLease: boolean;
}

export type Role = Following | Campaign | Leadership;

export interface Core {
  readonly options: RaftOptions;
  readonly log: RaftLog;
  readonly configurations: ConfigurationHistory;
  readonly disk: Disk;
  readonly outbox: Outbox;
  term: number;
  vote: MemberNo;
  leader: MemberNo;
  role: Role;
  /** Since the election timer was restarted. */
  idleTicks: number;
  timeoutTicks: number;
  /**
   * Since a leader was heard. Who answers a leader thereby promises to help no other one for
   * `electionTicks`, so this outlives changes of term and role (sections 4.2.3 and 6.4.1).
   */
  silentTicks: number;
  /** Up to here everything was handed out to be applied. */
  handedOut: number;
  applied: number;
  restore: SnapshotMeta | undefined;
  readsReady: ReadReady[];
  readsLost: number[];
  snapshotsWanted: SnapshotWanted[];
}

export function newCore(options: RaftOptions, recovered: Recovered): Core {
  const log = new RaftLog(recovered);
  const { snapshot } = recovered;
  // From index 0 on a newcomer would get all entries, and never the founding configuration.
  const isBlank = membersOf(snapshot.configuration).length === 0;
  invariant(snapshot.index > 0 || isBlank, 'a group is founded with a snapshot at index 1');
  invariant(recovered.hardState.term >= log.lastTerm, 'no entry is of a later term than the disk');
  const core: Core = {
    options,
    log,
    configurations: new ConfigurationHistory(recovered.snapshot, recovered.entries),
    disk: new Disk(recovered, log),
    outbox: new Outbox(),
    term: recovered.hardState.term,
    vote: recovered.hardState.vote,
    leader: NOBODY,
    role: { name: 'follower' },
    idleTicks: 0,
    timeoutTicks: 0,
    // With lease reads a promise made before a crash must still be kept after it.
    silentTicks: options.leaseReads ? 0 : options.electionTicks,
    handedOut: snapshot.index,
    applied: snapshot.index,
    restore: undefined,
    readsReady: [],
    readsLost: [],
    snapshotsWanted: [],
  };
  restartTimer(core);
  if (isOnlyVoter(core)) core.timeoutTicks = 0;
  return core;
}

/**
 * Nobody else can be elected without its vote, and by the time at which the configuration was
 * known to be committed, whoever led before had stepped down: there is nobody to wait for.
 * Before that a leader that removes itself may be there still, and rely on what this member
 * promised it.
 */
function isOnlyVoter({ configurations, log, options }: Core): boolean {
  const { latest, latestIndex } = configurations;
  const voters = votersOf(latest);
  return latestIndex <= log.commit && voters.length === 1 && voters[0] === options.self;
}

/** Drawn anew each time, so that candidates that collided once do not go on colliding. */
export function restartTimer(core: Core): void {
  const { electionTicks, random } = core.options;
  core.idleTicks = 0;
  core.timeoutTicks = electionTicks + Math.floor(random() * electionTicks);
}

export function hardStateOf(core: Core): HardState {
  return { term: core.term, vote: core.vote, commit: core.log.commit };
}

/** Whether a leader is, or was just, heard here: then nobody else should be elected. */
export function keepsToLeader(core: Core): boolean {
  return core.role.name === 'leader' || core.silentTicks < core.options.electionTicks;
}

/**
 * Who has no say, or whose state is just being replaced, does not run. A voter that a change
 * has removed may run until it knows the change to be committed: its vote may still be needed,
 * and it gives it to nobody whose log ends before the change (thesis, section 4.2.2).
 */
export function mayCampaign(core: Core): boolean {
  const { configurations, disk, log, options } = core;
  return configurations.hasVoterSince(log.commit, options.self) && !disk.isInstalling;
}

/** The one way for entries into the log: what depends on the log follows. */
export function appendEntries(core: Core, entries: readonly Entry[]): void {
  const first = entries[0];
  if (first === undefined) return;
  if (first.index <= core.log.lastIndex) {
    core.disk.truncated(first.index);
    core.configurations.truncate(first.index);
  }
  core.log.append(entries);
  core.configurations.append(entries);
}

/** The latest commit is of the leader's own term: then it knows all that is committed. */
export function hasCommittedInTerm(core: Core): boolean {
  return core.log.termAt(core.log.commit) === core.term;
}
