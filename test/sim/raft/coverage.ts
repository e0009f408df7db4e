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
export type CoverageName = keyof Coverage;

export const COVERAGE_NAMES = Object.keys(NOTHING_YET) as readonly CoverageName[];

export function newCoverage(): Coverage {
  return { ...NOTHING_YET };
}

export function addCoverage(total: Coverage, more: Coverage): void {
  for (const name of COVERAGE_NAMES) total[name] += more[name];
}

/** What was never met, in this many runs. */
export function neverMet(coverage: Coverage): CoverageName[] {
  return COVERAGE_NAMES.filter((name) => coverage[name] === 0);
}

export function coverageText(coverage: Coverage): string {
  return COVERAGE_NAMES.map((name) => `${name} ${coverage[name]}`).join(', ');
}
