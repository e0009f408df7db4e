/**
 * What checkers of sessions need of a recorded history, beside its usual form (history.ts), is
 * in `info`. A dot is a text `actor:counter`.
 *
 * - of a write or delete that was acknowledged: `dot`, its own; and, if it is known, `clock`,
 *   that of what it replaced
 * - of a read that answered: `clock`, the greatest counter known by actor, and `shown`, a pair
 *   of dot and value for each value
 *
 * Every written value is unique in its key, so what a read shows says what it reads from. Only
 * acknowledged writes oblige anybody; one of unknown outcome counts once somebody has seen it.
 */

import type { Json, Operation } from './history.ts';
import { HistoryError } from './history-error.ts';

export interface Shown {
  readonly dot: string;
  readonly value: string;
}

interface Event {
  readonly session: string;
  readonly key: string;
  /** Its place in the history. */
  readonly at: number;
}

export interface SessionRead extends Event {
  readonly kind: 'read';
  readonly clock: Clock;
  readonly shown: readonly Shown[];
}

export interface SessionWrite extends Event {
  readonly kind: 'write';
  readonly dot: string;
  /** Undefined: it deleted. */
  readonly value: string | undefined;
  /** What it saw is gone where it deleted. */
  readonly replaced: Clock;
}

/** A write that nobody acknowledged. */
export interface DoubtfulWrite extends Event {
  readonly kind: 'doubtful';
  readonly value: string;
}

export type SessionEvent = SessionRead | SessionWrite | DoubtfulWrite;

/** The greatest counter known by actor. */
export type Clock = ReadonlyMap<string, number>;

export function coversDot(clock: Clock, dot: string): boolean {
  const colon = dot.lastIndexOf(':');
  return (clock.get(dot.slice(0, colon)) ?? 0) >= Number(dot.slice(colon + 1));
}

export function coversClock(clock: Clock, other: Clock): boolean {
  return [...other].every(([actor, counter]) => (clock.get(actor) ?? 0) >= counter);
}

/** The events of each session, in the order in which it asked. Throws `HistoryError`. */
export function sessionsOf(history: readonly Operation[]): readonly (readonly SessionEvent[])[] {
  const sessions = new Map<string, { invoke: number; event: SessionEvent }[]>();
  for (const [at, operation] of history.entries()) {
    const event = eventOf(operation, at);
    if (event === undefined) continue;
    const events = sessions.get(event.session) ?? [];
    sessions.set(event.session, events);
    events.push({ invoke: operation.invoke, event });
  }
  return [...sessions.values()].map((events) =>
    events.sort((a, b) => a.invoke - b.invoke).map(({ event }) => event),
  );
}

/** Undefined: it proves nothing, and obliges nobody. */
function eventOf(operation: Operation, at: number): SessionEvent | undefined {
  const { session, key, op, outcome, info = {} } = operation;
  if (session === undefined || outcome === 'fail') return undefined;
  const event = { session, key, at };
  if (op === 'read') {
    if (outcome !== 'ok') return undefined;
    return {
      ...event,
      kind: 'read',
      clock: clockOf(info.clock, at),
      shown: shownOf(info.shown, at),
    };
  }
  const value = op === 'delete' ? undefined : String(operation.value);
  if (outcome === 'ok') {
    const replaced = clockOf(info.clock ?? {}, at);
    return { ...event, kind: 'write', dot: dotOf(info.dot, at), value, replaced };
  }
  return value === undefined ? undefined : { ...event, kind: 'doubtful', value };
}

function dotOf(json: Json | undefined, at: number): string {
  if (typeof json === 'string' && /:[1-9][0-9]*$/.test(json)) return json;
  throw malformed(at, 'a dot');
}

function clockOf(json: Json | undefined, at: number): Clock {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw malformed(at, 'a clock');
  }
  return new Map(Object.entries(json).map(([actor, counter]) => [actor, Number(counter)]));
}

function shownOf(json: Json | undefined, at: number): readonly Shown[] {
  if (!Array.isArray(json)) throw malformed(at, 'what was shown');
  return json.map((pair) => {
    if (!Array.isArray(pair)) throw malformed(at, 'what was shown');
    return { dot: dotOf(pair[0], at), value: String(pair[1]) };
  });
}

function malformed(at: number, what: string): HistoryError {
  return new HistoryError(at + 1, `${what} is missing or malformed in its info`);
}
