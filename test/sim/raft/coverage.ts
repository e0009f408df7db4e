/** How often a run, or many, met what is worth meeting: a check that meets nothing proves nothing. */

const NOTHING_YET = {
  /** Members that became leader. */
  elections: 0,
  /** Entries committed, seen once each. */
  entriesCommitted: 0,
  /** Writes that replaced entries of another term. */
  truncations: 0,
  snapshotsTaken: 0,
  snapshotsSent: 0,
  snapshotsInstalled: 0,
  snapshotsFailed: 0,
  jointEntered: 0,
  jointLeft: 0,
  /** Configurations in force that a truncation took back. */
  configurationsRolledBack: 0,
  /** Leaders that committed a configuration without themselves. */
  leadersRemoved: 0,
  transfersBegun: 0,
  transfersDone: 0,
  /** Answers of other members than the leader that told of something committed. */
  committedTaken: 0,
  readsServed: 0,
  readsLost: 0,
  proposalsAccepted: 0,
  proposalsRefused: 0,
  powerLosses: 0,
  powerLossesWithWritesLost: 0,
  kills: 0,
  restarts: 0,
  /** New leaders with entries of earlier terms that were not known to be committed (figure 8). */
  uncommittedInherited: 0,
};

export type Coverage = typeof NOTHING_YET;

export function newCoverage(): Coverage {
  return { ...NOTHING_YET };
}
