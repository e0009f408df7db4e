/**
 * Snapshots (Raft, section 7; thesis, chapter 5), as far as they are not a message: what the
 * leader hears of those it has sent, and what becomes of the log.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Core, Leadership } from './core.ts';
import type { MemberNo, SnapshotMeta } from './entry.ts';

/** A snapshot that came is in the place of the log on disk: now the host's state follows. */
export function snapshotInstalled(core: Core, snapshot: SnapshotMeta): void {
  invariant(snapshot.index > core.handedOut, 'a snapshot never takes the state back');
  core.restore = snapshot;
  core.handedOut = snapshot.index;
}

/**
 * Either way one append is tried when the member next shows that it is there: the snapshot may
 * take a while to be installed, and after a failure there is no hurry.
 */
export function snapshotSent(
  leadership: Leadership,
  to: MemberNo,
  index: number,
  ok: boolean,
): void {
  const progress = leadership.progress.get(to);
  if (progress?.state !== 'snapshot') return;
  progress.becomeProbe(ok ? index + 1 : progress.match + 1);
  progress.pause();
}

/** A snapshot of the host's own state is on disk. */
export function compactLog(core: Core, snapshot: SnapshotMeta, firstIndexKept: number): void {
  // While it was made, a later one may have come from the leader.
  if (snapshot.index <= core.log.snapshot.index) return;
  invariant(snapshot.index <= core.applied, 'a snapshot holds only what was applied');
  core.configurations.compact(snapshot);
  core.log.compact(snapshot, firstIndexKept);
}
