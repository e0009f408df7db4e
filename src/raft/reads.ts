/**
 * Linearizable reads without an entry in the log (thesis, section 6.4). `ReadQueue` says why
 * they are right; here is who takes part.
 */

import { votersOf } from './configuration.ts';
import { type Core, hasCommittedInTerm, type Leadership } from './core.ts';
import { reachedByQuorum } from './quorum.ts';
import { sendHeartbeats } from './sending.ts';

/** How much shorter a lease is than the promise it relies on, against clocks that drift. */
const LEASE_MARGIN_SHARE = 0.1;
/** A tick of a follower may come just after it heard the leader: that one is not a whole one. */
const LEASE_MARGIN_TICKS = 1;

function leaseTicks(core: Core): number {
  const { electionTicks } = core.options;
  return electionTicks - LEASE_MARGIN_TICKS - Math.ceil(electionTicks * LEASE_MARGIN_SHARE);
}

export function requestRead(core: Core, leadership: Leadership, id: number): void {
  // Until then commits of earlier leaders may be in the log without being known as such.
  if (hasCommittedInTerm(core)) admitRead(core, leadership, id);
  else leadership.reads.addEarly(id);
}

/** Only when this leader has committed in its term. */
export function admitRead(core: Core, leadership: Leadership, id: number): void {
  const index = core.log.commit;
  const { reads, transfer, mayLease } = leadership;
  const leased = core.options.leaseReads && mayLease && transfer === undefined;
  if (leased && reads.holdsLease(leaseTicks(core))) core.readsReady.push({ id, index });
  else reads.add(id, index);
}

/** Sends the heartbeats of this turn: to all if they are due, to voters if only reads need them. */
export function beginRound(core: Core, leadership: Leadership): void {
  const { reads, beatDue, progress } = leadership;
  if (!beatDue && !reads.needsRound) return;
  leadership.beatDue = false;
  const round = reads.beginRound();
  const members = beatDue ? progress.keys() : votersOf(core.configurations.latest);
  sendHeartbeats(core, leadership, members, round);
  settleReads(core, leadership);
}

/** Lets go what a quorum has confirmed. A leader confirms its own rounds at once. */
export function settleReads(core: Core, leadership: Leadership): void {
  const { reads, progress } = leadership;
  const confirmed = reachedByQuorum(core.configurations.latest, (member) =>
    member === core.options.self ? reads.round : (progress.get(member)?.confirmedRound ?? 0),
  );
  core.readsReady.push(...reads.confirm(confirmed));
}

export function tickReads(core: Core, leadership: Leadership): void {
  leadership.reads.tick(leaseTicks(core));
}
