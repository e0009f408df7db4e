/**
 * The four session guarantees of one key (Terry and others, "Session Guarantees for Weakly
 * Consistent Replicated Data", 1994), for reads that show sets of values with their context:
 * a version has seen a write where its clock covers the write's dot.
 */

import type { Operation } from './history.ts';
import {
  coversClock,
  coversDot,
  type SessionEvent,
  type SessionRead,
  type SessionWrite,
  sessionsOf,
} from './session-history.ts';

export type KeyGuarantee = 'ryw' | 'mr' | 'mw' | 'wfr';

export interface SessionViolation {
  readonly guarantee: KeyGuarantee | 'causal';
  readonly key: string;
  /** Places in the history: what obliged, if it is an operation, and the read that failed it. */
  readonly operations: readonly number[];
  readonly text: string;
}

type Sessions = readonly (readonly SessionEvent[])[];

const CHECKS: Readonly<Record<KeyGuarantee, (sessions: Sessions) => readonly SessionViolation[]>> =
  {
    ryw: (sessions) => sessions.flatMap((session) => perKey(session).flatMap(readYourWrites)),
    mr: (sessions) => sessions.flatMap((session) => perKey(session).flatMap(monotonicReads)),
    mw: (sessions) => ofWriters(sessions, monotonicWrites),
    wfr: (sessions) => ofWriters(sessions, writesFollowReads),
  };

/** Throws `HistoryError` where the history does not have what is needed. */
export function checkSessions(
  history: readonly Operation[],
  guarantees: readonly KeyGuarantee[],
): readonly SessionViolation[] {
  const sessions = sessionsOf(history);
  return guarantees.flatMap((guarantee) => CHECKS[guarantee](sessions));
}

/**
 * After an acknowledged write, reads of its session have seen it. Knowing nothing is not less
 * where the last write was a delete, or where a read after it showed that nothing was left.
 */
function readYourWrites(events: readonly SessionEvent[]): SessionViolation[] {
  const violations: SessionViolation[] = [];
  const written: SessionWrite[] = [];
  let isGone = false;
  for (const event of events) {
    if (event.kind === 'write') {
      written.push(event);
      isGone = event.value === undefined;
    }
    if (event.kind !== 'read' || (isGone && event.clock.size === 0)) continue;
    isGone ||= event.shown.length === 0;
    const missed = written.find(({ dot }) => !coversDot(event.clock, dot));
    if (missed !== undefined) {
      violations.push(violation('ryw', missed, event, 'a read misses what its session wrote'));
    }
  }
  return violations;
}

/**
 * The contexts of a session's reads only grow. Knowing nothing is not less where the last read
 * showed nothing, or the session has deleted since.
 */
function monotonicReads(events: readonly SessionEvent[]): SessionViolation[] {
  const violations: SessionViolation[] = [];
  let before: SessionRead | undefined;
  let isGone = false;
  for (const event of events) {
    if (event.kind === 'write') isGone ||= event.value === undefined;
    if (event.kind !== 'read' || (isGone && event.clock.size === 0)) continue;
    isGone = event.shown.length === 0;
    if (before !== undefined && !coversClock(event.clock, before.clock)) {
      violations.push(violation('mr', before, event, 'a read has seen less than the one before'));
    }
    before = event;
  }
  return violations;
}

/** Whoever sees a session's write has seen the one before it. */
function monotonicWrites(
  events: readonly SessionEvent[],
  reads: readonly SessionRead[],
): SessionViolation[] {
  const writes = events.filter((event) => event.kind === 'write');
  return writes.slice(1).flatMap((write, i) => {
    const before = writes[i] as SessionWrite;
    return reads
      .filter(({ clock }) => coversDot(clock, write.dot) && !coversDot(clock, before.dot))
      .map((read) =>
        violation('mw', before, read, 'a read has seen a write and not the one before'),
      );
  });
}

/** Whoever sees a write has seen what its session had read before. */
function writesFollowReads(
  events: readonly SessionEvent[],
  reads: readonly SessionRead[],
): SessionViolation[] {
  const violations: SessionViolation[] = [];
  let before: SessionRead | undefined;
  for (const event of events) {
    if (event.kind === 'read') before = event;
    if (event.kind !== 'write' || before === undefined) continue;
    for (const read of reads) {
      if (!coversDot(read.clock, event.dot) || coversClock(read.clock, before.clock)) continue;
      violations.push(
        violation('wfr', before, read, 'a read has seen a write and not what its writer had read'),
      );
    }
  }
  return violations;
}

function ofWriters(
  sessions: Sessions,
  check: (
    events: readonly SessionEvent[],
    reads: readonly SessionRead[],
  ) => readonly SessionViolation[],
): readonly SessionViolation[] {
  const readsOf = new Map<string, readonly SessionRead[]>();
  for (const events of perKey(sessions.flat())) {
    const reads = events.filter((event) => event.kind === 'read');
    for (const { key } of reads.slice(0, 1)) readsOf.set(key, reads);
  }
  return sessions.flatMap((session) =>
    perKey(session).flatMap((events) => check(events, readsOf.get(events[0]?.key ?? '') ?? [])),
  );
}

function perKey(all: readonly SessionEvent[]): readonly (readonly SessionEvent[])[] {
  const keys = new Map<string, SessionEvent[]>();
  for (const event of all) {
    const events = keys.get(event.key) ?? [];
    keys.set(event.key, events);
    events.push(event);
  }
  return [...keys.values()];
}

function violation(
  guarantee: KeyGuarantee,
  obliging: SessionEvent,
  read: SessionRead,
  text: string,
): SessionViolation {
  const { key, at } = read;
  return { guarantee, key, operations: [obliging.at, at], text };
}
