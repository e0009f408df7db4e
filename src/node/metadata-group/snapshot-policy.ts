/**
 * When a member takes a snapshot of its state and cuts its log. A large state is written
 * less often, so that what is written stays in proportion to what was proposed.
 */

const ENTRIES_MAX = 20_000;
const BYTES_MIN = 16 * 1024 * 1024;

/** Kept before a snapshot, for members that are a little behind. */
const TRAILING_ENTRIES_MAX = 5_000;
const TRAILING_BYTES_MAX = 4 * 1024 * 1024;

/** What was applied since the last snapshot. */
export interface AppliedSince {
  readonly entries: number;
  readonly bytes: number;
}

export function snapshotDue({ entries, bytes }: AppliedSince, stateBytes: number): boolean {
  return entries >= ENTRIES_MAX + stateBytes / 1_024 || bytes >= Math.max(BYTES_MIN, stateBytes);
}

/** How many entries before the snapshot are kept. */
export function trailingEntries({ entries, bytes }: AppliedSince): number {
  const bytesAnEntry = Math.max(1, bytes / Math.max(1, entries));
  return Math.min(TRAILING_ENTRIES_MAX, Math.floor(TRAILING_BYTES_MAX / bytesAnEntry));
}
