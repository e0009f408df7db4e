/**
 * Stands in for src/node/metadata-group/snapshot-policy.ts (`vi.mock`): by the real policy a
 * simulated run ends long before the first snapshot.
 */

import type { AppliedSince } from '../../../src/node/metadata-group/snapshot-policy.ts';

let entriesMax = Number.POSITIVE_INFINITY;

/** Of all members from now on. */
export function setSnapshotPace(entries: number): void {
  entriesMax = entries;
}

export function snapshotDue({ entries }: AppliedSince): boolean {
  return entries >= entriesMax;
}

/** Few, so that a member that was away for a moment needs a snapshot. */
export function trailingEntries(): number {
  return 3;
}
