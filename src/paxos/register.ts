/**
 * What a key of a paxos bucket holds: one value or none, its version, and what its last changes
 * came to.
 *
 * The recorded changes are there so that whoever lost sight of a change can tell whether it
 * happened: a register that no longer tells of it, but has forgotten no change as late, proves
 * that it did not and never will (protocols.md, section 9).
 *
 * The last few are kept, and of those whose id a client gave more while they are young: whoever
 * asks again soon is told, and the clocks of clients may differ by as much. Keys that change
 * slowly, or without such ids, are none the larger for it.
 *
 * Invariant: `changes` is sorted by `at`, and none later than `evicted` is left out.
 */

import type { Content } from '../causality/sibling-object.ts';
import { sameRequest, timeOfRequest } from '../kernel/request-id.ts';
import { type Ballot, highestBallot, ZERO } from './ballot.ts';

/** Why a change changed nothing. */
export type Refusal =
  | 'condition_failed'
  | 'not_found'
  | 'not_a_number'
  | 'out_of_range'
  | 'value_too_large';

export type Outcome = 'applied' | Refusal;

/** What became of one change. */
export interface RecordedChange {
  /** 16 bytes: see kernel/request-id.ts. */
  readonly id: Uint8Array;
  /** By a client, as Idempotency-Key. */
  readonly given: boolean;
  /** The ballot that carried it. */
  readonly at: Ballot;
  readonly outcome: Outcome;
  /** That of the register after it; of a refused one, that of the value that was there; ZERO: none. */
  readonly version: Ballot;
  /** Of an increment: what it came to. */
  readonly result?: number | undefined;
  /** Tells a given id that is used for another change: see change.ts; undefined where not given. */
  readonly digest?: number | undefined;
}

export interface Register {
  /** The ballot of the change that wrote the content; ZERO: never written. */
  readonly version: Ballot;
  /** Undefined: absent. */
  readonly content: Content | undefined;
  /** Oldest first: the last CHANGES_MIN, and of those before the ones that are given and young. */
  readonly changes: readonly RecordedChange[];
  /** The highest `at` of those that are no longer among them; ZERO: none. */
  readonly evicted: Ballot;
  /** The highest time of those that are no longer among them whose id was given; ms, 0: none. */
  readonly evictedAt: number;
}

export const CHANGES_MIN = 8;
export const CHANGES_MAX = 64;
/** Until then a given id is young, by its own time. */
export const YOUNG_MS = 10_000;

export const NEVER_WRITTEN: Register = {
  version: ZERO,
  content: undefined,
  changes: [],
  evicted: ZERO,
  evictedAt: 0,
};

export function recordedOf(register: Register, id: Uint8Array): RecordedChange | undefined {
  return register.changes.find((change) => sameRequest(change.id, id));
}

/** With one more change; forgets those before that are not to be kept. `now`: ms since 1970. */
export function withChange(register: Register, change: RecordedChange, now: number): Register {
  const all = [...register.changes, change];
  if (all.length <= CHANGES_MIN) return { ...register, changes: all };
  const changes: RecordedChange[] = [];
  let { evicted, evictedAt } = register;
  for (const [place, one] of all.entries()) {
    const behind = all.length - place;
    const time = one.given ? timeOfRequest(one.id) : 0;
    if (behind <= CHANGES_MIN || (behind <= CHANGES_MAX && time > now - YOUNG_MS)) {
      changes.push(one);
    } else {
      evicted = highestBallot(evicted, one.at);
      evictedAt = Math.max(evictedAt, time);
    }
  }
  return { ...register, changes, evicted, evictedAt };
}
