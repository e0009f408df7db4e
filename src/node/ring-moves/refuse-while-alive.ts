/** Declaring a node dead is for good, so a name that was mistaken for another must not be enough. */

import { QuorateError } from '../../kernel/errors.ts';
import { isOfCluster } from '../../metadata/node-record.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Liveness } from '../../ports/liveness.ts';
import type { StagedChange } from '../../ring/changes.ts';

/**
 * Throws `change_refused` where one of these gives somebody up for dead who is alive. It is asked
 * when a change is staged, and again when it is committed: in between a node may have come back.
 * Who was declared dead already cannot; nobody calls it any more, so it may seem to be alive.
 */
export function refuseWhileAlive(
  changes: readonly StagedChange[],
  state: Pick<MetadataState, 'nodeNamed'> | undefined,
  liveness: Pick<Liveness, 'reachable'>,
): void {
  for (const change of changes) {
    const dead =
      change.type === 'replace' ? change.dead : change.type === 'remove' ? change.node : undefined;
    if (dead === undefined || !liveness.reachable(dead)) continue;
    const node = state?.nodeNamed(dead);
    if (node !== undefined && !isOfCluster(node)) continue;
    throw new QuorateError(
      'change_refused',
      `${dead} is alive: stop it first if it is to be given up for dead, or have it leave`,
    );
  }
}
