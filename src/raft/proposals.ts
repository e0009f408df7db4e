/**
 * What a leader is asked to append: commands, and changes of the configuration (Raft, sections
 * 5.3 and 6; thesis, chapter 4).
 *
 * A change is accepted only when the one before it is committed *and* this leader has committed
 * an entry of its own term. Without the second, two leaders in turn may change a configuration
 * in ways whose majorities do not meet (raft-dev, July 2015, "bug in single-server membership
 * changes").
 */

import {
  isJoint,
  isValidTarget,
  isVoter,
  stepTowards,
  type TargetConfiguration,
} from './configuration.ts';
import { type Core, hasCommittedInTerm, type Leadership } from './core.ts';
import { ENTRY_OVERHEAD_BYTES } from './entry-size.ts';
import { appendAsLeader, appendConfiguration, type Draft } from './leadership.ts';

export type Refusal =
  | 'not_leader'
  | 'transferring'
  | 'too_much_uncommitted'
  | 'change_in_progress'
  | 'no_commit_in_term'
  | 'no_change'
  | 'bad_configuration';

/** Accepted is not committed: whoever is leader next may not have the entries. */
export type Proposed =
  | { readonly accepted: true; readonly term: number; readonly firstIndex: number }
  | { readonly accepted: false; readonly reason: Refusal };

const refused = (reason: Refusal): Proposed => ({ accepted: false, reason });

/** All of them or none. */
export function proposeCommands(core: Core, commands: readonly Uint8Array[]): Proposed {
  const { role, term } = core;
  if (role.name !== 'leader') return refused('not_leader');
  if (isOnItsWayOut(core, role)) return refused('transferring');
  const bytes = commands.reduce((sum, data) => sum + ENTRY_OVERHEAD_BYTES + data.length, 0);
  // One proposal always gets in, however big it is; else it never would.
  const isOver = role.uncommittedBytes + bytes > core.options.uncommittedBytesMax;
  if (role.uncommittedBytes > 0 && isOver) return refused('too_much_uncommitted');
  const drafts = commands.map(
    (data): Draft =>
      (at) => ({ type: 'command', ...at, data }),
  );
  return { accepted: true, term, firstIndex: appendAsLeader(core, role, drafts) };
}

/** A leader that is handing over, or that has left the voters and waits for that to commit. */
function isOnItsWayOut(core: Core, leadership: Leadership): boolean {
  const isStaying = isVoter(core.configurations.latest, core.options.self);
  return leadership.transfer !== undefined || !isStaying;
}

/** Other voters come by way of a joint configuration, which is left as soon as it is committed. */
export function proposeChange(core: Core, target: TargetConfiguration): Proposed {
  const { role, term, configurations, log } = core;
  if (role.name !== 'leader') return refused('not_leader');
  if (!isValidTarget(target)) return refused('bad_configuration');
  if (isOnItsWayOut(core, role)) return refused('transferring');
  const isPending = configurations.latestIndex > log.commit || isJoint(configurations.latest);
  if (isPending) return refused('change_in_progress');
  if (!hasCommittedInTerm(core)) return refused('no_commit_in_term');
  const step = stepTowards(configurations.latest, target);
  if (step === undefined) return refused('no_change');
  return { accepted: true, term, firstIndex: appendConfiguration(core, role, step) };
}
