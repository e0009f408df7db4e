/**
 * The four session guarantees of one key (Terry and others, "Session Guarantees for Weakly
 * Consistent Replicated Data", 1994), for reads that show sets of values with their context:
 * a version has seen a write where its clock covers the write's dot.
 */

import { groupByKey } from './groups.ts';
import {
  Seen,
  type SessionEvent,
  type SessionRead,
  type Sessions,
  type SessionWrite,
} from './session-history.ts';
import { type Obligation, Obligations } from './session-obligations.ts';
import type { Violation } from './violation.ts';

export const KEY_GUARANTEES = ['ryw', 'mr', 'mw', 'wfr'] as const;

export type KeyGuarantee = (typeof KEY_GUARANTEES)[number];

const CHECKS: Readonly<Record<KeyGuarantee, (sessions: Sessions) => readonly Violation[]>> = {
  ryw: (sessions) => sessions.flatMap((session) => perKey(session).flatMap(readYourWrites)),
  mr: (sessions) => sessions.flatMap((session) => perKey(session).flatMap(monotonicReads)),
  mw: (sessions) => ofWriters('mw', sessions, monotonicWrites),
  wfr: (sessions) => ofWriters('wfr', sessions, writesFollowReads),
};

export function checkSessions(
  sessions: Sessions,
  guarantees: readonly KeyGuarantee[],
): readonly Violation[] {
  return guarantees.flatMap((guarantee) => CHECKS[guarantee](sessions));
}

/**
 * After an acknowledged write, reads of its session have seen it. Knowing nothing is not less
 * where the last write was a delete, or where a read after it showed that nothing was left.
 */
function readYourWrites(events: readonly SessionEvent[]): Violation[] {
  const violations: Violation[] = [];
  const written: SessionWrite[] = [];
  let isGone = false;
  for (const event of events) {
    if (event.kind === 'write') {
      written.push(event);
      isGone = event.value === undefined;
    }
    if (event.kind !== 'read' || (isGone && event.seen.isNothing)) continue;
    isGone ||= event.shown.length === 0;
    const missed = written.findLast(({ dot }) => !event.seen.covers(dot));
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
function monotonicReads(events: readonly SessionEvent[]): Violation[] {
  const violations: Violation[] = [];
  let before: SessionRead | undefined;
  let isGone = false;
  for (const event of events) {
    if (event.kind === 'write') isGone ||= event.value === undefined;
    if (event.kind !== 'read' || (isGone && event.seen.isNothing)) continue;
    isGone = event.shown.length === 0;
    if (before !== undefined && !event.seen.coversAll(before.seen)) {
      violations.push(violation('mr', before, event, 'a read has seen less than the one before'));
    }
    before = event;
  }
  return violations;
}

/** Whoever sees a session's write has seen the one before it. */
function monotonicWrites(session: readonly SessionEvent[]): Obligation[] {
  const writes = session.filter((event) => event.kind === 'write');
  return writes.slice(1).map(({ dot }, i) => {
    const before = writes[i] as SessionWrite;
    return { of: dot, needs: new Seen({ [before.dot.actor]: before.dot.counter }), by: before };
  });
}

/** Whoever sees a write has seen what its session had read before. */
function writesFollowReads(session: readonly SessionEvent[]): Obligation[] {
  let before: SessionRead | undefined;
  return session.flatMap((event) => {
    if (event.kind === 'read') before = event;
    if (event.kind !== 'write' || before === undefined) return [];
    return [{ of: event.dot, needs: before.seen, by: before }];
  });
}

function ofWriters(
  check: KeyGuarantee,
  sessions: Sessions,
  obligationsOf: (session: readonly SessionEvent[]) => readonly Obligation[],
): readonly Violation[] {
  const text = OF_WRITERS[check as keyof typeof OF_WRITERS];
  const obligations = groupByKey(
    sessions.flatMap((session) =>
      perKey(session).flatMap((events) =>
        obligationsOf(events).map((obligation) => ({ key: obligation.by.key, obligation })),
      ),
    ),
  );
  return [...groupByKey(sessions.flat())].flatMap(([key, events]) => {
    const ofKey = (obligations.get(key) ?? []).map(({ obligation }) => obligation);
    const all = new Obligations(ofKey);
    return events.flatMap((event) => {
      const failed = event.kind === 'read' ? all.failedBy(event.seen) : undefined;
      return failed === undefined ? [] : [violation(check, failed.by, event, text)];
    });
  });
}

const OF_WRITERS = {
  mw: 'a read has seen a write and not the one before',
  wfr: 'a read has seen a write and not what its writer had read',
} as const;

function perKey(events: readonly SessionEvent[]): readonly (readonly SessionEvent[])[] {
  return [...groupByKey(events).values()];
}

function violation(
  check: KeyGuarantee,
  obliging: SessionEvent,
  { key, at }: SessionEvent,
  text: string,
): Violation {
  return { check, key, operations: [obliging.at, at], text };
}
