/**
 * Leadership transfer (thesis, section 3.10): nothing new is proposed, the target is brought
 * up to date, and then told to begin an election at once. If it does not take over within an
 * election timeout, this member goes on as leader.
 */

import type { Core, Leadership, Transfer } from './core.ts';
import type { MemberNo } from './entry.ts';

/** @returns whether the target can be one */
export function beginTransfer(core: Core, leadership: Leadership, target: MemberNo): boolean {
  const isCandidate = core.configurations.latest.voters.includes(target);
  if (target === core.options.self || !isCandidate) return false;
  if (leadership.transfer?.target === target) return true;
  const transfer: Transfer = { target, elapsedTicks: 0, asked: false };
  leadership.transfer = transfer;
  continueTransfer(core, leadership);
  return true;
}

/** Asks the target as soon as it has the whole log. */
export function continueTransfer(core: Core, leadership: Leadership): void {
  const { transfer, progress } = leadership;
  if (transfer === undefined || transfer.asked) return;
  if (progress.get(transfer.target)?.match !== core.log.lastIndex) return;
  transfer.asked = true;
  // The election that it asks for overrides all promises to this leader, even if it comes
  // after the transfer was given up: no lease can be relied on any more in this term.
  leadership.mayLease = false;
  core.outbox.atOnce(transfer.target, { type: 'timeout_now', term: core.term });
}

export function tickTransfer(core: Core, leadership: Leadership): void {
  const { transfer } = leadership;
  if (transfer === undefined) return;
  transfer.elapsedTicks++;
  if (transfer.elapsedTicks >= core.options.electionTicks) leadership.transfer = undefined;
}
