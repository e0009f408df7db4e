/**
 * Which forms of commands, snapshots, messages and records the nodes of a cluster may use: the
 * latest version that all of its members understand (after etcd's cluster version).
 *
 * A node tells what its program understands when it asks to be admitted and at every start.
 * The leader takes no command of a version that a member does not understand, since that member
 * would have to stop at it.
 *
 * Invariant: the version of a cluster never falls: a program that understands only earlier ones
 * is neither admitted nor started in it. So what was checked before an entry was proposed still
 * holds where it is applied.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';

/** The latest that this program understands; ARCHITECTURE.md says what makes it rise. */
export const LATEST_VERSION = 5;

interface VersionedNode {
  readonly name: NodeId;
  /** The latest that its program understands, as it said last. */
  readonly version: number;
}

/** 0 where there are no members. */
export function clusterVersion(members: readonly VersionedNode[]): number {
  return members.length === 0 ? 0 : Math.min(...members.map(({ version }) => version));
}

/** Throws `cluster_upgrading` where a member does not understand what is of this version. */
export function demandUnderstood(version: number, members: readonly VersionedNode[]): void {
  const behind = members.filter((member) => member.version < version);
  if (behind.length === 0) return;
  const names = behind.map(({ name }) => name).join(', ');
  throw new QuorateError(
    'cluster_upgrading',
    `an older version of Quorate, which does not know this request, runs on ${names}; it can be carried out when the last of these was upgraded`,
  );
}

/** Throws `version_too_old` where a program of this version is too old for the members. */
export function demandNotOlder(
  name: NodeId,
  version: number,
  members: readonly VersionedNode[],
): void {
  const needed = clusterVersion(members);
  if (version >= needed) return;
  throw new QuorateError(
    'version_too_old',
    `${name} understands version ${version} of what nodes write and say to each other, and all members understand version ${needed}: install the version of Quorate that they run`,
  );
}
